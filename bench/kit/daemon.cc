#include "bench/kit/daemon.h"

#include <csignal>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "bench/kit/bench.h"
#include "tests/places.h"

namespace mailcanary::bench {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

fs::path write_config(const testbed::MailBed& bed, const std::string& name, const std::string& routes_and_more) {
  std::ifstream in(bed.mesh_configuration());
  std::string text{std::istreambuf_iterator<char>(in), {}};
  text.erase(text.find("routes:"));
  const fs::path file = bed.directory() / (name + ".yaml");
  text += fmt::format("{}\nsecret: {{file: {}.secret}}\nledger: sqlite:{}\n", routes_and_more,
                      (bed.directory() / name).string(), ledger_of(file).string());
  const fs::path secret = bed.directory() / (name + ".secret");
  std::ofstream(secret) << "a key of a bench, of no worth elsewhere\n";
  fs::permissions(secret, fs::perms::owner_read | fs::perms::owner_write);
  std::ofstream(file) << text;
  return file;
}

fs::path ledger_of(const fs::path& config) { return fs::path(config).replace_extension(".db"); }

std::unique_ptr<testbed::Process> start_daemon(const fs::path& config) {
  auto daemon = std::make_unique<testbed::Process>(
      testbed::Command{{testbed::program_under_test(), "run", "-c", config.string()}, {}, {}, {}});
  if (daemon->wait_for_output("running: ", 30s) == testbed::Process::Seen::no) {
    die("mailcanary run does not start: " + daemon->err());
  }
  return daemon;
}

testbed::Finished stop_daemon(testbed::Process& daemon) {
  daemon.signal(SIGTERM);
  auto ended = daemon.finish(30s);
  if (ended.how != testbed::Finished::How::exited || ended.exit_code != 0) {
    die(fmt::format("mailcanary run ended with {}: {}", ended.exit_code, ended.err));
  }
  return ended;
}

testbed::Finished run_mailcanary(std::vector<std::string> arguments, const fs::path& config) {
  arguments.insert(arguments.begin(), testbed::program_under_test());
  arguments.insert(arguments.end(), {"-c", config.string()});
  return testbed::run_program({std::move(arguments), {}, {}, {}}, 120s);
}

std::vector<Canary> canaries_since(const fs::path& config, WallTime time) {
  const auto store = value_or_die(open_sqlite_ledger(ledger_of(config), LedgerOpen::read_only));
  return value_or_die(store->since(time));
}

}  // namespace mailcanary::bench
