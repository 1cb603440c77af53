// Real traffic in the ledger: counted once, folded, dropped in time, and proved.
#include <fmt/format.h>

#include "tests/monitor/ledger_fixtures.h"

using namespace mailcanary;
using namespace mailcanary::test;

namespace {

const AccountName returns("returns");

Batch bounced(std::uint64_t mark, WallTime at, std::vector<TrafficBounce::Group> groups, WallTime counted_at) {
  Batch batch;
  batch.bounces = {{returns, {mark, at, std::move(groups)}, counted_at}};
  return batch;
}
Batch bounced(std::uint64_t mark, WallTime at, const std::string& domain = "a.example", std::int64_t recipients = 1) {
  return bounced(mark, at, {{domain, "userunknown", true, recipients}}, at);
}
Batch read_to(const std::string& before, const std::string& after, std::int64_t mails, WallTime at = day_zero) {
  Batch batch;
  batch.sent_mails = {{returns, before, after, {{at, "a.example", mails}}}};
  return batch;
}

std::string words(LedgerStore& store, WallTime from = day_zero - 24h * 1000) {
  const auto record = store.traffic(from);
  REQUIRE(record);
  std::string text;
  for (const auto& slot : record->bounces)
    text += fmt::format("{} {} {}{} {}\n", format_time(slot.start).substr(5, 11), slot.domain, slot.reason, slot.hard ? " hard" : "", slot.recipients);
  for (const auto& slot : record->sent) text += fmt::format("{} {} sent {}\n", format_time(slot.start).substr(5, 11), slot.domain, slot.mails);
  return text;
}

void retire_all(LedgerStore& store, WallTime now) {
  for (int i = 0; i < 10'000; ++i) {
    const auto work = store.retire({}, now);
    REQUIRE(work);
    if (*work == LedgerStore::Work::done) return;
  }
  FAIL("retiring has no end");
}

}  // namespace

TEST_CASE("a bounce is counted once, however often it is written") {
  on_both_stores([](LedgerStore& store) {
    const Batch batch = bounced(0xffffffffffffffffu, day_zero + 90s,
                                {{"a.example", "mailboxfull", false, 2}, {"b.example", "userunknown", true, 1}}, day_zero + 2min);
    commit(store, batch);
    commit(store, batch);
    CHECK(words(store) == "03-01T00:01 a.example mailboxfull 2\n03-01T00:01 b.example userunknown hard 1\n");
    CHECK(store.counted_marks(returns, {0xffffffffffffffffu, 7})->size() == 1);
    CHECK(store.counted_marks(AccountName("other"), {0xffffffffffffffffu})->empty());
    const Books books = audit(store);
    CHECK(books.faults.empty());
    REQUIRE(books.traffic.size() == 1);
    CHECK(books.traffic[0].messages == 1);
    CHECK(books.traffic[0].recipients == 3);
  });
}

TEST_CASE("a reading of mails sent counts only where the ledger stands where it began") {
  on_both_stores([](LedgerStore& store) {
    commit(store, read_to("", "1", 0));
    commit(store, read_to("1", "2", 100));
    commit(store, read_to("1", "2", 100));
    commit(store, read_to("2", "3", 20));
    CHECK(words(store) == "03-01T00:00 a.example sent 120\n");
    CHECK(store.sent_places()->at(returns) == "3");
    CHECK(audit(store).faults.empty());
    CHECK(audit(store).traffic[0].mails == 120);
  });
}

