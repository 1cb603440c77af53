// Does one daemon carry a large mesh? 100 accounts on a private Postfix and Dovecot over TLS, a route between each two
// of them (9,900), every 5 minutes; ledger and page written. After the time the daemon is stopped, the canaries that
// were under way are collected by `mailcanary tick`, and the books are read.
// Beside it, what the mail servers themselves spent on the same canaries.
//
// Expected: each canary sent within 1 s of its time, none missing, each accounted for, nothing unknown; at most 150 MB
// resident; at most 15% of one core. The default length covers a part of the first round only: use --for 600.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "bench/kit/bench.h"
#include "bench/kit/daemon.h"
#include "bench/kit/usage.h"
#include "config/load.h"
#include "monitor/schedule.h"

namespace {

using namespace mailcanary;
using namespace mailcanary::bench;
using namespace std::chrono_literals;
using testbed::MailBed;

struct Options {
  int length = 120;  // seconds
  int accounts = 100;
  int every = 300;  // seconds
};

std::string page_of(const MailBed& bed) { return fmt::format("status: {{dir: {}}}", (bed.directory() / "page").string()); }

std::string mesh(const MailBed& bed, int every) {
  std::string names;
  for (const auto& name : bed.accounts()) names += (names.empty() ? "" : ", ") + name;
  return fmt::format("routes:\n  - {{mesh: [{}], every: {}s, late_after: 60s, lost_after: 4h}}\n{}", names, every, page_of(bed));
}

int pid_in(const std::filesystem::path& file) {
  std::ifstream in(file);
  int pid = 0;
  in >> pid;
  if (pid <= 0) die("no process id in " + file.string());
  return pid;
}

struct Usage {
  double wall = 0, cpu = 0, servers_cpu = 0;
  double resident_mb = 0, peak_mb = 0;
};

Usage run_daemon_for(const MailBed& bed, const std::filesystem::path& config, std::chrono::seconds length) {
  const int postfix = pid_in(bed.directory() / "queue/pid/master.pid");
  const int dovecot = pid_in(bed.directory() / "run/master.pid");
  const auto servers = [&] { return family_cpu_seconds(postfix) + family_cpu_seconds(dovecot); };
  const double servers_before = servers();
  const auto daemon = start_daemon(config);
  const MonoTime start = real_clock().now().mono;
  if (daemon->wait(length)) die("mailcanary run ended by itself: " + daemon->err());
  Usage usage;
  usage.resident_mb = resident_mb(daemon->pid());
  usage.peak_mb = peak_resident_mb(daemon->pid());
  // From the very start on: loading, logins and the first round are the dearest.
  usage.cpu = cpu_seconds(daemon->pid());
  usage.wall = seconds(real_clock().now().mono - start);
  usage.servers_cpu = servers() - servers_before;
  stop_daemon(*daemon);
  return usage;
}

// The routes that have sent, with a cadence so long that nothing is due: `tick` collects what is under way.
void collect_the_rest(const MailBed& bed, const std::filesystem::path& file) {
  std::map<RouteName, std::string> routes;
  for (const auto& canary : canaries_since(file, WallTime{})) {
    routes[canary.route] = fmt::format("  - {{from: {}, to: {}, every: 24h, late_after: 60s, lost_after: 24h}}\n",
                                       canary.from.str(), canary.to.str());
  }
  std::string text = "routes:\n";
  for (const auto& [name, line] : routes) text += line;
  const auto config = write_config(bed, "scale", text + page_of(bed));
  for (int round = 0; round < 10; ++round) {
    const auto done = run_mailcanary({"tick"}, config);
    if (done.exit_code != 0) die("tick failed: " + done.err);
    const auto all = canaries_since(config, WallTime{});
    if (std::none_of(all.begin(), all.end(), [](const Canary& canary) { return canary.fate == Fate::pending; })) return;
  }
}

// How long after its time each canary was sent, in seconds, and how many times passed without one.
struct Punctuality {
  std::vector<double> late;
  std::int64_t missing = 0;
};

// When each route's first canary is due, counted from the moment at which sending begins: that is not told, but the
// most punctual first canary says it best.
std::vector<Duration> first_times(const Config& config) {
  FakeClock clock(WallTime{});
  Schedule schedule(config.routes, {}, clock.now());
  std::vector<Duration> times(config.routes.size(), Duration::max());
  for (std::size_t known = 0; known < times.size(); clock.advance(schedule.wait(clock.now()))) {
    for (const std::size_t route : schedule.take_due(clock.now())) {
      if (times[route] != Duration::max()) continue;
      times[route] = clock.now().wall.time_since_epoch();
      ++known;
    }
  }
  return times;
}

Punctuality judge(const Config& config, const std::vector<Canary>& canaries) {
  std::map<RouteName, std::vector<WallTime>> sent;
  WallTime end{};
  for (const auto& canary : canaries) {
    if (canary.purpose != CanaryPurpose::scheduled) continue;  // a confirming one has no time of its own
    sent[canary.route].push_back(canary.sent_at);
    end = std::max(end, canary.sent_at);
  }
  const std::vector<Duration> first = first_times(config);
  const std::vector<Duration> phases = phases_of(config.routes);
  WallTime start = end;
  for (std::size_t i = 0; i < config.routes.size(); ++i) {
    const auto& name = config.routes[i].name;
    if (sent.contains(name)) start = std::min(start, sent[name].front() - first[i]);
  }
  Punctuality all;
  for (std::size_t i = 0; i < config.routes.size(); ++i) {
    const Route& route = config.routes[i];
    WallTime due = start + first[i];
    for (const WallTime at : sent[route.name]) {
      all.late.push_back(seconds(at - due));
      due = next_slot(route, phases[i], at + route.every / 2);
    }
    // Due, and long enough ago that it would be there.
    if (due + 1s < end) ++all.missing;
  }
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("A mesh of many accounts on one daemon");
  app.add_option("--for", options.length, "seconds; 600 is the long form")->check(CLI::Range(10, 86400))->capture_default_str();
  app.add_option("--accounts", options.accounts, "accounts in the mesh")->check(CLI::Range(2, 500))->capture_default_str();
  app.add_option("--every", options.every, "cadence of each route in seconds")->check(CLI::Range(1, 86400))->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  const MailBed bed({{}, options.accounts});
  const auto file = write_config(bed, "scale", mesh(bed, options.every));
  const Loaded loaded = load_config(file, LoadEffect::read_only);
  for (const auto& diagnostic : loaded.diagnostics) fmt::print("{}\n", to_text(diagnostic, file));
  if (!loaded.ok()) die("the configuration cannot be used");
  fmt::print("{} accounts, {} routes, every {} s, for {} s; load average {:.1f}\n", options.accounts,
             loaded.config.routes.size(), options.every, options.length, load_average());
  std::fflush(stdout);

  const Usage usage = run_daemon_for(bed, file, std::chrono::seconds(options.length));
  collect_the_rest(bed, file);
  const auto canaries = canaries_since(file, WallTime{});
  const Books books = value_or_die(value_or_die(open_sqlite_ledger(ledger_of(file), LedgerOpen::read_only))->audit(real_clock().now().wall));
  const Punctuality punctuality = judge(loaded.config, canaries);

  std::vector<double> round_trips;
  for (const auto& canary : canaries) {
    if (canary.round_trip) round_trips.push_back(seconds(*canary.round_trip));
  }
  const double count = static_cast<double>(canaries.size());
  fmt::print("\n{} canaries:", canaries.size());
  for (const auto& [fate, number] : books.by_fate) {
    if (number > 0) fmt::print(" {} {}", number, name_of(fate));
  }
  for (const auto& fault : books.faults) fmt::print("\nthe books do not balance: {}", fault);
  fmt::print("\nsent after its time: p50 {:.3f} s   p95 {:.3f} s   p99 {:.3f} s   max {:.3f} s; {} times without a canary\n",
             percentile(punctuality.late, 0.5), percentile(punctuality.late, 0.95), percentile(punctuality.late, 0.99),
             percentile(punctuality.late, 1), punctuality.missing);
  fmt::print("round trip: p50 {:.2f} s   p95 {:.2f} s   max {:.2f} s\n", percentile(round_trips, 0.5),
             percentile(round_trips, 0.95), percentile(round_trips, 1));
  fmt::print("daemon:            {:>7.2f} s of CPU, {:>4.1f}% of one core, {:.2f} ms a canary; {:.0f} MB resident, {:.0f} MB at most\n",
             usage.cpu, 100 * usage.cpu / usage.wall, 1000 * usage.cpu / count, usage.resident_mb, usage.peak_mb);
  fmt::print("the mail servers:  {:>7.2f} s of CPU, {:>4.1f}% of one core, {:.2f} ms a canary: {:.0f} times the daemon's\n",
             usage.servers_cpu, 100 * usage.servers_cpu / usage.wall, 1000 * usage.servers_cpu / count,
             usage.servers_cpu / usage.cpu);

  fmt::print("\nload average {:.1f} at the end\n", load_average());
  Expectations expect;
  expect.at_most("sent after its time, the worst", percentile(punctuality.late, 1), 1, "s");
  expect.at_most("times without a canary", static_cast<double>(punctuality.missing), 0, "");
  expect.at_most("faults in the books", static_cast<double>(books.faults.size()), 0, "");
  expect.at_most("canaries still pending", static_cast<double>(books.by_fate.at(Fate::pending)), 0, "");
  expect.at_most("canaries of unknown fate", static_cast<double>(books.by_fate.at(Fate::unknown)), 0, "");
  expect.at_most("resident memory, the most", usage.peak_mb, 150, "MB");
  expect.at_most("CPU time", 100 * usage.cpu / usage.wall, 15, "% of one core");
  return expect.exit_code();
}
