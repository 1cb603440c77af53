// What one canary costs in CPU time, all the way: composed, recorded, submitted, found by IMAP, settled, deleted.
// Side by side on the same private Postfix and Dovecot, all over TLS with verified certificates:
//   the daemon       `mailcanary run`, two accounts in a mesh, its ledger and its page written as in earnest; then the
//                    same with many routes between the two: what one costs that shares commits and sessions with others;
//   the check        `mailcanary check` alone, a process for each canary;
//   the peer         Debian's check_email_delivery (monitoring-plugins-contrib), which does the same job: submission by
//                    STARTTLS with a login, then IMAP, search and delete.
// And how far the arrival that the daemon measured lies from the moment at which Dovecot logged the delivery.
//
// Expected: the daemon at most 1 ms a canary and at least 200 times cheaper than the peer, the check at least 10
// times; arrivals within 150 ms in 95 of 100. CPU times hardly depend on what else the machine does; arrivals do.
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <map>
#include <tuple>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "bench/kit/bench.h"
#include "bench/kit/daemon.h"
#include "bench/kit/usage.h"
#include "core/units.h"

namespace {

using namespace mailcanary;
using namespace mailcanary::bench;
using namespace std::chrono_literals;
using testbed::Finished;
using testbed::MailBed;
using testbed::Process;

struct Options {
  int length = 60;  // seconds of the daemon at work
  int idle = 15;    // seconds of the daemon without canaries
  int every = 1;    // seconds, each of the two routes
  int checks = 8;
  int peer_checks = 4;
  int busy = 20;    // routes there, and as many back
};

constexpr auto settling = 5s;  // start, logins and first canaries are over after it

void let_run(Process& daemon, std::chrono::milliseconds time) {
  if (daemon.wait(time)) die("mailcanary run ended by itself: " + daemon.err());
}

std::string routes(const std::filesystem::path& page, const std::string& every) {
  return fmt::format("routes:\n  - {{mesh: [shop, watch], every: {}, late_after: 60s, lost_after: 4h}}\nstatus: {{dir: {}}}", every,
                     page.string());
}

// CPU seconds a second while no canary is due.
double measure_idle(const MailBed& bed, const Options& options) {
  const auto config = write_config(bed, "idle", routes(bed.directory() / "idle-page", "24h"));
  const auto daemon = start_daemon(config);
  let_run(*daemon, settling);
  const double before = cpu_seconds(daemon->pid());
  let_run(*daemon, std::chrono::seconds(options.idle));
  const double used = cpu_seconds(daemon->pid()) - before;
  stop_daemon(*daemon);
  return used / options.idle;
}

struct DaemonCost {
  double each = 0;        // CPU seconds a canary, in full work
  double whole_each = 0;  // the same over the whole life of the process, its start and end included
  int canaries = 0;
  double resident_mb = 0;
  std::vector<Canary> sent;  // all of them
};

// `pairs`: routes there, and as many back.
DaemonCost measure_daemon(const MailBed& bed, const Options& options, int pairs) {
  std::string all = routes(bed.directory() / "page", fmt::format("{}s", options.every));
  std::string more;
  for (int i = 1; i < pairs; ++i) {
    for (const auto& [name, from, to] : {std::tuple{"there", "shop", "watch"}, std::tuple{"back", "watch", "shop"}})
      more += fmt::format("  - {{name: {}{}, from: {}, to: {}, every: {}s}}\n", name, i, from, to, options.every);
  }
  all.insert(all.find("status:"), more);
  const auto config = write_config(bed, fmt::format("daemon{}", pairs), all);
  const auto daemon = start_daemon(config);
  let_run(*daemon, settling);
  const WallTime from = real_clock().now().wall;
  const double before = cpu_seconds(daemon->pid());
  let_run(*daemon, std::chrono::seconds(options.length));
  const WallTime until = real_clock().now().wall;
  DaemonCost cost;
  const double used = cpu_seconds(daemon->pid()) - before;
  cost.resident_mb = peak_resident_mb(daemon->pid());
  let_run(*daemon, 2s);  // the last canaries arrive
  const Finished ended = stop_daemon(*daemon);

  cost.sent = canaries_since(config, WallTime{});
  for (const auto& canary : cost.sent) {
    if (canary.sent_at >= from && canary.sent_at < until) ++cost.canaries;
    if (failed(canary.fate) || canary.fate == Fate::unknown) {
      die(fmt::format("canary {} is {}: {}", canary.id.str(), name_of(canary.fate), canary.reason));
    }
  }
  if (cost.canaries == 0) die("the daemon sent nothing");
  cost.each = used / cost.canaries;
  cost.whole_each = seconds(ended.cpu) / static_cast<double>(cost.sent.size());
  return cost;
}

double mean_cpu(int times, const std::string& wanted, const std::function<Finished()>& run) {
  double used = 0;
  for (int i = 0; i < times; ++i) {
    const Finished done = run();
    if (done.exit_code != 0 || done.out.find(wanted) == std::string::npos) {
      die(fmt::format("not a good answer: exit code {}, \"{}\" {}", done.exit_code, done.out, done.err));
    }
    used += seconds(done.cpu);
  }
  return used / times;
}

double measure_check(const MailBed& bed, const Options& options) {
  const auto config = write_config(bed, "check", routes(bed.directory() / "check-page", "5m"));
  return mean_cpu(options.checks, "OK: shop-watch", [&] {
    return run_mailcanary({"check", "shop-watch", "--wait", "30s"}, config);
  });
}

double measure_peer(const MailBed& bed, const Options& options) {
  const std::string plugin = "/usr/lib/nagios/plugins/check_email_delivery";
  if (!std::filesystem::exists(plugin)) die("check_email_delivery is not installed; run scripts/packages install bench");
  const std::vector<std::string> command = {
      plugin, "--smtp-server", "127.0.0.1", "--smtp-port", std::to_string(bed.submission_port()), "--smtptls",
      "--smtp-username", bed.address("shop"), "--smtp-password", bed.password("shop"),
      "--imap-server", "127.0.0.1", "--imap-port", std::to_string(bed.imaps_port()), "--imapssl",
      "--imap-username", bed.address("plugin"), "--imap-password", bed.password("plugin"),
      "--username", bed.address("plugin"), "--password", bed.password("plugin"),
      "--mailfrom", bed.address("shop"), "--mailto", bed.address("plugin"), "--wait", "1",
      "--imap-check-interval", "1", "--imap-retries", "30"};
  // Perl's TLS verifies against the system's authorities, or against this file.
  const std::vector<std::string> environment = {"SSL_CERT_FILE=" + bed.ca().string()};
  return mean_cpu(options.peer_checks, "EMAIL DELIVERY OK", [&] {
    return testbed::run_program({command, {}, environment, {}}, 120s);
  });
}

// |measured - logged| in milliseconds, of the canaries that arrived.
std::vector<double> arrival_errors(const MailBed& bed, const std::vector<Canary>& canaries) {
  std::map<std::string, WallTime> logged;  // by canary id: the Message-ID begins with it
  for (const auto& arrival : bed.arrivals()) {
    logged.emplace(arrival.message_id.substr(0, arrival.message_id.find('.')), arrival.at);
  }
  std::vector<double> errors;
  for (const auto& canary : canaries) {
    const auto found = logged.find(canary.id.str());
    if (!canary.arrived_at || found == logged.end()) continue;
    errors.push_back(std::abs(1000 * seconds(*canary.arrived_at - found->second)));
  }
  return errors;
}

void print_arrivals(const std::vector<Canary>& canaries, const std::vector<double>& errors) {
  std::map<std::string, int> sources;
  for (const auto& canary : canaries) ++sources[name_of(canary.arrival_source)];
  std::string by_source;
  for (const auto& [source, count] : sources) by_source += fmt::format("{}{} by {}", by_source.empty() ? "" : ", ", count, source);
  fmt::print("\narrival as measured against Dovecot's log, {} canaries ({}):\n", errors.size(), by_source);
  fmt::print("  p50 {:.0f} ms   p95 {:.0f} ms   max {:.0f} ms\n", percentile(errors, 0.5), percentile(errors, 0.95),
             percentile(errors, 1.0));
}

void print_cost(const char* what, double each, double peer) {
  fmt::print("  {:<44} {:>10.3f} ms   {:>7.1f} times cheaper\n", what, 1000 * each, peer / each);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("CPU time of a canary: mailcanary's daemon and check beside Debian's check_email_delivery");
  app.add_option("--for", options.length, "seconds of the daemon at work")->check(CLI::Range(5, 86400))->capture_default_str();
  app.add_option("--idle", options.idle, "seconds of the daemon with nothing due")->check(CLI::Range(5, 86400))->capture_default_str();
  app.add_option("--every", options.every, "cadence of each of the two routes in seconds")->check(CLI::Range(1, 3600))->capture_default_str();
  app.add_option("--busy", options.busy, "routes there, and as many back, of the busier daemon")->check(CLI::Range(1, 200))->capture_default_str();
  app.add_option("--checks", options.checks, "runs of mailcanary check")->check(CLI::Range(1, 10000))->capture_default_str();
  app.add_option("--peer-checks", options.peer_checks, "runs of check_email_delivery")->check(CLI::Range(1, 10000))->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  const MailBed bed({{"shop", "watch", "plugin"}, 0});
  fmt::print("load average {:.1f} at the start\n\n", load_average());
  const double peer = measure_peer(bed, options);
  const double check = measure_check(bed, options);
  const double idle = measure_idle(bed, options);
  const DaemonCost daemon = measure_daemon(bed, options, 1);
  const DaemonCost busy = measure_daemon(bed, options, options.busy);
  const auto errors = arrival_errors(bed, daemon.sent);

  fmt::print("CPU time a canary, over TLS, ledger and page written\n");
  print_cost("check_email_delivery, a process each", peer, peer);
  print_cost("mailcanary check, a process each", check, peer);
  print_cost(fmt::format("mailcanary run, {} canaries in {} s", daemon.canaries, options.length).c_str(), daemon.each, peer);
  print_cost("the same with its start and end", daemon.whole_each, peer);
  print_cost(fmt::format("with {} routes, {} canaries in {} s", 2 * options.busy, busy.canaries, options.length).c_str(), busy.each, peer);
  fmt::print("\nmailcanary run with nothing due: {:.3f} ms of CPU a second; at most {:.0f} MB resident\n", 1000 * idle,
             daemon.resident_mb);
  print_arrivals(daemon.sent, errors);

  fmt::print("\nload average {:.1f} at the end\n", load_average());
  Expectations expect;
  expect.at_most("the daemon's CPU time a canary", 1000 * daemon.each, 1, "ms");
  expect.at_least("the daemon against check_email_delivery", peer / daemon.each, 200, "times cheaper");
  expect.at_most("the busier daemon's CPU time a canary", 1000 * busy.each, 1, "ms");
  expect.at_least("the busier daemon against check_email_delivery", peer / busy.each, 200, "times cheaper");
  expect.at_least("the check against check_email_delivery", peer / check, 10, "times cheaper");
  expect.at_most("arrival in 95 of 100", percentile(errors, 0.95), 150, "ms from the log");
  return expect.exit_code();
}
