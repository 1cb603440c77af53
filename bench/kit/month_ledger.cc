#include "bench/kit/month_ledger.h"

#include <sqlite3.h>

#include <cmath>
#include <random>

#include <fmt/format.h>

#include "bench/kit/bench.h"
#include "config/defaults.h"
#include "monitor/ledger.h"

namespace mailcanary::bench {
namespace {

using namespace std::chrono_literals;

constexpr int providers = 20;
constexpr std::size_t group = 2'000;

class Weather {
 public:
  Duration round_trip() { return Duration(static_cast<std::int64_t>(1e6 * std::exp(1.1 + 0.6 * normal_(engine_)))); }
  bool lost() { return share_(engine_) < 0.0005; }

 private:
  std::mt19937_64 engine_{7};
  std::normal_distribution<double> normal_;
  std::uniform_real_distribution<double> share_;
};

// Sent, accepted and settled in one record: what the row looks like in the end.
void live(Canary& canary, Weather& weather) {
  canary.accepted_at = canary.sent_at + 120ms;
  canary.smtp_reply = "250 2.0.0 Ok: queued as 4XyZabcdef";
  canary.stages = {{Stage::resolve, std::nullopt, ""}, {Stage::connect, std::nullopt, ""}, {Stage::submit, 120ms, ""}};
  if (weather.lost()) {
    canary.fate = Fate::lost;
    canary.reason = "accepted, but not in the mailbox 4 h later";
    canary.settled_at = canary.lost_at();
    return;
  }
  canary.round_trip = weather.round_trip();
  canary.arrived_at = canary.sent_at + *canary.round_trip;
  canary.seen_at = canary.settled_at = *canary.arrived_at + 17ms;
  canary.arrival_source = ArrivalSource::push;
  canary.resolution = 100ms;
  canary.fate = *canary.round_trip > canary.late_after ? Fate::late : Fate::delivered;
  canary.folder = "INBOX";
  canary.hops = {{"monitor.example", "mx.provider.example", "ESMTPSA", "", canary.sent_at, std::nullopt, "TLSv1.3"},
                 {"mx.provider.example", "imap.other.example", "LMTP", "", canary.sent_at + 1s, 1s, ""}};
  canary.verdicts = {"pass", "pass", "pass"};
}

void commit(LedgerStore& store, const Batch& batch) {
  if (const auto done = store.commit({&batch}); !done) die(done.error().message);
}

std::int64_t write_canaries(LedgerStore& store, const Config& config, WallTime from, WallTime until) {
  Weather weather;
  std::int64_t written = 0;
  Batch batch;
  const auto flush = [&] {
    commit(store, batch);
    written += static_cast<std::int64_t>(batch.sent.size());
    batch = {};
  };
  const auto routes = static_cast<std::int64_t>(config.routes.size());
  for (WallTime round = from; round < until; round += 5min) {
    for (std::int64_t i = 0; i < routes; ++i) {
      const Route& route = config.routes[static_cast<std::size_t>(i)];
      Canary canary;
      canary.sent_at = round + Duration(std::int64_t{300'000'000} * i / routes);
      canary.id = CanaryId(make_ulid(canary.sent_at));
      canary.route = route.name;
      canary.from = route.from;
      canary.to = route.to;
      canary.vantage = config.vantage;
      canary.late_after = route.late_after;
      canary.lost_after = route.lost_after;
      batch.sent.push_back(canary);
      live(canary, weather);
      batch.changed.push_back(std::move(canary));
      if (batch.sent.size() == group) flush();
    }
  }
  flush();
  return written;
}

class Bare {
 public:
  explicit Bare(const std::filesystem::path& path) {
    if (sqlite3_open(path.c_str(), &database_) != SQLITE_OK) die("cannot open the ledger");
    run("PRAGMA synchronous = OFF");
  }
  ~Bare() {
    sqlite3_finalize(insert_);
    sqlite3_close(database_);
  }
  Bare(const Bare&) = delete;
  Bare& operator=(const Bare&) = delete;

  void run(const char* sql) {
    if (sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) die(sqlite3_errmsg(database_));
  }
  void prepare(const char* sql) {
    if (sqlite3_prepare_v2(database_, sql, -1, &insert_, nullptr) != SQLITE_OK) die(sqlite3_errmsg(database_));
  }
  void insert(std::int64_t length, std::int64_t start, std::int64_t lane, std::int64_t canaries, const std::string& times) {
    sqlite3_bind_int64(insert_, 1, length);
    sqlite3_bind_int64(insert_, 2, start);
    sqlite3_bind_int64(insert_, 3, lane);
    sqlite3_bind_int64(insert_, 4, canaries);
    sqlite3_bind_text(insert_, 5, times.data(), static_cast<int>(times.size()), SQLITE_STATIC);
    if (sqlite3_step(insert_) != SQLITE_DONE) die(sqlite3_errmsg(database_));
    sqlite3_reset(insert_);
  }

