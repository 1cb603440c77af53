#include "monitor/demo/demo.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <cstdio>
#include <filesystem>

#include "config/defaults.h"
#include "core/crypto.h"
#include "core/log.h"
#include "core/text.h"
#include "core/units.h"
#include "monitor/cli/commands.h"
#include "monitor/practice/practice_provider.h"
#include "monitor/run.h"

namespace mailcanary {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// What happens, and when; after the last act the play begins again.
struct Act {
  Duration lasts;
  PracticeFault::Kind fault;
  const char* says;
};
constexpr Act play[] = {
    {seconds(12), PracticeFault::Kind::none, "all is well: canaries fly both ways between two practice providers"},
    {seconds(14), PracticeFault::Kind::refuse_connections, "FAULT: South Mail's submission server goes down"},
    {seconds(19), PracticeFault::Kind::none, "South Mail's server is up again"},
    {seconds(20), PracticeFault::Kind::hold, "FAULT: South Mail takes mail but delivers none of it"},
    {seconds(25), PracticeFault::Kind::none, "South Mail's queue is let go"},
    {seconds(14), PracticeFault::Kind::reject, "FAULT: South Mail refuses every recipient"},
    {seconds(20), PracticeFault::Kind::none, "South Mail accepts mail again"},
};

// A folder that goes when the demo goes.
class TemporaryFolder {
 public:
  static Result<TemporaryFolder> make() {
    std::string name = (std::filesystem::temp_directory_path() / "mailcanary-demo-XXXXXX").string();
    if (!mkdtemp(name.data())) return Error{ErrorKind::io, fmt::format("make a temporary folder {}", name)};
    return TemporaryFolder(name);
  }
  TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  explicit TemporaryFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

void say(const std::string& line) {
  std::puts(line.c_str());
  std::fflush(stdout);
}

Account account(const char* name, const char* provider, const char* address, const PracticeProvider& server) {
  Account made;
  made.name = AccountName(name);
  made.provider = ProviderName(provider);
  made.address = address;
  made.user = address;
  made.password = Secret("practice");
  made.smtp = Endpoint{Protocol::smtp, Transport::plain, "127.0.0.1", server.smtp_port(), ""};
  made.inbox = Endpoint{Protocol::imap, Transport::plain, "127.0.0.1", server.imap_port(), ""};
  return made;
}

Route route(const char* name, const char* from, const char* to) {
  Route made;
  made.name = RouteName(name);
  made.from = AccountName(from);
  made.to = AccountName(to);
  made.every = seconds(3);
  made.late_after = seconds(4);
  made.lost_after = std::chrono::minutes(2);
  return made;
}

Config demo_config(const std::filesystem::path& folder, const PracticeProvider& north, const PracticeProvider& south,
                   int port) {
  Config config;
  config.file = folder / "demo";
  config.signing_key = Secret(random_bytes(32));
  config.ledger.path = folder / "ledger.db";
  config.vantage = "demo";
  config.vantage_from = Config::VantageFrom::file;
  config.providers = {{ProviderName("north"), "North Mail", ""}, {ProviderName("south"), "South Mail", ""}};
  config.accounts = {account("north", "north", "canary@north.example", north),
                     account("south", "south", "canary@south.example", south)};
  config.routes = {route("north-south", "north", "south"), route("south-north", "south", "north")};
  config.rules = default_rules();
  config.channels = {default_channel()};
  config.notify = {default_notify()};
  config.status.title = "Practice mail";
  config.status.listen_host = "127.0.0.1";
  config.status.listen_port = port;
  return config;
}

std::string line_of(const Canary& canary) {
  const Tint tint = canary.fate == Fate::delivered ? Tint::green : failed(canary.fate) ? Tint::red : Tint::yellow;
  return fmt::format("    {:12} {} {}", canary.route.str(), tinted(tint, fmt::format("{:11}", name_of(canary.fate))),
                     canary.fate == Fate::delivered && canary.round_trip ? "in " + human_duration(*canary.round_trip)
                                                                         : canary.reason);
}

// Tells what becomes of each canary; the same again and again is counted, so that the notices stay in sight.
class Teller {
 public:
  void settled(const Canary& canary) {
    const std::string line = line_of(canary);
    if (line != last_) finish();
    if (last_ == line && ++times_ > shown_) return;
    say(line);
    if (last_ != line) times_ = 1;
    last_ = line;
  }
  void act(const std::string& line) {
    finish();
    say(line);
  }

 private:
  static constexpr int shown_ = 3;  // times in a row
  void finish() {
    if (times_ > shown_) say(fmt::format("    … the same {}", count_noun(times_ - shown_, "more time", "more times")));
    last_.clear();
    times_ = 0;
  }
  std::string last_;
  int times_ = 0;
};

Task<void> perform(EventLoop& loop, PracticeProvider& south, Teller& teller) {
  for (;;) {
    for (const Act& act : play) {
      south.set_fault({act.fault});
      teller.act(tinted(act.fault == PracticeFault::Kind::none ? Tint::green : Tint::red, fmt::format("--- {}", act.says)));
      co_await loop.sleep_for(act.lasts);
    }
  }
}

}  // namespace

Result<void> run_demo(DemoOptions options) {
  auto folder = TemporaryFolder::make();
  if (!folder) return folder.error();
  EventLoop loop;
  const auto provider = [&](const char* host, const char* address) {
    return make_practice_provider(loop, {host, {{address, address, "practice"}}, milliseconds(400)});
  };
  auto north = provider("mx.north.example", "canary@north.example");
  if (!north) return north.error();
  auto south = provider("mx.south.example", "canary@south.example");
  if (!south) return south.error();
  (*north)->connect_to(**south);
  (*south)->connect_to(**north);

  const Config config = demo_config(folder->path(), **north, **south, options.port);
  RunOptions run;
  run.stop_after = options.length;
  run.station.refresh = seconds(2);
  Teller teller;
  run.station.on_settled = [&teller](const Canary& canary) { teller.settled(canary); };
  run.on_started = [&](Station&, int port) {
    say(fmt::format("Status page: http://127.0.0.1:{}/   ({})", port,
                    options.length ? "the demo ends by itself after " + format_duration(*options.length) : "Ctrl-C ends the demo"));
    loop.spawn(perform(loop, **south, teller));
  };
  set_log_level(LogLevel::error);  // the faults are the play; the log would tell it twice
  auto ended = run_daemon(loop, config, run);
  if (ended) say("The demo is over; nothing is left behind. Next: mailcanary config check -c mailcanary.yaml");
  return ended;
}

}  // namespace mailcanary
