// Rollups and retention.
#include "tests/monitor/ledger_fixtures.h"

using namespace mailcanary;
using namespace mailcanary::test;

namespace {

const Retention defaults;

// Until nothing is left to do; how many steps that took.
int retire(LedgerStore& store, WallTime now, const Retention& retention = defaults) {
  for (int steps = 1;; ++steps) {
    const auto work = store.retire(retention, now);
    REQUIRE(work);
    if (*work == LedgerStore::Work::done) return steps;
  }
}

void check_balanced(LedgerStore& store) { CHECK(joined(audit(store).faults) == ""); }

}  // namespace

TEST_CASE("rollups say the same before and after they are brought up to date") {
  on_both_stores([](LedgerStore& store) {
    commit(store, sent({canary(0), canary(4), canary(5), canary(59), canary(60), canary(24 * 60), canary(2, "a-b")}));
    commit(store, changed({settled(canary(0), Fate::delivered), settled(canary(4), Fate::junked),
                           settled(canary(5), Fate::lost), settled(canary(59), Fate::delivered),
                           settled(canary(60), Fate::rejected), settled(canary(24 * 60), Fate::unknown)}));
    const std::string fives =
        "shop-watch 2026-03-01T00:00 +5m: delivered=1 junked=1 arrived=2\n"
        "shop-watch 2026-03-01T00:05 +5m: lost=1 arrived=0\n"
        "shop-watch 2026-03-01T00:55 +5m: delivered=1 arrived=1\n"
        "shop-watch 2026-03-01T01:00 +5m: rejected=1 arrived=0\n"
        "shop-watch 2026-03-02T00:00 +5m: unknown=1 arrived=0\n";
    const std::string hours =
        "shop-watch 2026-03-01T00:00 +1h: delivered=2 junked=1 lost=1 arrived=3\n"
        "shop-watch 2026-03-01T01:00 +1h: rejected=1 arrived=0\n"
        "shop-watch 2026-03-02T00:00 +1h: unknown=1 arrived=0\n";
    const std::string days =
        "shop-watch 2026-03-01T00:00 +1d: delivered=2 junked=1 rejected=1 lost=1 arrived=3\n"
        "shop-watch 2026-03-02T00:00 +1d: unknown=1 arrived=0\n";
    for (const char* when : {"before", "after"}) {
      CAPTURE(when);
      CHECK(describe(*store.rollups(5min, day_zero)) == fives);
      CHECK(describe(*store.rollups(1h, day_zero)) == hours);
      CHECK(describe(*store.rollups(24h, day_zero)) == days);
      CHECK(describe(*store.rollups(24h, day_zero + 1us)) == "shop-watch 2026-03-02T00:00 +1d: unknown=1 arrived=0\n");
      check_balanced(store);
      CHECK(retire(store, day_zero + 25h) == 1);
    }
  });
}

TEST_CASE("a lost canary that turns up moves from one count to the other, rolled up or not") {
  for (const bool between : {false, true}) {
    CAPTURE(between);
    on_both_stores([&](LedgerStore& store) {
      commit(store, sent({canary(1)}));
      commit(store, changed({settled(canary(1), Fate::lost, 4h)}));
      CHECK(describe(*store.rollups(1h, day_zero)) == "shop-watch 2026-03-01T00:00 +1h: lost=1 arrived=0\n");
      if (between) retire(store, day_zero + 5h);
      commit(store, changed({settled(canary(1), Fate::late, 9h)}));
      CHECK(describe(*store.rollups(1h, day_zero)) == "shop-watch 2026-03-01T00:00 +1h: late=1 arrived=1\n");
      check_balanced(store);
      retire(store, day_zero + 10h);
      const auto rollups = store.rollups(1h, day_zero);
      CHECK(describe(*rollups) == "shop-watch 2026-03-01T00:00 +1h: late=1 arrived=1\n");
      CHECK(*rollups->at(0).round_trip.mean() == 9h);
      check_balanced(store);
    });
  }
}

TEST_CASE("a route whose deadlines change keeps one rollup a slot") {
  on_both_stores([](LedgerStore& store) {
    Canary stricter = canary(2);
    stricter.late_after = 30s;
    commit(store, sent({canary(1), stricter}));
    commit(store, changed({settled(canary(1), Fate::delivered), settled(stricter, Fate::late)}));
    const std::string both = "shop-watch 2026-03-01T00:00 +5m: delivered=1 late=1 arrived=2\n";
    CHECK(describe(*store.rollups(5min, day_zero)) == both);
    retire(store, day_zero + 1h);
    CHECK(describe(*store.rollups(5min, day_zero)) == both);
    CHECK(found(store, canary(1).id).late_after == 60s);
    CHECK(found(store, stricter.id).late_after == 30s);
    check_balanced(store);
  });
}

TEST_CASE("there are rollups of 5 minutes, 1 hour and 1 day only") {
  on_both_stores([](LedgerStore& store) {
    const auto none = store.rollups(10min, day_zero);
    REQUIRE_FALSE(none);
    CHECK(none.error().kind == ErrorKind::invalid_input);
  });
}

