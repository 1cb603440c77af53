// How fast the ledger writes, and what a canary costs: written before it is sent, changed when it is accepted,
// changed again when it settles. Beside it the least that SQLite itself could do in the same run: prepared statements
// on one table with the same columns and indexes, the same values, the same transactions and syncs, no books.
// Expected on two cores: at least 30,000 inserts a second, at most 60 us of CPU a canary for all three.
//
//   bench/ledger [CANARIES [ROUTES [GROUP]]]
#include <sqlite3.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "bench/kit/bench.h"
#include "core/units.h"
#include "monitor/ledger.h"

namespace {

using namespace mailcanary;
using namespace mailcanary::bench;
namespace fs = std::filesystem;

struct Size {
  int canaries = 300'000;
  int routes = 9'900;
  int group = 1'000;  // canaries that wait for one commit
};

void print(const char* what, const Cost& cost, int canaries) {
  const double each = canaries;
  fmt::print("  {:<34} {:>9.0f}/s  {:>6.1f} us wall  {:>6.1f} us CPU\n", what, each / cost.wall, 1e6 * cost.wall / each,
             1e6 * cost.cpu / each);
}

Canary fresh(int n, const Size& size, WallTime start) {
  Canary canary;
  canary.sent_at = start + std::chrono::milliseconds(std::int64_t{n} * 30);
  canary.id = CanaryId(make_ulid(canary.sent_at));
  const int route = n % size.routes;
  canary.route = RouteName(fmt::format("account{:03}-account{:03}", route / 100, route % 100));
  canary.from = AccountName(fmt::format("account{:03}", route / 100));
  canary.to = AccountName(fmt::format("account{:03}", route % 100));
  canary.vantage = "fra1";
  canary.late_after = std::chrono::seconds(60);
  canary.lost_after = std::chrono::hours(4);
  return canary;
}

void accept(Canary& canary) {
  using namespace std::chrono_literals;
  canary.accepted_at = canary.sent_at + 4321us;
  canary.smtp_reply = "250 2.0.0 Ok: queued as 4XyZabcdef";
  canary.stages = {{Stage::resolve, std::nullopt, ""},
                   {Stage::connect, std::nullopt, ""},
                   {Stage::tls, std::nullopt, ""},
                   {Stage::auth, std::nullopt, ""},
                   {Stage::submit, 4321us, ""}};
}

void settle(Canary& canary) {
  using namespace std::chrono_literals;
  canary.arrived_at = canary.sent_at + 834567us;
  canary.seen_at = canary.sent_at + 851234us;
  canary.settled_at = canary.seen_at;
  canary.round_trip = 834567us;
  canary.arrival_source = ArrivalSource::push;
  canary.resolution = 100ms;
  canary.fate = Fate::delivered;
  canary.folder = "INBOX";
  canary.hops = {{"monitor.example", "mx.provider.example", "ESMTPSA", "", canary.sent_at, std::nullopt, "TLSv1.3"},
                 {"mx.provider.example", "imap.other.example", "LMTP", "", canary.sent_at + 1s, 1s, ""}};
  canary.verdicts = {"pass", "pass", "pass"};
}

void commit(LedgerStore& store, const Batch& batch) {
  const auto done = store.commit({&batch});
  if (!done) die(done.error().message);
}

std::vector<std::vector<Canary>> groups_of(const Size& size, WallTime start) {
  std::vector<std::vector<Canary>> groups;
  for (int n = 0; n < size.canaries; ++n) {
    if (n % size.group == 0) groups.emplace_back();
    groups.back().push_back(fresh(n, size, start));
  }
  return groups;
}

struct LedgerCosts {
  Cost insert, accept, settle, roll_up, audit;
  std::uintmax_t bytes = 0;
  Cost total() const {
    Cost sum = insert;
    sum += accept;
    return sum += settle;
  }
};

LedgerCosts run_ledger(const Size& size) {
  const Folder folder;
  auto store = open_sqlite_ledger(folder / "ledger.db", LedgerOpen::create_or_migrate);
  if (!store) die(store.error().message);
  LedgerCosts costs;
  const WallTime start = parse_time("2026-03-01T00:00:00Z").value();
  for (auto& group : groups_of(size, start)) {
    Batch batch;
    batch.sent = group;
    costs.insert += measure([&] { commit(**store, batch); });
    for (Canary& canary : group) accept(canary);
    batch = {};
    batch.changed = group;
    costs.accept += measure([&] { commit(**store, batch); });
    for (Canary& canary : group) settle(canary);
    batch.changed = group;
    costs.settle += measure([&] { commit(**store, batch); });
  }
  costs.roll_up = measure([&] {
    while (true) {
      const auto work = (*store)->retire({}, start + std::chrono::hours(24));
      if (!work) die(work.error().message);
      if (*work == LedgerStore::Work::done) break;
    }
  });
  costs.audit = measure([&] {
    const auto books = (*store)->audit(start + std::chrono::hours(24));
    if (!books) die(books.error().message);
    for (const auto& fault : books->faults) die("the books do not balance: " + fault);
    if (books->sent != size.canaries) die("canaries are missing");
  });
  store->reset();
  costs.bytes = fs::file_size(folder / "ledger.db");
  return costs;
}

// ---- the peer -------------------------------------------------------------------------------------------------

class Bare {
 public:
  explicit Bare(const fs::path& path) {
    if (sqlite3_open(path.c_str(), &database_) != SQLITE_OK) die("cannot open the peer's database");
    run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -8192;"
        "CREATE TABLE canaries (key INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, route INTEGER, sent_at INTEGER,"
        "fate INTEGER, accepted INTEGER, arrived INTEGER, seen INTEGER, settled INTEGER, round_trip INTEGER,"
        "source INTEGER, resolution INTEGER, skew INTEGER, duplicates INTEGER, details TEXT);"
        "CREATE INDEX by_route ON canaries (route, sent_at); CREATE INDEX by_time ON canaries (sent_at);"
        "CREATE INDEX pending ON canaries (fate, sent_at) WHERE fate = 0");
    insert_ = prepare("INSERT INTO canaries (id, route, sent_at, fate, source, duplicates) VALUES (?, ?, ?, 0, 0, 0)");
    accept_ = prepare("UPDATE canaries SET accepted = ?2, details = ?3 WHERE id = ?1");
    settle_ = prepare(
        "UPDATE canaries SET fate = 1, arrived = ?2, seen = ?2, settled = ?2, round_trip = ?2, source = 1, "
        "resolution = 100000, details = ?3 WHERE id = ?1");
  }
  ~Bare() {
    for (sqlite3_stmt* statement : {insert_, accept_, settle_}) sqlite3_finalize(statement);
    sqlite3_close(database_);
  }
  Bare(const Bare&) = delete;
  Bare& operator=(const Bare&) = delete;

