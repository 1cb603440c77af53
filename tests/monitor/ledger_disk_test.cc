// The ledger on a bad disk: full, failing at every single step of a commit, losing its power.
#include <csignal>
#include <random>

#include <sys/resource.h>

#include "tests/monitor/child_process.h"
#include "tests/monitor/fault_disk.h"
#include "tests/monitor/ledger_fixtures.h"

using namespace mailcanary;
using namespace mailcanary::test;

namespace {

// Something of everything.
Batch rich_batch() {
  Batch batch = sent({canary(1), canary(2), canary(3, "a-b")});
  batch.changed = {settled(accepted(canary(1)), Fate::delivered), settled(canary(0), Fate::lost, 4h)};
  batch.incidents = {incident(1)};
  batch.notices = {notice(incident(1), 1), notice(incident(1), 1, NoticeKind::opened, "hook")};
  batch.cursors = {{AccountName("watch"), {"INBOX", 1, 2}}};
  batch.to_remove = {{AccountName("watch"), {"INBOX", 1, 1}}};
  batch.facts = {{"turn", "1"}};
  return batch;
}

void check_only_the_first_is_there(LedgerStore& store) {
  CHECK(ids(*store.pending()) == ids({canary(0)}));
  CHECK(ids(*store.since(day_zero)) == ids({canary(0)}));
  CHECK(store.incidents_since(day_zero)->empty());
  CHECK(store.queued_notices()->empty());
  CHECK(store.facts()->empty());
  CHECK(joined(audit(store).faults) == "");
}

void check_all_is_there(LedgerStore& store) {
  CHECK(ids(*store.pending()) == ids({canary(2), canary(3, "a-b")}));
  CHECK(store.since(day_zero)->size() == 4);
  CHECK(store.queued_notices()->size() == 2);
  const Books books = audit(store);
  CHECK(joined(books.faults) == "");
  CHECK(books.sent == 4);
}

}  // namespace

TEST_CASE("whichever write or sync of a commit fails, nothing of it is kept, and it works when tried again") {
  using Fault = FaultDisk::Fault;
  struct Row {
    Fault fault;
    std::string words;
  };
  const Row rows[] = {{Fault::full, "the disk is full; free some space and it goes on by itself"},
                      {Fault::write_error, "check the disk"},
                      {Fault::sync_error, "check the disk"}};
  for (const Row& row : rows) {
    bool failed = true;
    for (int operations = 0; failed; ++operations) {
      CAPTURE(row.words, operations);
      const Folder folder;
      FaultDisk disk;
      auto store = open_ledger(folder / "ledger.db");
      commit(*store, sent({canary(0)}));
      disk.fail_after(operations, row.fault);
      const Batch batch = rich_batch();
      const auto result = store->commit({&batch});
      failed = disk.failed();
      REQUIRE(static_cast<bool>(result) == !failed);
      if (failed) {
        CHECK(result.error().kind == ErrorKind::io);
        CHECK(result.error().message.starts_with("use ledger " + (folder / "ledger.db").string() + ": "));
        CHECK(result.error().message.ends_with(row.words));
        check_only_the_first_is_there(*store);
        disk.heal();
        commit(*store, batch);
        CHECK(operations < 100);
      }
      check_all_is_there(*store);
      disk.heal();
      store.reset();
      check_all_is_there(*open_ledger(folder / "ledger.db"));
    }
  }
}

TEST_CASE("a disk that fails while the ledger is made leaves a file that the next start completes") {
  for (const FaultDisk::Fault fault :
       {FaultDisk::Fault::full, FaultDisk::Fault::sync_error, FaultDisk::Fault::power_cut}) {
    bool failed = true;
    for (int operations = 0; failed; ++operations) {
      CAPTURE(static_cast<int>(fault), operations);
      const Folder folder;
      FaultDisk disk;
      disk.fail_after(operations, fault);
      auto first = open_sqlite_ledger(folder / "ledger.db", LedgerOpen::create_or_migrate);
      failed = disk.failed();
      CHECK(static_cast<bool>(first) == !failed);
      first = Error{};
      if (fault == FaultDisk::Fault::power_cut) disk.restore_power(static_cast<std::uint32_t>(operations));
      disk.heal();
      auto store = open_ledger(folder / "ledger.db");
      commit(*store, sent({canary(0)}));
      check_only_the_first_is_there(*store);
    }
  }
}

