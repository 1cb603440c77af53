// How fast canaries are handed over: our submitter (a line session that libcurl opened, MAIL, RCPT and DATA pipelined)
// beside Postfix's own load generator smtp-source, both against Postfix's smtp-sink on the same machine, on one
// session and on many, sessions kept open, messages of one size. Rounds alternate; each figure is the median.
// With the ledger on, each canary is committed before it is sent and again when it is accepted.
// The peer sends one ready-made canary over and over; we compose, sign and time each one.
//
// Expected: never slower than smtp-source on as many sessions with the ledger off; at least 5,000/s from one process
// with the ledger on.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "bench/kit/bench.h"
#include "bench/kit/usage.h"
#include "monitor/ledger.h"
#include "probes/submission.h"
#include "tests/servers/process.h"

namespace {

using namespace mailcanary;
using namespace mailcanary::bench;
using namespace std::chrono_literals;
using testbed::Process;

struct Options {
  int messages = 20'000;
  int rounds = 3;
  int sessions = 50;     // beside one
  int in_flight = 1000;  // canaries under way at once with the ledger on
};

int free_port() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (fd < 0 || bind(fd, generic, length) != 0 || getsockname(fd, generic, &length) != 0) die("no free port");
  close(fd);
  return ntohs(address.sin_port);
}

std::string must_exist(std::string program) {
  if (!std::filesystem::exists(program)) die(program + " is missing; install Debian's package postfix");
  return program;
}

// smtp-sink: takes mail and throws it away.
class Sink {
 public:
  Sink() : port_(free_port()), process_({command(), {}, {}, {}}) {
    // It says nothing when it is ready: the first session is the sign.
    const std::vector<std::string> knock = {must_exist("/usr/sbin/smtp-source"), address()};
    for (int attempt = 0; attempt < 100; ++attempt) {
      if (process_.wait(50ms)) die("smtp-sink ended: " + process_.err());
      if (testbed::run_program({knock, {}, {}, {}}).exit_code == 0) return;
    }
    die("smtp-sink does not answer");
  }
  int port() const { return port_; }
  std::string address() const { return fmt::format("127.0.0.1:{}", port_); }

 private:
  std::vector<std::string> command() const {
    std::vector<std::string> words = {must_exist("/usr/sbin/smtp-sink")};
    if (geteuid() == 0) words.insert(words.end(), {"-u", "nobody"});  // it refuses to be root
    words.insert(words.end(), {address(), "1024"});
    return words;
  }

  int port_;
  Process process_;
};

// The account that sends, the one that receives, and the key.
struct World {
  Account from, to;
  Secret key{"a key of a bench, of no worth elsewhere"};
};

World make_world(int port, int sessions) {
  World world;
  world.from.name = AccountName("shop");
  world.from.address = "shop@bed.example";
  world.from.smtp = Endpoint{Protocol::smtp, Transport::plain, "127.0.0.1", port, ""};
  world.from.max_sessions = sessions;
  world.from.max_messages_per_session = 1'000'000'000;
  world.to = world.from;
  world.to.name = AccountName("watch");
  world.to.address = "watch@bed.example";
  return world;
}

Canary fresh_canary(WallTime now) {
  Canary canary;
  canary.id = CanaryId(make_ulid(now));
  canary.route = RouteName("shop-watch");
  canary.from = AccountName("shop");
  canary.to = AccountName("watch");
  canary.vantage = "bench";
  canary.late_after = 60s;
  canary.lost_after = 4h;
  canary.sent_at = now;
  return canary;
}

struct Job {
  EventLoop& loop;
  const World& world;
  Submitter& submitter;
  Ledger* ledger;  // null: off
  int left = 0;    // messages to begin
  int lanes = 0;   // coroutines at work
  int accepted = 0;
  std::string trouble;
};

Task<void> record(Job* job, Batch batch) {
  auto written = co_await job->ledger->commit(std::move(batch));
  if (!written) job->trouble = written.error().message;
}

Task<void> send_one(Job* job) {
  const Now now = job->loop.now();
  Canary canary = fresh_canary(now.wall);
  if (job->ledger) {
    Batch batch;
    batch.sent = {canary};
    co_await record(job, std::move(batch));
  }
  ComposedCanary composed = compose_canary(canary, job->world.from, job->world.to, 0, job->world.key, "");
  auto outcome = co_await job->submitter.submit(std::move(composed), 60s);
  if (outcome.verdict != SubmitOutcome::Verdict::accepted) {
    job->trouble = outcome.reason;
    co_return;
  }
  ++job->accepted;
  if (job->ledger) {
    canary.accepted_at = outcome.accepted_at;
    canary.smtp_reply = std::move(outcome.smtp_reply);
    canary.stages = std::move(outcome.stages);
    Batch batch;
    batch.changed = {std::move(canary)};
    co_await record(job, std::move(batch));
  }
}

Task<void> lane(std::shared_ptr<Job> job) {
  while (job->left > 0 && job->trouble.empty()) {
    --job->left;
    co_await send_one(job.get());
  }
  if (--job->lanes == 0) job->loop.stop();
}

