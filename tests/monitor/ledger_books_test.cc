// The audit: it must balance after every honest history, and see every kind of dishonest one.
#include "tests/monitor/ledger_fixtures.h"

using namespace mailcanary;
using namespace mailcanary::test;

namespace {

// One canary of every fate, one pending, one lost and found again.
void fill(LedgerStore& store) {
  std::vector<Canary> all;
  for (int n = 0; n <= 10; ++n) all.push_back(canary(n));
  commit(store, sent(all));
  std::vector<Canary> done;
  for (int fate = 1; fate <= 9; ++fate) done.push_back(settled(accepted(canary(fate)), static_cast<Fate>(fate)));
  done.push_back(settled(accepted(canary(10)), Fate::lost, 4h));
  commit(store, changed(done));
  commit(store, changed({settled(accepted(canary(10)), Fate::late, 6h)}));
}

std::string key_of_canary(int n) {
  return "(SELECT key FROM canaries WHERE sent_at = " + std::to_string(canary(n).sent_at.time_since_epoch().count()) +
         ")";
}

}  // namespace

TEST_CASE("every canary sent is accounted for under one fate, and unknown ones were never sent") {
  on_both_stores([](LedgerStore& store) {
    CHECK(audit(store).sent == 0);
    CHECK(audit(store).by_fate.size() == 10);
    fill(store);
    const Books books = audit(store);
    CHECK(joined(books.faults) == "");
    CHECK(joined(books.remarks) == "");
    CHECK(books.sent == 10);
    for (const auto& [fate, count] : books.by_fate) {
      CAPTURE(name_of(fate));
      CHECK(count == (fate == Fate::late ? 2 : 1));
    }
  });
}

TEST_CASE("a canary that is written with its fate already settled is counted like any other") {
  on_both_stores([](LedgerStore& store) {
    commit(store, sent({settled(canary(1), Fate::delivered), settled(canary(2), Fate::unknown)}));
    const Books books = audit(store);
    CHECK(joined(books.faults) == "");
    CHECK(books.sent == 1);
    CHECK(describe(*store.rollups(1h, day_zero)) ==
          "shop-watch 2026-03-01T00:00 +1h: delivered=1 unknown=1 arrived=1\n");
  });
}

TEST_CASE("the audit names what does not balance") {
  struct Row {
    const char* what;
    std::string tampering;
    std::string fault;  // one of the lines
    bool rolled_up = false;
  };
  const std::string one = canary(1).id.str(), zero = canary(0).id.str(), ten = canary(10).id.str();
  const std::string key = key_of_canary(1), key10 = key_of_canary(10);
  const Row rows[] = {
      {"a row is gone", "DELETE FROM canaries WHERE key = " + key_of_canary(0),
       "route shop-watch from fra1: 11 canaries were written, but 10 accounted for"},
      {"a row is gone and the sum shows it", "DELETE FROM canaries WHERE key = " + key_of_canary(0),
       "10 canaries were sent, but the fates add up to 9"},
      {"a row too many",
       "INSERT INTO canaries (id, lane, sent_at, fate, arrival_source, duplicates) SELECT 'x', lane, 1, 0, 0, 0 FROM "
       "canaries LIMIT 1",
       "route shop-watch from fra1: 11 canaries were written, but 12 accounted for"},
      {"the counter was lowered", "UPDATE lanes SET written = written - 1",
       "route shop-watch from fra1: 10 canaries were written, but 11 accounted for"},
      {"a failure was declared unknown", "UPDATE canaries SET fate = 9 WHERE key = " + key_of_canary(8),
       "route shop-watch from fra1: 1 canary was voided, but 2 unknown"},
      {"a fate was changed behind the log", "UPDATE canaries SET fate = 8 WHERE key = " + key,
       "1 canary of another fate than the fate log says: " + one},
      {"a fate was changed behind the rollups", "UPDATE canaries SET fate = 8 WHERE key = " + key,
       "rollup of 5m from 2026-03-01T00:00:00.000Z, lane 1: differs from the canaries in it"},
      {"a settlement was taken back", "UPDATE canaries SET fate = 0, settled_after = NULL WHERE key = " + key,
       "1 canary of another fate than the fate log says: " + one},
      {"no time of settlement", "UPDATE canaries SET settled_after = NULL WHERE key = " + key,
       "1 canary settled at no known time: " + one},
      {"a time of settlement on a pending one", "UPDATE canaries SET settled_after = 5 WHERE key = " + key_of_canary(0),
       "1 canary pending, but with a time of settlement: " + zero},
      {"settled without a log entry", "DELETE FROM fate_log WHERE canary = " + key,
       "1 canary settled without an entry in the fate log: " + one},
      {"settled a second time in the log", "INSERT INTO fate_log VALUES (" + key + ", 3, 1, 5)",
       "1 canary settled twice, says the fate log: " + one},
      {"a change that may not be",
       "UPDATE fate_log SET to_fate = 4 WHERE from_fate = 8; UPDATE canaries SET fate = 4 WHERE key = " + key10,
       "1 canary went from lost to bounced, which may not be"},
      {"a log entry of nobody", "INSERT INTO fate_log VALUES (4711, 0, 1, 5)",
       "1 entry in the fate log is of canaries that are not there"},
      {"a fate that does not exist", "UPDATE canaries SET fate = 12 WHERE key = " + key,
       "1 canary of a fate that does not exist: " + one},
      {"a canary of no lane", "UPDATE canaries SET lane = 77 WHERE key = " + key, "1 canary of no known route: " + one},
      {"a rollup entry was forgotten", "DELETE FROM unrolled WHERE canary = " + key,
       "rollup of 1d from 2026-03-01T00:00:00.000Z, lane 1: differs from the canaries in it"},
      {"a round trip was changed", "UPDATE canaries SET round_trip = 2 * round_trip WHERE key = " + key,
       "rollup of 1h from 2026-03-01T00:00:00.000Z, lane 1: differs from the canaries in it", true},
      {"a rollup of nothing", "INSERT INTO rollups VALUES (300, 9000000000, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 'v1 0')",
       "4 rollups of 5m exist, but canaries for 3"},
      {"a rollup is gone", "DELETE FROM rollups WHERE length = 3600",
       "rollup of 1h from 2026-03-01T00:00:00.000Z, lane 1: differs from the canaries in it", true},
      {"a rollup was changed", "UPDATE rollups SET lost = lost + 1 WHERE length = 86400",
       "rollup of 1d from 2026-03-01T00:00:00.000Z, lane 1: differs from the canaries in it", true},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    const Folder folder;
    {
      auto store = open_ledger(folder / "ledger.db");
      fill(*store);
      CHECK(joined(audit(*store).faults) == "");
      if (row.rolled_up) REQUIRE(store->retire({}, day_zero + 1h));
    }
    tamper(folder / "ledger.db", row.tampering);
    auto store = open_ledger(folder / "ledger.db");
    const std::string faults = joined(audit(*store).faults);
    CAPTURE(faults);
    CHECK(faults.find(row.fault + "\n") != std::string::npos);
  }
}

