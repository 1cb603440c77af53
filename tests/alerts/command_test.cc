#include <filesystem>

#include <nlohmann/json.hpp>

#include "core/files.h"
#include "tests/alerts/channel_bed.h"

using namespace mailcanary;
using namespace std::chrono_literals;
using Outcome = Delivery::Outcome;

namespace {

Delivery run(std::vector<std::string> arguments, Duration timeout = 10s) {
  ChannelBed bed({});
  ChannelSetting setting;
  setting.list = std::move(arguments);
  bed.make("command", {{"run", setting}}, timeout);
  return bed.deliver(sample_notice());
}

}  // namespace

TEST_CASE("a command gets the notice on its standard input, and no shell reads its arguments") {
  const auto file = std::filesystem::temp_directory_path() / "mailcanary-command-test.json";
  std::filesystem::remove(file);
  const Delivery delivery = run({"/bin/dd", "status=none", "of=" + file.string()});
  CHECK(delivery.outcome == Outcome::delivered);
  const auto text = read_file(file);
  REQUIRE(text);
  const auto notice = nlohmann::json::parse(*text);
  CHECK(notice["type"] == "mailcanary.incident.opened");
  CHECK(notice["data"]["key"] == "example-mail.submit");
  std::filesystem::remove(file);
}

TEST_CASE("what the end of a command means") {
  struct Row {
    std::vector<std::string> arguments;
    Outcome outcome;
    const char* detail;
  };
  const Row rows[] = {
      {{"/bin/true"}, Outcome::delivered, "exit code 0"},
      {{"/bin/sh", "-c", "cat > /dev/null; echo the pager is busy >&2; exit 75"}, Outcome::retry_later,
       "exit code 75: the pager is busy"},
      {{"/bin/sh", "-c", "cat > /dev/null; exit 64"}, Outcome::bad_payload, "exit code 64"},
      {{"/bin/sh", "-c", "kill -9 $$"}, Outcome::retry_later, "signal 9"},
  };
  for (const auto& row : rows) {
    const Delivery delivery = run(row.arguments);
    CHECK(delivery.outcome == row.outcome);
    CHECK(delivery.detail == row.detail);
  }
  CHECK(run({"/no/such/program"}).outcome == Outcome::retry_later);
  CHECK(run({"/bin/sleep", "60"}, 200ms).outcome == Outcome::retry_later);
}