Cost send_all(const Sink& sink, int sessions, int messages, int lanes, Ledger* ledger, EventLoop& loop) {
  const World world = make_world(sink.port(), sessions);
  const auto submitter = make_smtp_submitter(loop, {world.from});
  const auto job = std::make_shared<Job>(Job{loop, world, *submitter, ledger, messages, lanes, 0, {}});
  for (int i = 0; i < lanes; ++i) loop.spawn(lane(job));
  const Cost cost = measure([&] { loop.run(); });
  if (!job->trouble.empty() || job->accepted != messages) {
    die(fmt::format("{} of {} accepted; {}", job->accepted, messages, job->trouble));
  }
  loop.abandon();
  return cost;
}

Cost ours_without_ledger(const Sink& sink, const Options& options, int sessions) {
  EventLoop loop;
  return send_all(sink, sessions, options.messages, 2 * sessions, nullptr, loop);
}

Cost ours_with_ledger(const Sink& sink, const Options& options, int sessions) {
  const Folder folder;
  EventLoop loop;
  Cost cost;
  {
    Ledger ledger(loop, value_or_die(open_sqlite_ledger(folder / "ledger.db", LedgerOpen::create_or_migrate)));
    cost = send_all(sink, sessions, options.messages, options.in_flight, &ledger, loop);
  }
  const auto store = value_or_die(open_sqlite_ledger(folder / "ledger.db", LedgerOpen::read_only));
  const Books books = value_or_die(store->audit(real_clock().now().wall));
  for (const auto& fault : books.faults) die("the books do not balance: " + fault);
  if (books.sent != options.messages) die("canaries are missing in the ledger");
  return cost;
}

// -d: sessions are kept open.
Cost peer(const Sink& sink, const Options& options, int sessions, const std::filesystem::path& message) {
  const std::vector<std::string> command = {
      "/usr/sbin/smtp-source", "-d", "-s", std::to_string(sessions), "-m", std::to_string(options.messages),
      "-f", "shop@bed.example", "-t", "watch@bed.example", "-F", message.string(), sink.address()};
  double cpu = 0;
  Cost cost = measure([&] {
    const auto done = testbed::run_program({command, {}, {}, {}}, 10min);
    if (done.exit_code != 0) die("smtp-source failed: " + done.err);
    cpu = seconds(done.cpu);
  });
  cost.cpu = cpu;
  return cost;
}

struct Figures {  // one a round
  std::vector<double> wall, cpu;
  void add(const Cost& cost) {
    wall.push_back(cost.wall);
    cpu.push_back(cost.cpu);
  }
};

struct Row {
  double rate = 0, cpu_each = 0;
};

Row print(const char* what, const Figures& figures, const Options& options, double peer_rate) {
  const double wall = percentile(figures.wall, 0.5), cpu = percentile(figures.cpu, 0.5);
  const Row row{options.messages / wall, cpu / options.messages};
  fmt::print("  {:<24} {:>9.0f}/s   {:>6.1f} us CPU each   {:>5.2f} times smtp-source\n", what, row.rate,
             1e6 * row.cpu_each, row.rate / (peer_rate > 0 ? peer_rate : row.rate));
  return row;
}

void compare(const Sink& sink, const Options& options, int sessions, const std::filesystem::path& message,
             Expectations& expect) {
  Figures source, off, on;
  for (int round = 0; round < options.rounds; ++round) {
    source.add(peer(sink, options, sessions, message));
    off.add(ours_without_ledger(sink, options, sessions));
    on.add(ours_with_ledger(sink, options, sessions));
  }
  const std::string on_sessions = sessions == 1 ? "one session" : fmt::format("{} sessions", sessions);
  fmt::print("\n{}\n", on_sessions);
  const Row theirs = print("smtp-source", source, options, 0);
  const Row without = print("mailcanary, ledger off", off, options, theirs.rate);
  const Row with = print("mailcanary, ledger on", on, options, theirs.rate);
  expect.at_least(on_sessions + ", ledger off, against smtp-source", without.rate / theirs.rate, 1, "times as fast");
  expect.at_least(on_sessions + ", ledger on", with.rate, 5000, "canaries/s");
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Submission rate beside Postfix's smtp-source, both against smtp-sink");
  app.add_option("--messages", options.messages, "messages a round")->check(CLI::Range(100, 100'000'000))->capture_default_str();
  app.add_option("--rounds", options.rounds, "rounds; the median counts")->check(CLI::Range(1, 1000))->capture_default_str();
  app.add_option("--sessions", options.sessions, "sessions of the second comparison")->check(CLI::Range(2, 500))->capture_default_str();
  app.add_option("--in-flight", options.in_flight, "canaries under way at once, ledger on")->check(CLI::Range(1, 100'000))->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  const Sink sink;
  const World world = make_world(sink.port(), 1);
  std::string message =
      compose_canary(fresh_canary(real_clock().now().wall), world.from, world.to, 0, world.key, "").message;
  fmt::print("{} messages of {} bytes a round, median of {}; load average {:.1f}\n", options.messages, message.size(),
             options.rounds, load_average());
  std::erase(message, '\r');  // smtp-source writes line ends itself
  const Folder folder;
  std::ofstream(folder / "canary") << message;
  Expectations expect;
  std::vector<int> sessions = {1, options.sessions};
  for (const int count : sessions) compare(sink, options, count, folder / "canary", expect);
  return expect.exit_code();
}