TEST_CASE("single canaries go after their retention, their sums and rollups stay") {
  on_both_stores([](LedgerStore& store) {
    std::vector<Canary> all, done;
    for (int n = 0; n < 120; ++n) {
      all.push_back(canary(n));
      if (n % 40 != 7) done.push_back(settled(canary(n), n % 3 == 0 ? Fate::late : Fate::delivered));
    }
    commit(store, sent(all));
    commit(store, changed(done));
    const Books before = audit(store);
    const std::string days = describe(*store.rollups(24h, day_zero));
    const std::string fives = describe(*store.rollups(5min, day_zero));

    Retention long_rollups;
    long_rollups.rollups_5m = 100 * 24h;
    retire(store, day_zero + 35 * 24h + 59min, long_rollups);  // not yet a whole hour past
    CHECK(store.since(day_zero)->size() == 120);
    retire(store, day_zero + 35 * 24h + 61min, long_rollups);
    CHECK(store.since(day_zero)->size() == 62);  // the second hour, and two pending of the first
    CHECK(ids(*store.pending()) == ids({canary(7), canary(47), canary(87)}));
    const Books after = audit(store);
    CHECK(joined(after.faults) == "");
    CHECK(after.sent == before.sent);
    CHECK(after.by_fate == before.by_fate);
    CHECK(describe(*store.rollups(24h, day_zero)) == days);
    CHECK(describe(*store.rollups(5min, day_zero)) == fives);
    CHECK(store.last_sent()->at(RouteName("shop-watch")) == canary(119).sent_at);
  });
}

TEST_CASE("a canary that settles after its neighbours are gone is still counted, then goes too") {
  on_both_stores([](LedgerStore& store) {
    commit(store, sent({canary(1), canary(2)}));
    commit(store, changed({settled(canary(1), Fate::delivered)}));
    const WallTime months_later = day_zero + 90 * 24h;
    Retention long_rollups;
    long_rollups.rollups_5m = long_rollups.rollups_1h;
    retire(store, months_later, long_rollups);
    CHECK(ids(*store.since(day_zero)) == ids({canary(2)}));
    commit(store, changed({settled(canary(2), Fate::lost, 90 * 24h)}));
    CHECK(describe(*store.rollups(5min, day_zero)) ==
          "shop-watch 2026-03-01T00:00 +5m: delivered=1 lost=1 arrived=1\n");
    check_balanced(store);
    retire(store, months_later, long_rollups);
    CHECK(store.since(day_zero)->empty());
    CHECK(describe(*store.rollups(5min, day_zero)) ==
          "shop-watch 2026-03-01T00:00 +5m: delivered=1 lost=1 arrived=1\n");
    const Books books = audit(store);
    CHECK(joined(books.faults) == "");
    CHECK(books.sent == 2);
    CHECK(books.by_fate.at(Fate::lost) == 1);
  });
}

TEST_CASE("rollups go after their own retention, the sums never") {
  on_both_stores([](LedgerStore& store) {
    commit(store, sent({settled(canary(1), Fate::delivered), settled(canary(24 * 60 + 1), Fate::delivered)}));
    retire(store, day_zero + 35 * 24h + 10min);
    CHECK(store.rollups(5min, day_zero)->size() == 1);
    CHECK(store.rollups(1h, day_zero)->size() == 2);
    check_balanced(store);
    retire(store, day_zero + 401 * 24h + 1h);
    CHECK(store.rollups(5min, day_zero)->empty());
    CHECK(store.rollups(1h, day_zero)->empty());
    CHECK(store.rollups(24h, day_zero)->size() == 2);
    retire(store, day_zero + 3652 * 24h);
    CHECK(store.rollups(24h, day_zero)->empty());
    const Books books = audit(store);
    CHECK(joined(books.faults) == "");
    CHECK(books.sent == 2);
    CHECK(books.by_fate.at(Fate::delivered) == 2);
  });
}

TEST_CASE("retention that becomes longer again finds the books as they are") {
  on_both_stores([](LedgerStore& store) {
    Retention short_one;
    short_one.canaries = 1h;
    short_one.rollups_5m = 1h;
    std::vector<Canary> all;
    for (int n = 0; n < 180; ++n) all.push_back(settled(canary(n), Fate::delivered));
    commit(store, sent(all));
    retire(store, day_zero + 150min, short_one);
    CHECK(store.since(day_zero)->size() == 120);
    check_balanced(store);
    retire(store, day_zero + 200min, defaults);
    CHECK(store.since(day_zero)->size() == 120);
    check_balanced(store);
  });
}

TEST_CASE("much work is done in small steps, each of which leaves the books balanced") {
  on_both_stores([](LedgerStore& store) {
    std::vector<Canary> all;
    for (int n = 0; n < 5000; ++n) all.push_back(settled(canary(n), Fate::delivered));
    commit(store, sent(all));
    int steps = 0;
    for (auto work = LedgerStore::Work::more; work == LedgerStore::Work::more; ++steps) {
      work = store.retire(defaults, day_zero + 500 * 24h).value();
      const Books books = audit(store);
      REQUIRE(joined(books.faults) == "");
      REQUIRE(books.by_fate.at(Fate::delivered) == 5000);
    }
    CHECK(steps >= 5);
    CHECK(store.since(day_zero)->empty());
  });
}

TEST_CASE("a lost canary that turns up after its row is gone changes nothing") {
  on_both_stores([](LedgerStore& store) {
    commit(store, sent({settled(canary(1), Fate::lost)}));
    retire(store, day_zero + 40 * 24h);
    commit(store, changed({settled(canary(1), Fate::late)}));
    const Books books = audit(store);
    CHECK(joined(books.faults) == "");
    CHECK(books.by_fate.at(Fate::lost) == 1);
  });
}
