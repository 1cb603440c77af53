// What rules cost: the engine with the default rules over thousands of routes, an observation at a time; what a route
// takes of memory; and how soon the engine is back in service with a month of ledger behind it.
//
// Beside the rules alone stands a naive monitor that keeps the same canaries and goes over all of its window at each
// new one; beside the restart stands SQLite, stepping through the same rows without understanding them.
// Expected on one core: at most 10 us an observation, everything the engine does with it included; a restart with
// 10,000 routes within 2 s.
//
//   bench/rules [--routes N] [--hours H] [--days D] [--only engine|rules|restart]
//       a minute or two, up to 2 GB of disk; --routes 1000: 10 s
#include <malloc.h>
#include <sqlite3.h>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <random>

#include "bench/kit/bench.h"
#include "bench/kit/month_ledger.h"
#include "core/text.h"
#include "core/units.h"
#include "monitor/engine.h"
#include "monitor/measures/condition.h"
#include "monitor/report/report.h"

namespace {

using namespace mailcanary;
using namespace mailcanary::bench;
using namespace std::chrono_literals;

const WallTime start = parse_time("2026-11-24T00:00:00Z").value();

std::size_t memory_in_use() { return mallinfo2().uordblks; }

// ---- the engine -------------------------------------------------------------------------------------------------

// Feeds canaries in and out by the second, 300 s a round.
class Feed {
 public:
  Feed(const Config& config, Engine& engine) : config_(config), engine_(engine) {
    for (std::size_t i = 0; i < config.accounts.size(); ++i) number_[config.accounts[i].name] = i;
  }

  void run(Duration length, bool provider_fails) {
    for (Duration passed{}; passed < length; passed += 1s) second(provider_fails);
  }
  Cost observing, sending;
  std::int64_t observations = 0;
  WallTime now() const { return now_.wall; }

 private:
  void second(bool provider_fails) {
    now_.wall += 1s;
    now_.mono += 1s;
    const std::size_t routes = config_.routes.size();
    std::vector<std::size_t> due;
    const auto upto = static_cast<std::size_t>((second_ % 300 + 1) * static_cast<std::int64_t>(routes) / 300);
    for (auto i = static_cast<std::size_t>(second_ % 300 * static_cast<std::int64_t>(routes) / 300); i < upto; ++i) due.push_back(i);
    ++second_;
    std::vector<Canary> sent;
    sending += measure([&] {
      sent = engine_.turn(due, now_).send;
      SubmitOutcome outcome;
      outcome.verdict = SubmitOutcome::Verdict::accepted;
      outcome.started_at = now_.wall;
      outcome.accepted_at = now_.wall + 120ms;
      for (const auto& canary : sent) engine_.submitted(canary.id, outcome, now_);
    });
    // Each mailbox's arrivals of this second are one report, as IDLE brings them.
    std::map<std::size_t, InboxReport> reports;
    for (auto& canary : waiting_) {
      const std::size_t to = number_.at(canary.to);
      if (provider_fails && to % 20 == 0) continue;  // a black hole: a twentieth of all arrivals
      Sighting sighting;
      sighting.id = canary.id;
      sighting.arrived_at = canary.sent_at + Duration(static_cast<std::int64_t>(1e6 * std::exp(0.6 * normal_(luck_))));
      sighting.source = ArrivalSource::push;
      sighting.seen_at = now_.wall;
      reports[to].sightings.push_back(std::move(sighting));
      ++observations;
    }
    if (second_ % 30 == 0) {
      for (std::size_t i = 0; i < config_.accounts.size(); ++i) reports[i];  // every mailbox is looked at twice a minute
    }
    observing += measure([&] {
      for (auto& [to, report] : reports) {
        report.looked_at = now_.wall;
        engine_.observed(config_.accounts[to].name, report, {}, now_);
      }
      engine_.turn({}, now_);
    });
    waiting_ = std::move(sent);
  }