TEST_CASE("many faults of one kind are counted, not listed") {
  const Folder folder;
  {
    auto store = open_ledger(folder / "ledger.db");
    std::vector<Canary> all;
    for (int n = 0; n < 500; ++n) all.push_back(settled(canary(n), Fate::lost));
    commit(*store, sent(all));
  }
  tamper(folder / "ledger.db", "UPDATE canaries SET settled_after = NULL; DELETE FROM unrolled");
  auto store = open_ledger(folder / "ledger.db");
  const auto faults = audit(*store).faults;
  CHECK(faults.size() < 20);
  CHECK(joined(faults).find("500 canaries settled at no known time: ") != std::string::npos);
  CHECK(joined(faults).find(" more rollups differ\n") != std::string::npos);
}

TEST_CASE("notices of an incident and channel are numbered without gaps, and every resolution is told") {
  struct Row {
    const char* what;
    std::vector<int> sequences;
    NoticeKind last;
    IncidentStatus status;
    std::string fault;
  };
  const std::string id = incident(1).id.str();
  const Row rows[] = {
      {"open, told", {1}, NoticeKind::opened, IncidentStatus::identified, ""},
      {"open, told twice", {1, 2}, NoticeKind::updated, IncidentStatus::monitoring, ""},
      {"resolved, told", {1, 2, 3}, NoticeKind::resolved, IncidentStatus::resolved, ""},
      {"resolved, not told",
       {1, 2},
       NoticeKind::updated,
       IncidentStatus::resolved,
       "incident " + id + ": resolved, but no notice says so to team\n"},
      {"a gap",
       {1, 3},
       NoticeKind::updated,
       IncidentStatus::identified,
       "incident " + id + ": its 2 notices to team are numbered 1 to 3, with gaps or twice\n"},
      {"does not begin with 1",
       {2},
       NoticeKind::opened,
       IncidentStatus::identified,
       "incident " + id + ": its 1 notice to team are numbered 2 to 2, with gaps or twice\n"},
      {"a number twice",
       {1, 2, 2, 4},
       NoticeKind::updated,
       IncidentStatus::identified,
       "incident " + id + ": its 4 notices to team are numbered 1 to 4, with gaps or twice\n"},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    on_both_stores([&](LedgerStore& store) {
      Incident about = incident(1);
      about.status = row.status;
      Batch batch;
      batch.incidents = {about};
      for (const int sequence : row.sequences) {
        Notice next = notice(about, sequence, NoticeKind::updated);
        next.id = NoticeId("n" + std::to_string(batch.notices.size()));
        batch.notices.push_back(next);
      }
      batch.notices.back().kind = row.last;
      commit(store, batch);
      CHECK(joined(audit(store).faults) == row.fault);
    });
  }
}

TEST_CASE("a channel that only ever got held notices need not hear of the end") {
  on_both_stores([](LedgerStore& store) {
    Incident over = incident(1);
    over.status = IncidentStatus::resolved;
    Notice held = notice(over, 1);
    held.state = NoticeState::held;
    Batch batch;
    batch.incidents = {over};
    batch.notices = {held};
    commit(store, batch);
    CHECK(joined(audit(store).faults) == "");
    Batch stray;
    stray.notices = {notice(incident(2), 1)};
    commit(store, stray);
    CHECK(joined(audit(store).faults) ==
          "notice " + stray.notices[0].id.str() + ": its incident " + incident(2).id.str() + " is not there\n");
  });
}

TEST_CASE("what balances but wants a look is a remark") {
  on_both_stores([](LedgerStore& store) {
    commit(store, sent({canary(0), canary(1), canary(600, "a-b")}));
    Batch batch;
    batch.incidents = {incident(1)};
    commit(store, batch);
    // Lost after 4 h, patience of a day: number 0 and 1 are overdue from 28:01 on, the one of 10:00 is not.
    const auto just_before = store.audit(day_zero + 28h);
    REQUIRE(just_before);
    CHECK(joined(just_before->faults) == "");
    CHECK(joined(just_before->remarks) ==
          "incident " + incident(1).id.str() + ": no notice was written; no notify rule asked for one\n");
    const auto after = store.audit(day_zero + 28h + 2min);
    REQUIRE(after);
    CHECK(joined(after->faults) == "");
    CHECK(after->remarks.at(1) ==
          "2 canaries to account watch wait for more than a day past lost_after, the oldest sent at "
          "2026-03-01T00:00:00.123Z; is its mailbox read?");
  });
}
