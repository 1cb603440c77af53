// The ledger as a file: who may open what, two processes at once, versions, damage.
#include <fstream>
#include <iterator>

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include "monitor/ledger/sqlite_store.h"
#include "tests/monitor/child_process.h"
#include "tests/monitor/ledger_fixtures.h"

using namespace mailcanary;
using namespace mailcanary::test;
namespace fs = std::filesystem;

namespace {

std::string bytes_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void put(const fs::path& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

unsigned mode_of(const fs::path& path) {
  struct stat status {};
  REQUIRE(stat(path.c_str(), &status) == 0);
  return status.st_mode & 0777u;
}

// "kind: message" of the refusal, with FILE for the path.
std::string refusal(const fs::path& path, LedgerOpen how) {
  const auto store = open_sqlite_ledger(path, how);
  if (store) return "opened";
  std::string message = store.error().message;
  if (const auto at = message.find(path.string()); at != std::string::npos)
    message.replace(at, path.string().size(), "FILE");
  return std::to_string(static_cast<int>(store.error().kind)) + ": " + message;
}
std::string kind(ErrorKind kind) { return std::to_string(static_cast<int>(kind)) + ": "; }

constexpr auto writing = LedgerOpen::create_or_migrate;
// What version 3 added.
const std::string without_traffic =
    "DROP TABLE bounce_marks; DROP TABLE bounce_counts; DROP TABLE sent_counts; DROP TABLE sent_places; DROP TABLE traffic_books; ";
constexpr auto reading = LedgerOpen::read_only;

// Holds the write lock of a ledger.
class Lock {
 public:
  explicit Lock(const fs::path& path) {
    REQUIRE(sqlite3_open(path.c_str(), &database_) == SQLITE_OK);
    REQUIRE(sqlite3_exec(database_, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK);
  }
  ~Lock() { sqlite3_close(database_); }

 private:
  sqlite3* database_ = nullptr;
};

}  // namespace

TEST_CASE("a ledger is made for its owner alone and remembers when opened again") {
  const Folder folder;
  const fs::path path = folder / "ledger.db";
  {
    auto store = open_ledger(path);
    commit(*store, sent({canary(1)}));
    CHECK(mode_of(path) == 0600);
    CHECK(mode_of(path.string() + "-wal") == 0600);
  }
  auto again = open_ledger(path);
  CHECK(describe(found(*again, canary(1).id)) == describe(canary(1)));
}

TEST_CASE("an empty file becomes a ledger") {
  const Folder folder;
  put(folder / "ledger.db", "");
  commit(*open_ledger(folder / "ledger.db"), sent({canary(1)}));
  CHECK(refusal(folder / "ledger.db", reading) == "opened");
}

TEST_CASE("what is no ledger is refused with the reason and stays as it was") {
  const Folder folder;
  const std::string text(5000, 'x');
  put(folder / "text", text);
  put(folder / "short", "SQLite format 3");
  tamper(folder / "foreign.db", "CREATE TABLE users (name TEXT); INSERT INTO users VALUES ('me')");
  tamper(folder / "numbered.db", "PRAGMA user_version = 7");
  fs::create_directory(folder / "folder");
  { open_ledger(folder / "newer.db"); }
  tamper(folder / "newer.db", "PRAGMA user_version = 99");
  { open_ledger(folder / "older.db"); }
  tamper(folder / "older.db", "PRAGMA user_version = 0");

  const std::string invalid = kind(ErrorKind::invalid_input) + "open ledger FILE: ";
  struct Row {
    const char* file;
    LedgerOpen how;
    std::string says;
  };
  const Row rows[] = {
      {"text", writing, invalid + "this file is no SQLite database; name another file"},
      {"text", reading, invalid + "this file is no SQLite database; name another file"},
      {"short", writing, invalid + "this file is no SQLite database; name another file"},
      {"foreign.db", writing, invalid + "this is the database of another program; name another file"},
      {"foreign.db", reading, invalid + "this is the database of another program; name another file"},
      {"numbered.db", writing, invalid + "this is the database of another program; name another file"},
      {"folder", writing, invalid + "this is not a plain file; name another"},
      {"newer.db", writing,
       invalid +
           "made by a newer mailcanary (ledger version 99, this program knows up to 3); install the newer program"},
      {"newer.db", reading,
       invalid +
           "made by a newer mailcanary (ledger version 99, this program knows up to 3); install the newer program"},
      {"older.db", reading, invalid + "made by an older mailcanary; `mailcanary run` or `tick` brings it up to date"},
      {"missing.db", reading,
       kind(ErrorKind::not_found) + "open ledger FILE: there is no ledger yet; `mailcanary run` or `tick` makes it"},
      {"no/folder/ledger.db", writing,
       kind(ErrorKind::not_found) + "open ledger FILE: no such file or directory; make the folder first"},
      {"text/ledger.db", writing,
       kind(ErrorKind::not_found) + "open ledger FILE: not a directory; make the folder first"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.file);
    const bool is_file = fs::is_regular_file(folder / row.file);
    const std::string before = is_file ? bytes_of(folder / row.file) : "";
    CHECK(refusal(folder / row.file, row.how) == row.says);
    CHECK(fs::is_regular_file(folder / row.file) == is_file);
    if (is_file) CHECK(bytes_of(folder / row.file) == before);
  }
}

TEST_CASE("who only reads sees what is committed, even while somebody writes, and cannot write") {
  const Folder folder;
  auto writer = open_ledger(folder / "ledger.db");
  commit(*writer, sent({canary(1)}));
  auto reader = open_sqlite_ledger(folder / "ledger.db", reading);
  REQUIRE(reader);
  const Lock lock(folder / "ledger.db");
  CHECK((*reader)->pending()->size() == 1);
  CHECK(joined(audit(**reader).faults) == "");
  const Batch batch = sent({canary(2)});
  const auto result = (*reader)->commit({&batch});
  REQUIRE_FALSE(result);
  CHECK(result.error().kind == ErrorKind::io);
  CHECK(result.error().message == "use ledger " + (folder / "ledger.db").string() +
                                      ": it is read-only; give this user write permission to the file and its folder");
}

TEST_CASE("a ledger that is locked for too long is busy; then the same batch goes through") {
  const Folder folder;
  auto store = open_sqlite_store({folder / "ledger.db", writing, 20ms});
  REQUIRE(store);
  commit(**store, sent({canary(1)}));
  const Batch batch = sent({canary(2)});
  {
    const Lock lock(folder / "ledger.db");
    const auto result = (*store)->commit({&batch});
    REQUIRE_FALSE(result);
    CHECK(result.error().kind == ErrorKind::busy);
    const std::string path = (folder / "ledger.db").string();
    CHECK(result.error().message == "use ledger " + path +
                                        ": locked by another process for more than 20ms; find it (fuser " + path +
                                        ") or try again");
    CHECK((*store)->pending()->size() == 1);
    const auto work = (*store)->retire({}, day_zero);
    CHECK_FALSE(work);
  }
  commit(**store, batch);
  CHECK(audit(**store).sent == 2);
}

TEST_CASE("two processes write one ledger at the same time and nothing gets lost") {
  const Folder folder;
  constexpr int each = 100;
  const auto write_all = [&](const std::string& route) -> std::string {
    auto store = open_sqlite_store({folder / "ledger.db", writing, 10min});  // however slow the disk
    if (!store) return store.error().message;
    for (int n = 0; n < each; ++n) {
      const Batch fresh = sent({canary(n, route), canary(n, "common-" + route)});
      const Batch done = changed({settled(canary(n, route), Fate::delivered)});
      for (const Batch* batch : {&fresh, &done})
        if (const auto result = (*store)->commit({batch}); !result) return result.error().message;
      if (const auto work = (*store)->retire({}, day_zero); !work) return work.error().message;
    }
    return "done";
  };
  Child other([&](int out, int) { write_line(out, write_all("b-c")); });
  CHECK(write_all("a-b") == "done");
  CHECK(other.read_line() == "done");
  auto store = open_ledger(folder / "ledger.db");
  const Books books = audit(*store);
  CHECK(joined(books.faults) == "");
  CHECK(books.sent == 4 * each);
  CHECK(books.by_fate.at(Fate::delivered) == 2 * each);
}

TEST_CASE("a second process that settles the same canary differently comes too late") {
  const Folder folder;
  auto one = open_ledger(folder / "ledger.db");
  auto two = open_ledger(folder / "ledger.db");
  commit(*one, sent({canary(1)}));
  CHECK(two->pending()->size() == 1);
  commit(*one, changed({settled(canary(1), Fate::delivered)}));
  commit(*two, changed({settled(canary(1), Fate::lost, 4h)}));
  CHECK(found(*two, canary(1).id).fate == Fate::delivered);
  CHECK(joined(audit(*one).faults) == "");
}

TEST_CASE("a file that this user may not write or read is refused with the cure") {
  const Folder folder;
  { open_ledger(folder / "ledger.db"); }
  REQUIRE(chmod(folder.path().c_str(), 0755) == 0);
  const auto as_somebody_else = [&](unsigned mode) {
    REQUIRE(chmod((folder / "ledger.db").c_str(), mode) == 0);
    return text_from_child([&]() -> std::string {
      // Root may do anything, so the child stops being root.
      if (geteuid() == 0 && (setgroups(0, nullptr) != 0 || setgid(65534) != 0 || setuid(65534) != 0))
        return "cannot change user";
      return refusal(folder / "ledger.db", writing);
    });
  };
  CHECK(as_somebody_else(0444) == kind(ErrorKind::io) +
                                      "open ledger FILE: it is read-only; give this user write permission "
                                      "to the file and its folder");
  CHECK(as_somebody_else(0000) == kind(ErrorKind::io) + "open ledger FILE: permission denied");
}

TEST_CASE("damage is told as damage, with the canary's name where there is one") {
  const Folder folder;
  const fs::path path = folder / "ledger.db";
  {
    auto store = open_ledger(path);
    std::vector<Canary> all;
    for (int n = 0; n < 300; ++n) all.push_back(settled(accepted(canary(n)), Fate::delivered));
    commit(*store, sent(all));
  }
  SECTION("a details text that is no JSON") {
    for (const char* text :
         {"{", "[]", "{\"stages\":[[\"x\",1]]}", "{\"hops\":[[1]]}", "{\"verdicts\":[]}", "{\"bounce\":[]}", "{\"changes\":[1]}"}) {
      CAPTURE(text);
      tamper(path, std::string("UPDATE canaries SET details = '") + text + "' WHERE key = 5");
      auto store = open_ledger(path);
      const auto none = store->since(day_zero);
      REQUIRE_FALSE(none);
      CHECK(none.error().kind == ErrorKind::io);
      CHECK(none.error().message ==
            "read ledger " + path.string() + ": the row of canary " + canary(4).id.str() + " is damaged");
      CHECK(store->find(canary(5).id)->has_value());
    }
  }
  SECTION("a histogram that is none") {
    REQUIRE(open_ledger(path)->retire({}, day_zero));
    tamper(path, "UPDATE rollups SET round_trip = 'v1 x'");
    CHECK_FALSE(open_ledger(path)->rollups(5min, day_zero));
    CHECK_FALSE(open_ledger(path)->audit(day_zero));
  }
  SECTION("pages of garbage") {
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(4096 * 30);
    file << std::string(4096 * 10, '\xa5');
    file.close();
    const auto said = [&]() -> std::string {
      auto store = open_sqlite_ledger(path, writing);
      if (!store) return store.error().message;
      const auto books = (*store)->audit(day_zero);
      return books ? joined(books->faults) : books.error().message;
    }();
    CAPTURE(said);
    CHECK(said.find("damaged (") != std::string::npos);
  }
}

TEST_CASE("a ledger of version 1 gets the table of acts and keeps what it holds") {
  const Folder folder;
  const fs::path path = folder / "ledger.db";
  commit(*open_ledger(path), sent({canary(1)}));
  tamper(path, "DROP TABLE acts; " + without_traffic + "PRAGMA user_version = 1");
  CHECK(refusal(path, reading) == kind(ErrorKind::invalid_input) +
                                      "open ledger FILE: made by an older mailcanary; `mailcanary run` or `tick` brings it up to date");
  auto store = open_ledger(path);
  CHECK(describe(found(*store, canary(1).id)) == describe(canary(1)));
  Batch batch;
  batch.acts = {acknowledgement(IncidentId("one"), "alice", day_zero)};
  commit(*store, batch);
  CHECK(store->waiting_acts()->size() == 1);
}

TEST_CASE("a ledger of version 2 gets the tables of real traffic and keeps what it holds") {
  const Folder folder;
  const fs::path path = folder / "ledger.db";
  commit(*open_ledger(path), sent({canary(1)}));
  tamper(path, without_traffic + "PRAGMA user_version = 2");
  CHECK(refusal(path, reading) == kind(ErrorKind::invalid_input) +
                                      "open ledger FILE: made by an older mailcanary; `mailcanary run` or `tick` brings it up to date");
  auto store = open_ledger(path);
  CHECK(describe(found(*store, canary(1).id)) == describe(canary(1)));
  Batch batch;
  batch.bounces = {{AccountName("returns"), {1, day_zero, {{"example.com", "userunknown", true, 1}}}, day_zero}};
  commit(*store, batch);
  CHECK(store->traffic(day_zero)->bounces.size() == 1);
  CHECK(audit(*store).faults.empty());
}
