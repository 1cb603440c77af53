// Ledger: the store on its own thread. Nothing here waits for time to pass.
#include "monitor/ledger/sqlite_store.h"
#include "tests/monitor/fault_disk.h"
#include "tests/monitor/ledger_fixtures.h"

using namespace mailcanary;
using namespace mailcanary::test;

namespace {

Task<void> commit_and_note(Ledger& ledger, Batch batch, std::vector<std::string>& results) {
  const auto result = co_await ledger.commit(std::move(batch));
  results.push_back(result ? "durable" : result.error().message);
}

Task<void> run_call(Ledger& ledger, std::function<void(LedgerStore&)> call) {
  co_await ledger.with_store(std::move(call));
}

// Starts them all before any can come to its end, and waits for the last.
Task<void> all_of(EventLoop& loop, Ledger& ledger, std::vector<Batch> batches, std::vector<std::string>& results) {
  for (Batch& batch : batches) loop.spawn(commit_and_note(ledger, std::move(batch), results));
  const std::function<void(LedgerStore&)> nothing = [](LedgerStore&) {};
  while (results.size() < batches.size()) co_await ledger.with_store(nothing);
}

Task<void> nothing() { co_return; }

// Holds the write lock of a ledger, so that its thread has to wait.
class Lock {
 public:
  explicit Lock(const std::filesystem::path& path) {
    REQUIRE(sqlite3_open(path.c_str(), &database_) == SQLITE_OK);
    REQUIRE(sqlite3_exec(database_, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK);
  }
  ~Lock() { release(); }
  void release() {
    sqlite3_close(database_);
    database_ = nullptr;
  }

 private:
  sqlite3* database_ = nullptr;
};

}  // namespace

TEST_CASE("a commit returns when the batch is durable, and calls see what was committed before them") {
  const Folder folder;
  EventLoop loop;
  Ledger ledger(loop, open_ledger(folder / "ledger.db"));
  std::vector<std::string> results;
  loop.run_until_done(commit_and_note(ledger, sent({canary(1)}), results));
  CHECK(results == std::vector<std::string>{"durable"});
  auto other = open_sqlite_ledger(folder / "ledger.db", LedgerOpen::read_only);
  REQUIRE(other);
  CHECK((*other)->pending()->size() == 1);

  std::size_t seen = 0;
  loop.spawn(commit_and_note(ledger, sent({canary(2)}), results));
  loop.run_until_done(run_call(ledger, [&](LedgerStore& store) { seen = store.pending()->size(); }));
  CHECK(seen == 2);
}

TEST_CASE("all batches that wait are one transaction") {
  const Folder folder;
  FaultDisk disk;
  EventLoop loop;
  auto store = open_ledger(folder / "ledger.db");
  commit(*store, sent({canary(0)}));
  Ledger ledger(loop, std::move(store));
  std::vector<Batch> batches;
  for (int n = 1; n <= 200; ++n) batches.push_back(sent({canary(n)}));
  std::vector<std::string> results;
  // The thread begins with the first at once, so that the rest come in while it is busy: a few groups at most.
  Lock lock(folder / "ledger.db");
  for (Batch& batch : batches) loop.spawn(commit_and_note(ledger, std::move(batch), results));
  const int before = disk.syncs();
  loop.run_until_done(nothing());
  lock.release();
  const std::function<void(LedgerStore&)> last = [](LedgerStore&) {};
  loop.run_until_done(run_call(ledger, last));
  CHECK(results == std::vector<std::string>(200, "durable"));
  CHECK(disk.syncs() - before <= 10);
}

TEST_CASE("a full disk fails every batch that waits; tried again they all get through") {
  const Folder folder;
  FaultDisk disk;
  EventLoop loop;
  Ledger ledger(loop, open_ledger(folder / "ledger.db"));
  const std::vector<Batch> batches = {sent({canary(1)}), sent({canary(2)}), sent({canary(3)})};
  std::vector<std::string> results;
  disk.fail_after(0, FaultDisk::Fault::full);
  loop.run_until_done(all_of(loop, ledger, batches, results));
  for (const std::string& result : results) CHECK(result.find("the disk is full") != std::string::npos);
  disk.heal();
  results.clear();
  loop.run_until_done(all_of(loop, ledger, batches, results));
  CHECK(results == std::vector<std::string>(3, "durable"));
  Books books;
  loop.run_until_done(run_call(ledger, [&](LedgerStore& store) { books = audit(store); }));
  CHECK(books.sent == 3);
  CHECK(joined(books.faults) == "");
}

TEST_CASE("a batch that cannot be written does not take the others with it") {
  const Folder folder;
  EventLoop loop;
  auto store = open_ledger(folder / "ledger.db");
  commit(*store, sent({canary(0)}));
  Ledger ledger(loop, std::move(store));
  Canary wrong = canary(0);
  wrong.route = RouteName("other");
  std::vector<std::string> results;
  Lock lock(folder / "ledger.db");  // so that they wait together
  loop.spawn(commit_and_note(ledger, sent({canary(1)}), results));
  loop.spawn(commit_and_note(ledger, sent({canary(2), wrong}), results));
  loop.spawn(commit_and_note(ledger, sent({canary(3)}), results));
  loop.run_until_done(nothing());
  lock.release();
  std::vector<std::string> there;
  loop.run_until_done(run_call(ledger, [&](LedgerStore& s) { there = ids(*s.pending()); }));
  CHECK(results ==
        std::vector<std::string>{
            "durable", "write canary " + wrong.id.str() + ": another canary with this id is in the ledger", "durable"});
  CHECK(there == ids({canary(0), canary(1), canary(3)}));
}

TEST_CASE("what waits when the ledger goes is committed first") {
  const Folder folder;
  EventLoop loop;
  std::vector<std::string> results;
  {
    Ledger ledger(loop, open_ledger(folder / "ledger.db"));
    for (int n = 0; n < 20; ++n) loop.spawn(commit_and_note(ledger, sent({canary(n)}), results));
    loop.run_until_done(nothing());
  }
  CHECK(open_ledger(folder / "ledger.db")->pending()->size() == 20);
}

TEST_CASE("a call whose coroutine is destroyed while it waits is never made, a batch still is") {
  const Folder folder;
  EventLoop loop;
  bool called = false;
  std::vector<std::string> results;
  {
    Ledger ledger(loop, open_ledger(folder / "ledger.db"));
    Lock lock(folder / "ledger.db");
    loop.spawn(commit_and_note(ledger, sent({canary(1)}), results));
    loop.spawn(run_call(ledger, [&](LedgerStore&) { called = true; }));
    loop.run_until_done(nothing());
    loop.abandon();
    lock.release();
  }
  CHECK_FALSE(called);
  CHECK(results.empty());
  CHECK(open_ledger(folder / "ledger.db")->pending()->size() == 1);
}