  void begin() { run("BEGIN IMMEDIATE"); }
  void end() { run("COMMIT"); }
  void insert(const std::string& id, int route, std::int64_t sent_at) {
    bind(insert_, id);
    sqlite3_bind_int(insert_, 2, route);
    sqlite3_bind_int64(insert_, 3, sent_at);
    step(insert_);
  }
  void accept(const std::string& id) { update(accept_, id, 4321, accepted_details); }
  void settle(const std::string& id) { update(settle_, id, 834567, settled_details); }

 private:
  // As long as what the ledger keeps of the canaries above.
  const std::string accepted_details = std::string(120, 'x');
  const std::string settled_details = std::string(330, 'x');

  void run(const char* sql) {
    if (sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) die(sqlite3_errmsg(database_));
  }
  sqlite3_stmt* prepare(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(database_, sql, -1, &statement, nullptr) != SQLITE_OK) die(sqlite3_errmsg(database_));
    return statement;
  }
  void bind(sqlite3_stmt* statement, const std::string& id) {
    sqlite3_bind_blob(statement, 1, id.data(), static_cast<int>(id.size()), SQLITE_STATIC);
  }
  void update(sqlite3_stmt* statement, const std::string& id, int time, const std::string& details) {
    bind(statement, id);
    sqlite3_bind_int(statement, 2, time);
    sqlite3_bind_text(statement, 3, details.data(), static_cast<int>(details.size()), SQLITE_STATIC);
    step(statement);
  }
  void step(sqlite3_stmt* statement) {
    if (sqlite3_step(statement) != SQLITE_DONE) die(sqlite3_errmsg(database_));
    sqlite3_reset(statement);
  }

  sqlite3* database_ = nullptr;
  sqlite3_stmt *insert_ = nullptr, *accept_ = nullptr, *settle_ = nullptr;
};

// 16 bytes that sort by time, as a ULID does.
std::string bare_id(const Canary& canary, int at) { return canary.id.str().substr(0, 8) + fmt::format("{:08}", at); }

LedgerCosts run_bare(const Size& size) {
  const Folder folder;
  LedgerCosts costs;
  {
    Bare bare(folder / "bare.db");
    const WallTime start = parse_time("2026-03-01T00:00:00Z").value();
    int n = 0;
    for (const auto& group : groups_of(size, start)) {
      const int first = n;
      n += static_cast<int>(group.size());
      const auto in_transaction = [&](auto each) {
        return measure([&] {
          bare.begin();
          int at = first;
          for (const Canary& canary : group) each(canary, at++);
          bare.end();
        });
      };
      costs.insert += in_transaction([&](const Canary& canary, int at) {
        bare.insert(bare_id(canary, at), at % size.routes, canary.sent_at.time_since_epoch().count());
      });
      costs.accept += in_transaction([&](const Canary& canary, int at) { bare.accept(bare_id(canary, at)); });
      costs.settle += in_transaction([&](const Canary& canary, int at) { bare.settle(bare_id(canary, at)); });
    }
  }
  costs.bytes = fs::file_size(folder / "bare.db");
  return costs;
}

void print(const char* title, const LedgerCosts& costs, int canaries) {
  fmt::print("{}\n", title);
  print("insert", costs.insert, canaries);
  print("accepted", costs.accept, canaries);
  print("settled", costs.settle, canaries);
  print("all three", costs.total(), canaries);
  fmt::print("  {:<34} {:>9}\n", "bytes in the file, each", costs.bytes / static_cast<std::uintmax_t>(canaries));
}

int argument(int argc, char** argv, int at, int otherwise) {
  if (argc <= at) return otherwise;
  const int value = std::atoi(argv[at]);
  return value > 0 ? value : otherwise;
}

}  // namespace

int main(int argc, char** argv) {
  Size size;
  size.canaries = argument(argc, argv, 1, size.canaries);
  size.routes = argument(argc, argv, 2, size.routes);
  size.group = argument(argc, argv, 3, size.group);
  fmt::print("{} canaries on {} routes, {} a commit\n\n", size.canaries, size.routes, size.group);
  const LedgerCosts ledger = run_ledger(size);
  const LedgerCosts bare = run_bare(size);
  print("ledger", ledger, size.canaries);
  print("rolled up (5 min, 1 h, 1 d)", ledger.roll_up, size.canaries);
  print("audited", ledger.audit, size.canaries);
  print("\nbare SQLite, no books", bare, size.canaries);
  fmt::print("\nledger against bare SQLite: {:.2f} times the CPU, {:.2f} times the time\n",
             ledger.total().cpu / bare.total().cpu, ledger.total().wall / bare.total().wall);
  return 0;
}