  const Config& config_;
  Engine& engine_;
  std::map<AccountName, std::size_t> number_;
  std::vector<Canary> waiting_;
  Now now_{start, MonoTime{}};
  std::int64_t second_ = 0;
  std::mt19937_64 luck_{11};
  std::normal_distribution<double> normal_;
};

void print(const char* what, double each, const char* more = "") { fmt::print("  {:<52} {:>8.2f} us{}\n", what, each, more); }

void run_engine(const Config& config, Expectations& expectations) {
  const std::size_t before = memory_in_use();
  Engine engine(config, {}, EngineRole::decides, {start, MonoTime{}});
  Feed feed(config, engine);
  feed.run(3h + 10min, false);  // until all windows of the default rules are full
  const double bytes = static_cast<double>(memory_in_use() - before) / static_cast<double>(config.routes.size());
  const auto each = [&](const Cost& cost, std::int64_t count) { return 1e6 * cost.cpu / static_cast<double>(count); };

  fmt::print("{}, {}, windows full\n", count_noun(static_cast<long long>(config.routes.size()), "route", "routes"),
             count_noun(static_cast<long long>(config.rules.size()), "default rule", "default rules"));
  feed.observing = feed.sending = {};
  feed.observations = 0;
  feed.run(15min, false);
  const double calm = each(feed.observing, feed.observations);
  print("an arrival taken in, judged, and the turn", calm);
  print("a canary made, sent and accepted", each(feed.sending, feed.observations));
  feed.observing = {};
  feed.observations = 0;
  feed.run(10min, true);
  const double outage = each(feed.observing, feed.observations);
  print("the same while one of twenty providers is a black hole", outage);
  fmt::print("  {:<52} {:>8.0f} bytes\n\n", "memory, each route", bytes);
  expectations.at_most("an observation in calm weather", calm, 10, "us");
  expectations.at_most("an observation in an outage", outage, 10, "us");
}

// ---- the rules alone, and the naive ones ----------------------------------------------------------------------------

struct NaiveRoute {
  std::deque<Observation> seen;
};

// Whatever the measure, it looks at all of the window.
double naive_value(const Rule& rule, const NaiveRoute& route, WallTime now) {
  std::vector<Duration> times;
  std::int64_t counted = 0, hits = 0, row = 0;
  for (const auto& seen : route.seen) {
    if (seen.sent_at < now - rule.over || seen.fate == Fate::pending) continue;
    ++counted;
    const bool bad = failed(seen.fate);
    row = bad ? row + 1 : 0;
    if (rule.measure == "late_rate" ? seen.fate == Fate::late : rule.measure == "junk_rate" ? seen.fate == Fate::junked : bad) ++hits;
    if (seen.round_trip) times.push_back(*seen.round_trip);
  }
  if (rule.measure == "consecutive_failures") return static_cast<double>(row);
  if (!rule.measure.starts_with("round_trip")) return counted == 0 ? 0 : static_cast<double>(hits) / static_cast<double>(counted);
  if (times.empty()) return 0;
  const auto rank = times.begin() + static_cast<std::ptrdiff_t>(0.95 * static_cast<double>(times.size() - 1));
  std::nth_element(times.begin(), rank, times.end());
  return seconds(*rank);
}

// Both see the same canaries: first unsettled, then arrived, as in life.
template <class Note, class Judge>
double cost_of_rules(int routes, Note note, Judge judge) {
  Cost cost;
  std::int64_t count = 0;
  std::mt19937_64 luck(11);
  std::lognormal_distribution<double> took(1.1, 0.6);
  for (int round = 0; round < 48; ++round) {
    std::vector<Observation> seen;
    for (int i = 0; i < routes; ++i) {
      Observation o;
      o.sent_at = start + round * 5min + Duration(std::int64_t{300'000'000} * i / routes);
      o.id = CanaryId(fmt::format("01KAYX{:020}", round * routes + i));
      seen.push_back(std::move(o));
    }
    const Cost once = measure([&] {
      for (int i = 0; i < routes; ++i) {
        Observation& o = seen[static_cast<std::size_t>(i)];
        note(i, o);
        o.fate = Fate::delivered;
        o.round_trip = Duration(static_cast<std::int64_t>(1e6 * took(luck)));
        note(i, o);
        judge(i, o.sent_at + *o.round_trip);
      }
    });
    if (round < 37) continue;  // windows fill
    cost += once;
    count += routes;
  }
  return 1e6 * cost.cpu / static_cast<double>(count);
}

void run_rules(const Config& config) {
  const auto rules = config.rules;
  const int routes = static_cast<int>(config.routes.size());
  double sum = 0;  // of what was found, so that nothing is left out as useless
  const Conditions conditions = prepare(rules);
  std::vector<History> histories(static_cast<std::size_t>(routes), History(conditions.windows));
  const double ours = cost_of_rules(
      routes, [&](int i, const Observation& o) { histories[static_cast<std::size_t>(i)].note(o); },
      [&](int i, WallTime now) {
        History& history = histories[static_cast<std::size_t>(i)];
        history.advance(now);
        for (const auto& condition : conditions.list) sum += examine(condition, history, now).value;
      });
  histories.clear();
  Duration longest{};
  for (const auto& rule : rules) longest = std::max(longest, rule.over);
  std::vector<NaiveRoute> naive(static_cast<std::size_t>(routes));
  const double theirs = cost_of_rules(
      routes,
      [&](int i, const Observation& o) {
        auto& seen = naive[static_cast<std::size_t>(i)].seen;
        const auto known = std::find_if(seen.rbegin(), seen.rend(), [&](const Observation& other) { return other.id == o.id; });
        if (known != seen.rend())
          *known = o;
        else
          seen.push_back(o);
        while (seen.front().sent_at < o.sent_at - longest) seen.pop_front();
      },
      [&](int i, WallTime now) {
        for (const auto& rule : rules) sum += naive_value(rule, naive[static_cast<std::size_t>(i)], now);
      });
  fmt::print("the rules alone\n");
  print("kept up canary by canary", ours);
  print("looked through anew each time", theirs);
  fmt::print("  {:<52} {:>8.2f} times{}\n\n", "naive against ours", theirs / ours, sum < 0 ? "!" : "");
}

// ---- the restart ----------------------------------------------------------------------------------------------------

Cost step_through(const std::filesystem::path& path, WallTime since) {
  sqlite3* database = nullptr;
  sqlite3_stmt* select = nullptr;
  if (sqlite3_open_v2(path.c_str(), &database, SQLITE_OPEN_READONLY, nullptr) != SQLITE_OK) die("cannot open the ledger");
  sqlite3_prepare_v2(database, "SELECT * FROM canaries WHERE sent_at >= ? ORDER BY sent_at", -1, &select, nullptr);
  sqlite3_bind_int64(select, 1, since.time_since_epoch().count());
  const Cost cost = measure([&] {
    while (sqlite3_step(select) == SQLITE_ROW) {
    }
  });
  sqlite3_finalize(select);
  sqlite3_close(database);
  return cost;
}

double run_restart(const char* title, const std::filesystem::path& path, const Config& config, WallTime now) {
  std::unique_ptr<LedgerStore> store;
  const Cost open = measure([&] { store = value_or_die(open_sqlite_ledger(path, LedgerOpen::create_or_migrate)); });
  EngineMemory memory;
  const Cost read = measure([&] { memory = value_or_die(read_memory(*store, config, now)); });
  const std::size_t recent = memory.recent.size();
  std::unique_ptr<Engine> engine;
  const Cost begin = measure([&] { engine = std::make_unique<Engine>(config, std::move(memory), EngineRole::decides, Now{now, MonoTime{}}); });
  const Cost turn = measure([&] { engine->turn({}, {now, MonoTime{}}); });
  const double all = open.wall + read.wall + begin.wall + turn.wall;
  // What the start did not wait for, as the station reads it beside all else.
  std::size_t later = 0;
  Cost reading, remembering;
  double longest = 0;
  while (const auto missing = engine->missing()) {
    const TimeSpan next{std::max(missing->from, missing->until - 1min), missing->until};
    std::vector<Canary> canaries;
    reading += measure([&] { canaries = value_or_die(read_canaries(*store, config, next)); });
    later += canaries.size();
    const Cost once = measure([&] { engine->remember(canaries, next.from); });
    longest = std::max(longest, once.wall);
    remembering += once;
  }
  fmt::print("{}\n  open {:.2f} s, read {:.2f} s ({} canaries), engine {:.2f} s, first turn {:.2f} s: {:.2f} s\n", title, open.wall, read.wall,
             recent, begin.wall, turn.wall, all);
  fmt::print("  later: {} canaries, read in {:.2f} s on the ledger's thread, remembered in {:.2f} s, {:.0f} ms at once at most\n", later,
             reading.wall, remembering.wall, 1e3 * longest);
  return all;
}

void run_ledger(Config config, int days, int hours, Expectations& expectations) {
  const Folder folder;
  const auto path = folder / "ledger.db";
  const WallTime now = start + 13h + 7min;
  config.retention.canaries = std::chrono::hours(hours);
  config.retention.rollups_5m = 24h;
  MonthLedger made;
  const Cost making = measure([&] { made = make_month_ledger(path, config, now, days, hours); });
  fmt::print("a ledger of {} days: {} canaries of {} h, sums: {} of 5 min, {} of 1 h, {} of 1 d; {:.0f} MB, made in {:.0f} s\n", days,
             made.canaries, hours, made.rollups_5m, made.rollups_1h, made.rollups_1d, static_cast<double>(made.bytes) / 1e6, making.wall);
  const double plain = run_restart("restart with the default rules", path, config, now);
  const Cost bare = step_through(path, now - memory_span(config));
  fmt::print("  SQLite alone steps through these canaries in {:.2f} s: {:.1f} times\n", bare.wall, plain / bare.wall);

  Config drifting = config;
  Rule drift;
  drift.name = "drift";
  drift.measure = "drift";
  drift.over = 24h;
  drift.above = 2;
  drifting.rules.push_back(drift);
  const double with_drift = run_restart("restart with a rule on drift beside", path, drifting, now);

  auto store = value_or_die(open_sqlite_ledger(path, LedgerOpen::read_only));
  const Cost page = measure([&] { value_or_die(store->rollups(24h, now - 24h * 90)); });
  const Month month = value_or_die(month_of("2026-11", "UTC"));
  MonthReport report;
  const Cost reporting = measure([&] { report = value_or_die(make_report(config, *store, month, now)); });
  fmt::print("later, on the ledger's thread: the page's day bars {:.2f} s; a report of the month {:.2f} s\n\n", page.wall, reporting.wall);
  expectations.at_most("back in service with a month of ledger", plain, 2, "s");
  expectations.at_most("the same with a rule on drift", with_drift, 2, "s");
}

}  // namespace

int main(int argc, char** argv) {
  int routes = 10'000, hours = 6, days = 30;
  CLI::App app("What rules cost, and a restart with a month of ledger");
  app.add_option("--routes", routes, "routes of the mesh")->check(CLI::Range(20, 20'000))->capture_default_str();
  app.add_option("--hours", hours, "hours of single canaries in the ledger")->check(CLI::Range(5, 48))->capture_default_str();
  app.add_option("--days", days, "days of sums of an hour in the ledger")->check(CLI::Range(2, 60))->capture_default_str();
  std::string only;
  app.add_option("--only", only, "one part of it")->check(CLI::IsMember({"engine", "rules", "restart"}));
  CLI11_PARSE(app, argc, argv);
  const Config config = mesh_config(routes);
  Expectations expectations;
  const auto wanted = [&](std::string_view part) { return only.empty() || only == part; };
  if (wanted("engine")) run_engine(config, expectations);
  if (wanted("rules")) run_rules(config);
  if (wanted("restart")) run_ledger(config, days, hours, expectations);
  return expectations.exit_code();
}