TEST_CASE("minutes become hours after two days, and nothing is lost on the way") {
  on_both_stores([](LedgerStore& store) {
    for (int i = 0; i < 180; ++i) commit(store, bounced(static_cast<std::uint64_t>(i + 1), day_zero + i * 1min));
    commit(store, read_to("", "1", 500, day_zero + 59min));
    retire_all(store, day_zero + 48h + 90min);
    const std::string text = words(store);
    CHECK(text.starts_with("03-01T00:00 a.example userunknown hard 60\n03-01T01:00 a.example userunknown hard 1\n"));
    CHECK(text.ends_with("03-01T00:00 a.example sent 500\n"));
    retire_all(store, day_zero + 72h);
    CHECK(words(store) == "03-01T00:00 a.example userunknown hard 60\n03-01T01:00 a.example userunknown hard 60\n"
                          "03-01T02:00 a.example userunknown hard 60\n03-01T00:00 a.example sent 500\n");
    // One that came long ago and is found only now.
    commit(store, bounced(999, day_zero + 30min, {{"a.example", "userunknown", true, 1}}, day_zero + 80h));
    CHECK(words(store).starts_with("03-01T00:00 a.example userunknown hard 61\n"));
    CHECK(audit(store).faults.empty());
  });
}

TEST_CASE("marks go after five weeks and counts after the time of hours, and the books still balance") {
  on_both_stores([](LedgerStore& store) {
    for (int i = 0; i < 10; ++i) commit(store, bounced(static_cast<std::uint64_t>(i + 1), day_zero + i * 24h * 10));
    commit(store, read_to("", "1", 500));
    retire_all(store, day_zero + 24h * 100);
    CHECK(store.counted_marks(returns, {1, 7, 8, 10})->size() == 2);
    CHECK(audit(store).faults.empty());
    retire_all(store, day_zero + 24h * 445);
    CHECK(words(store) == "04-20T00:00 a.example userunknown hard 1\n04-30T00:00 a.example userunknown hard 1\n"
                          "05-10T00:00 a.example userunknown hard 1\n05-20T00:00 a.example userunknown hard 1\n"
                          "05-30T00:00 a.example userunknown hard 1\n");
    const Books books = audit(store);
    CHECK(books.faults.empty());
    CHECK(books.traffic[0].messages == 10);
    CHECK(books.traffic[0].mails == 500);
  });
}

TEST_CASE("more domains than a slot holds are added up, as minutes and as hours") {
  on_both_stores([](LedgerStore& store) {
    for (int i = 0; i < 500; ++i)
      commit(store, bounced(static_cast<std::uint64_t>(i + 1), day_zero + (i % 2) * 1min, fmt::format("d{:03}.example", i), i < 3 ? 9 : 1));
    CHECK(store.traffic(day_zero)->bounces.size() == 402);
    retire_all(store, day_zero + 72h);
    const auto record = store.traffic(day_zero);
    CHECK(record->bounces.size() == 200);
    CHECK(words(store).find("03-01T00:00 d002.example userunknown hard 9\n") != std::string::npos);
    CHECK(audit(store).faults.empty());
    CHECK(audit(store).traffic[0].recipients == 497 + 27);
  });
}

TEST_CASE("the audit names counts of real traffic that do not agree") {
  const struct {
    const char* tampering;
    const char* fault;
  } table[] = {
      {"UPDATE bounce_counts SET recipients = recipients + 1", "account returns: 2 failed recipients were counted, but 3 in the counts by domain and reason\n"},
      {"DELETE FROM bounce_marks", "account returns: 1 bounce was counted, but 0 marked\naccount returns: 2 failed recipients were counted, but 0 in the bounces marked\n"},
      {"UPDATE sent_counts SET mails = 1", "account returns: 100 sent mails were counted, but 1 in the counts by time\n"},
      {"DELETE FROM traffic_books", "account returns: counts of real traffic without books\n"},
  };
  for (const auto& row : table) {
    CAPTURE(row.tampering);
    const Folder folder;
    {
      auto store = open_ledger(folder / "ledger.db");
      commit(*store, bounced(1, day_zero, "a.example", 2));
      commit(*store, read_to("", "1", 100));
      CHECK(audit(*store).faults.empty());
    }
    tamper(folder / "ledger.db", row.tampering);
    CHECK(joined(audit(*open_ledger(folder / "ledger.db")).faults) == row.fault);
  }
}