 private:
  sqlite3* database_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
};

// Histograms of so many canaries, as texts to choose from: to make each anew would take minutes.
std::vector<std::string> histograms_of(int canaries, Weather& weather) {
  std::vector<std::string> texts;
  for (int i = 0; i < 1'000; ++i) {
    Histogram times;
    for (int n = 0; n < canaries; ++n) times.add(weather.round_trip());
    texts.push_back(times.to_text());
  }
  return texts;
}

std::int64_t write_rollups(Bare& bare, Duration length, WallTime from, WallTime until, std::size_t lanes, Weather& weather) {
  const int canaries = static_cast<int>(length / 5min);
  const auto texts = histograms_of(canaries, weather);
  std::int64_t written = 0;
  bare.run("BEGIN");
  for (WallTime start = from; start < until; start += length) {
    const auto second = std::chrono::floor<std::chrono::seconds>(start.time_since_epoch()).count();
    for (std::size_t lane = 1; lane <= lanes; ++lane, ++written)
      bare.insert(std::chrono::floor<std::chrono::seconds>(length).count(), second, static_cast<std::int64_t>(lane), canaries,
                  texts[(lane * 7919 + static_cast<std::size_t>(second)) % texts.size()]);
  }
  bare.run("COMMIT");
  return written;
}

}  // namespace

Config mesh_config(int routes) {
  Config config;
  config.vantage = "fra1";
  config.rules = default_rules();
  config.channels = {default_channel()};
  config.notify = {default_notify()};
  for (int i = 0; i < providers; ++i) {
    Provider provider;
    provider.name = ProviderName(fmt::format("provider{:02}", i));
    provider.title = fmt::format("Provider {}", i);
    config.providers.push_back(std::move(provider));
  }
  int accounts = 2;
  while (accounts * (accounts - 1) < routes) ++accounts;
  for (int i = 0; i < accounts; ++i) {
    Account account;
    account.name = AccountName(fmt::format("account{:03}", i));
    account.provider = config.providers[static_cast<std::size_t>(i % providers)].name;
    account.address = account.name.str() + "@bed.example";
    config.accounts.push_back(std::move(account));
  }
  for (int i = 0; i < routes; ++i) {
    const int from = i / (accounts - 1), at = i % (accounts - 1), to = at < from ? at : at + 1;
    Route route;
    route.from = config.accounts[static_cast<std::size_t>(from)].name;
    route.to = config.accounts[static_cast<std::size_t>(to)].name;
    route.name = RouteName(route.from.str() + "-" + route.to.str());
    config.routes.push_back(std::move(route));
  }
  return config;
}

MonthLedger make_month_ledger(const std::filesystem::path& path, const Config& config, WallTime now, int days, int hours) {
  MonthLedger made;
  const WallTime rows_from = std::chrono::floor<std::chrono::hours>(now) - std::chrono::hours(hours);
  {
    auto store = value_or_die(open_sqlite_ledger(path, LedgerOpen::create_or_migrate));
    made.canaries = write_canaries(*store, config, rows_from, now);
    while (value_or_die(store->retire(config.retention, now)) == LedgerStore::Work::more) {
    }
  }
  {
    Bare bare(path);
    bare.prepare(
        "INSERT OR REPLACE INTO rollups (length, start, lane, delivered, late, junked, bounced, rejected, deferred, "
        "unreachable, lost, unknown, round_trip) VALUES (?, ?, ?, ?, 0, 0, 0, 0, 0, 0, 0, 0, ?)");
    Weather weather;
    const WallTime today = std::chrono::floor<std::chrono::days>(now);
    const std::size_t lanes = config.routes.size();
    made.rollups_5m = write_rollups(bare, 5min, rows_from - 24h, rows_from, lanes, weather);
    made.rollups_1h = write_rollups(bare, 1h, today - 24h * days, rows_from, lanes, weather);
    made.rollups_1d = write_rollups(bare, 24h, today - 24h * days, today, lanes, weather);
    bare.run("INSERT OR REPLACE INTO facts VALUES ('since.provider00', '2026-01-01T00:00:00.000Z')");
    bare.run("PRAGMA wal_checkpoint(TRUNCATE)");
  }
  made.bytes = std::filesystem::file_size(path);
  return made;
}

}  // namespace mailcanary::bench