TEST_CASE("after a power cut at any moment everything acknowledged is there and the books balance") {
  for (std::uint32_t seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const Folder folder;
    FaultDisk disk;
    auto store = open_ledger(folder / "ledger.db");
    disk.fail_after(static_cast<int>(random() % 150), FaultDisk::Fault::power_cut);
    Retention short_one;
    short_one.canaries = 1h;
    std::map<std::string, Fate> acknowledged;
    for (int n = 0; !disk.failed(); ++n) {
      const auto fate = static_cast<Fate>(1 + n % 8);
      const Batch fresh = sent({canary(n)});
      if (!store->commit({&fresh})) break;
      acknowledged[canary(n).id.str()] = Fate::pending;
      const Batch done = changed({settled(canary(n), fate)});
      if (n % 5 != 0 && store->commit({&done})) acknowledged[canary(n).id.str()] = fate;
      if (n % 7 == 0) static_cast<void>(store->retire(short_one, day_zero + std::chrono::minutes(n)));
    }
    store.reset();
    disk.restore_power(seed);

    store = open_ledger(folder / "ledger.db");
    const Books books = audit(*store);
    REQUIRE(joined(books.faults) == "");
    // One more than was acknowledged may be there: its commit was cut off after the point of no return.
    CHECK(books.sent - static_cast<std::int64_t>(acknowledged.size()) <= 1);
    CHECK(books.sent >= static_cast<std::int64_t>(acknowledged.size()));
    for (const auto& [id, fate] : acknowledged) {
      CAPTURE(id);
      const auto there = store->find(CanaryId(id));
      REQUIRE(there);
      if (!there->has_value()) {
        CHECK(fate != Fate::pending);  // retired
        continue;
      }
      if (fate != Fate::pending) CHECK((*there)->fate == fate);
    }
  }
}

TEST_CASE("queries of a large ledger read few pages of it") {
  const Folder folder;
  FaultDisk disk;
  constexpr int count = 10'000;
  {
    auto store = open_ledger(folder / "ledger.db");
    std::vector<Canary> all;
    for (int n = 0; n < count; ++n) {
      const Canary fresh = canary(n, "r" + std::to_string(n % 20) + "-b");
      all.push_back(n % 2'500 == 0 ? fresh : settled(accepted(fresh), Fate::delivered));
    }
    commit(*store, sent(all));
    Batch batch;
    for (int n = 0; n < 500; ++n) {
      Incident over = incident(n);
      over.status = n == 100 ? IncidentStatus::identified : IncidentStatus::resolved;
      batch.incidents.push_back(over);
      batch.notices.push_back(notice(over, 1));
      if (n != 100) batch.notices.back().state = NoticeState::delivered;
    }
    commit(*store, batch);
  }
  const auto pages_read = [&](auto query) {
    auto store = open_sqlite_ledger(folder / "ledger.db", LedgerOpen::read_only);
    REQUIRE(store);
    const int before = disk.reads();
    query(**store);
    return disk.reads() - before;
  };
  const WallTime last_hour = day_zero + std::chrono::minutes(count - 60);
  const CanaryId some = canary(7'000, "r0-b").id;
  CHECK(pages_read([&](LedgerStore& store) { CHECK(store.pending()->size() == 4); }) < 30);
  CHECK(pages_read([&](LedgerStore& store) { CHECK(store.find(some)->has_value()); }) < 30);
  CHECK(pages_read([&](LedgerStore& store) { CHECK(store.history(RouteName("r3-b"), 20)->size() == 20); }) < 80);
  CHECK(pages_read([&](LedgerStore& store) { CHECK(store.since(last_hour)->size() == 60); }) < 80);
  CHECK(pages_read([&](LedgerStore& store) { CHECK(store.last_sent()->size() == 20); }) < 30);
  CHECK(pages_read([&](LedgerStore& store) { CHECK(store.sent_by_account_since(last_hour)->size() == 20); }) < 80);
  CHECK(pages_read([&](LedgerStore& store) { CHECK(store.incidents_since(incident(499).updated_at)->size() == 2); }) <
        30);
  CHECK(pages_read([&](LedgerStore& store) { CHECK(store.queued_notices()->size() == 1); }) < 30);
  CHECK(pages_read([&](LedgerStore& store) { CHECK(store.notices_of(incident(5).id)->size() == 1); }) < 30);
  CHECK(pages_read([&](LedgerStore& store) { CHECK(store.facts()->empty()); }) < 30);
  // The measure itself works.
  CHECK(pages_read([&](LedgerStore& store) { CHECK(store.since(day_zero)->size() == count); }) > 500);
}

TEST_CASE("a real file size limit is an error with a cure, and lifting it lets the ledger go on") {
  const Folder folder;
  const std::string said = text_from_child([&]() -> std::string {
    std::signal(SIGXFSZ, SIG_IGN);
    auto store = open_sqlite_ledger(folder / "ledger.db", LedgerOpen::create_or_migrate);
    if (!store) return store.error().message;
    const rlimit tight{200'000, RLIM_INFINITY}, loose{RLIM_INFINITY, RLIM_INFINITY};
    setrlimit(RLIMIT_FSIZE, &tight);
    std::string error;
    int n = 0;
    for (; error.empty(); ++n) {
      const Batch batch = sent({accepted(canary(n))});
      const auto result = (*store)->commit({&batch});
      if (!result) error = result.error().message;
    }
    setrlimit(RLIMIT_FSIZE, &loose);
    const Batch again = sent({accepted(canary(n - 1))});
    if (const auto result = (*store)->commit({&again}); !result) return "not repaired: " + result.error().message;
    const auto books = (*store)->audit(day_zero);
    if (!books || !books->faults.empty() || books->sent != n) return "the books do not balance";
    return error;
  });
  CHECK(said ==
        "use ledger " + (folder / "ledger.db").string() +
            ": file too large; free some space (or raise the quota or file size limit) and it goes on by itself");
}
