// What the tests of the ledger share: made-up canaries and incidents, a folder that goes away, both stores.
#pragma once
#include <sqlite3.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/units.h"
#include "monitor/ledger.h"
#include "tests/catch.h"

namespace mailcanary::test {

using namespace std::chrono_literals;

// Midnight, so that slots of every length begin here.
inline const WallTime day_zero = parse_time("2026-03-01T00:00:00Z").value();

class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::filesystem::path operator/(const char* name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::unique_ptr<LedgerStore> open_ledger(const std::filesystem::path& path);

// Runs the same test on the store in memory and on the one in a file.
template <class Test>
void on_both_stores(Test test) {
  {
    INFO("in memory");
    auto store = open_memory_ledger();
    REQUIRE(store);
    test(**store);
  }
  {
    INFO("in a file");
    const Folder folder;
    auto store = open_ledger(folder / "ledger.db");
    test(*store);
  }
}

// Number n of a route: sent n minutes after day_zero, its id a ULID of that number and route.
Canary canary(int n, const std::string& route = "shop-watch");
Canary accepted(Canary canary);                                    // by the server, with stages and its reply
Canary settled(Canary canary, Fate fate, Duration took = 3200ms);  // with everything that belongs to such a fate

Batch sent(std::vector<Canary> canaries);
Batch changed(std::vector<Canary> canaries);

Incident incident(int n);
Notice notice(const Incident& incident, int sequence, NoticeKind kind = NoticeKind::opened,
              const std::string& channel = "team");

void commit(LedgerStore& store, const Batch& batch);  // must succeed
Books audit(LedgerStore& store);
Canary found(LedgerStore& store, const CanaryId& id);  // must be there

// Every field, for comparing whole.
std::string describe(const Canary& canary);
std::string describe(const Incident& incident);
std::string describe(const Notice& notice);
std::string describe(const std::vector<Rollup>& rollups);
template <class Item>
std::vector<std::string> describe_all(const std::vector<Item>& items) {
  std::vector<std::string> lines;
  for (const Item& item : items) lines.push_back(describe(item));
  return lines;
}
std::vector<std::string> ids(const std::vector<Canary>& canaries);
std::string joined(const std::vector<std::string>& lines);

// Changes the file behind the ledger's back; REQUIREs that it works.
void tamper(const std::filesystem::path& path, const std::string& statements);

}  // namespace mailcanary::test
