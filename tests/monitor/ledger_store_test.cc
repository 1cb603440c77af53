// Canaries in the store: what is written comes back, and a fate is settled once. In memory and in a file.
#include "tests/monitor/ledger_fixtures.h"

using namespace mailcanary;
using namespace mailcanary::test;

TEST_CASE("a canary comes back with every field it was given, at each step of its life") {
  on_both_stores([](LedgerStore& store) {
    const std::vector<Fate> fates = {Fate::delivered, Fate::late,        Fate::junked, Fate::bounced, Fate::rejected,
                                     Fate::deferred,  Fate::unreachable, Fate::lost,   Fate::unknown};
    for (std::size_t i = 0; i < fates.size(); ++i) {
      CAPTURE(name_of(fates[i]));
      Canary fresh = canary(static_cast<int>(i));
      if (i % 2 == 1) fresh.purpose = CanaryPurpose::confirming;
      commit(store, sent({fresh}));
      CHECK(describe(found(store, fresh.id)) == describe(fresh));
      const Canary taken = accepted(fresh);
      commit(store, changed({taken}));
      CHECK(describe(found(store, fresh.id)) == describe(taken));
      Canary done = settled(taken, fates[i]);
      done.duplicates = 2;
      commit(store, changed({done}));
      CHECK(describe(found(store, fresh.id)) == describe(done));
    }
    CHECK(joined(audit(store).faults) == "");
  });
}

TEST_CASE("what a peer wrote does no harm: quotes, control characters, broken UTF-8, length") {
  on_both_stores([](LedgerStore& store) {
    Canary hostile = canary(1);
    hostile.route = RouteName("x'); DROP TABLE canaries; --");
    commit(store, sent({hostile}));
    hostile.reason = std::string("\"}'\\\n\x01", 6) + std::string(1, '\0') + "end";
    hostile.smtp_reply = std::string(100'000, 'x');
    hostile.folder = "INBOX\xff\xfe";
    hostile.hops = {{"<script>", "\xc3", "", "", std::nullopt, std::nullopt, ""}};
    commit(store, changed({hostile}));
    const Canary back = found(store, hostile.id);
    CHECK(back.route == hostile.route);
    CHECK(back.reason == hostile.reason);
    CHECK(back.smtp_reply == hostile.smtp_reply);
    CHECK(back.folder == "INBOX\xEF\xBF\xBD\xEF\xBF\xBD");
    CHECK(back.hops.at(0).from == "<script>");
  });
}

TEST_CASE("a canary is found by its id in either case of letters, and one that was never sent is not found") {
  on_both_stores([](LedgerStore& store) {
    Canary named = canary(2);
    named.id = CanaryId("not-a-ulid");
    commit(store, sent({canary(1), named}));
    std::string small = canary(1).id.str();
    for (char& letter : small) letter = static_cast<char>(std::tolower(letter));
    CHECK(found(store, CanaryId(small)).id == canary(1).id);
    CHECK(found(store, named.id).id == named.id);
    for (const char* id : {"", "NOT-A-ULID", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "81ARZ3NDEKTSV4RRFFQ69G5FAV"}) {
      CAPTURE(id);
      const auto none = store.find(CanaryId(id));
      REQUIRE(none);
      CHECK_FALSE(none->has_value());
    }
  });
}

TEST_CASE("a fate is settled once; only a lost canary may still turn up") {
  struct Row {
    Fate first, then, ends;
  };
  const Row rows[] = {
      {Fate::delivered, Fate::lost, Fate::delivered},
      {Fate::delivered, Fate::late, Fate::delivered},
      {Fate::delivered, Fate::pending, Fate::delivered},
      {Fate::rejected, Fate::delivered, Fate::rejected},
      {Fate::bounced, Fate::delivered, Fate::bounced},
      {Fate::unknown, Fate::delivered, Fate::unknown},
      {Fate::lost, Fate::late, Fate::late},
      {Fate::lost, Fate::junked, Fate::junked},
      {Fate::lost, Fate::delivered, Fate::lost},
      {Fate::lost, Fate::bounced, Fate::lost},
      {Fate::late, Fate::lost, Fate::late},
  };
  on_both_stores([&](LedgerStore& store) {
    int n = 0;
    for (const Row& row : rows) {
      CAPTURE(name_of(row.first), name_of(row.then));
      const Canary fresh = accepted(canary(++n));
      commit(store, sent({fresh}));
      const Canary first = settled(fresh, row.first);
      const Canary then = settled(fresh, row.then, 5h);
      commit(store, changed({first}));
      commit(store, changed({then}));
      CHECK(describe(found(store, fresh.id)) == describe(row.ends == row.then ? then : first));
    }
    CHECK(joined(audit(store).faults) == "");
  });
}

TEST_CASE("who sees a settled canary again adds to it and leaves its settlement alone") {
  on_both_stores([](LedgerStore& store) {
    const Canary done = settled(accepted(canary(1)), Fate::delivered, 3s);
    commit(store, sent({canary(1)}));
    commit(store, changed({done}));
    Canary again = settled(accepted(canary(1)), Fate::delivered, 9s);
    again.duplicates = 1;
    commit(store, changed({again}));
    const Canary back = found(store, done.id);
    CHECK(back.duplicates == 1);
    CHECK(back.settled_at == done.settled_at);
    CHECK(back.arrived_at == done.arrived_at);
    CHECK(back.round_trip == done.round_trip);
    CHECK(joined(audit(store).faults) == "");
  });
}

TEST_CASE("the same batch committed twice counts once") {
  on_both_stores([](LedgerStore& store) {
    Batch batch = sent({canary(1), canary(2)});
    batch.changed = {settled(accepted(canary(1)), Fate::delivered), settled(canary(2), Fate::lost, 4h)};
    batch.incidents = {incident(1)};
    batch.notices = {notice(incident(1), 1)};
    batch.to_remove = {{AccountName("watch"), {"INBOX", 7, 12}}};
    commit(store, batch);
    commit(store, batch);
    commit(store, changed({settled(accepted(canary(2)), Fate::late, 5h)}));
    commit(store, batch);
    const auto result = store.commit({&batch, &batch});
    REQUIRE(result);
    const Books books = audit(store);
    CHECK(joined(books.faults) == "");
    CHECK(books.sent == 2);
    CHECK(books.by_fate.at(Fate::delivered) == 1);
    CHECK(books.by_fate.at(Fate::late) == 1);
    CHECK(store.to_remove(AccountName("watch"))->size() == 1);
    CHECK(describe(*store.rollups(24h, day_zero)) == "shop-watch 2026-03-01T00:00 +1d: delivered=1 late=1 arrived=2\n");
  });
}

TEST_CASE("an id that is there with other contents is a bug: nothing of those batches is written") {
  on_both_stores([](LedgerStore& store) {
    commit(store, sent({canary(1)}));
    Canary other_route = canary(1);
    other_route.route = RouteName("other");
    Canary other_time = canary(1);
    other_time.sent_at += 1s;
    for (const Canary& wrong : {other_route, other_time}) {
      const Batch good = sent({canary(5)});
      const Batch bad = sent({canary(6), wrong});
      const auto result = store.commit({&good, &bad});
      REQUIRE_FALSE(result);
      CHECK(result.error().kind == ErrorKind::internal);
      CHECK(result.error().message ==
            "write canary " + wrong.id.str() + ": another canary with this id is in the ledger");
      CHECK(store.pending()->size() == 1);
    }
    // The failed batch left no trace in what the store remembers about routes.
    commit(store, sent({other_route = canary(7, "other")}));
    const Books books = audit(store);
    CHECK(joined(books.faults) == "");
    CHECK(books.sent == 2);
  });
}

TEST_CASE("a change of a canary that is not there is left out, the rest of its batch is written") {
  on_both_stores([](LedgerStore& store) {
    Batch batch = changed({settled(canary(9), Fate::delivered)});
    batch.sent = {canary(1)};
    commit(store, batch);
    CHECK(ids(*store.pending()) == ids({canary(1)}));
    CHECK(joined(audit(store).faults) == "");
  });
}

TEST_CASE("a submission that starts later than planned moves the canary's time, until it is settled") {
  on_both_stores([](LedgerStore& store) {
    commit(store, sent({canary(1), canary(2)}));
    Canary moved = accepted(canary(1));
    moved.sent_at += 90s;
    commit(store, changed({moved}));
    CHECK(describe(found(store, moved.id)) == describe(moved));
    CHECK(ids(*store.since(moved.sent_at)) == ids({canary(1)}));
    const Canary done = settled(moved, Fate::delivered);
    commit(store, changed({done}));
    Canary too_late = done;
    too_late.sent_at += 1h;
    commit(store, changed({too_late}));
    CHECK(found(store, moved.id).sent_at == done.sent_at);
    CHECK(joined(audit(store).faults) == "");
  });
}

TEST_CASE("canaries are listed by state, by route and by time") {
  on_both_stores([](LedgerStore& store) {
    Canary moved_account = canary(6);
    moved_account.to = AccountName("elsewhere");
    commit(store, sent({canary(5, "a-b"), canary(1), canary(3), canary(2), canary(4), moved_account}));
    commit(store, changed({settled(accepted(canary(3)), Fate::delivered)}));
    CHECK(ids(*store.pending()) == ids({canary(1), canary(2), canary(4), canary(5, "a-b"), moved_account}));
    CHECK(ids(*store.history(RouteName("shop-watch"), 3)) == ids({moved_account, canary(4), canary(3)}));
    CHECK(ids(*store.history(RouteName("shop-watch"), 100)) ==
          ids({moved_account, canary(4), canary(3), canary(2), canary(1)}));
    CHECK(store.history(RouteName("shop-watch"), 0)->empty());
    CHECK(store.history(RouteName("shop-watch"), -1)->empty());
    CHECK(store.history(RouteName("unheard-of"), 5)->empty());
    CHECK(ids(*store.since(canary(3).sent_at)) == ids({canary(3), canary(4), canary(5, "a-b"), moved_account}));
    CHECK(store.since(canary(7).sent_at)->empty());
  });
}

TEST_CASE("the last sending of each route and the count of each account are known") {
  on_both_stores([](LedgerStore& store) {
    CHECK(store.last_sent()->empty());
    commit(store, sent({canary(4), canary(2), canary(3, "shop-other"), canary(9, "a-b")}));
    commit(store, sent({canary(1)}));
    commit(store, changed({settled(canary(2), Fate::unknown)}));
    const std::map<RouteName, WallTime> last = {{RouteName("shop-watch"), canary(4).sent_at},
                                                {RouteName("shop-other"), canary(3).sent_at},
                                                {RouteName("a-b"), canary(9).sent_at}};
    CHECK(*store.last_sent() == last);
    // Number 2 never left.
    const std::map<AccountName, int> counts = {{AccountName("shop"), 2}, {AccountName("a"), 1}};
    CHECK(*store.sent_by_account_since(canary(2).sent_at) == counts);
    CHECK(store.sent_by_account_since(canary(10).sent_at)->empty());
  });
}

TEST_CASE("an empty batch costs nothing and succeeds") {
  on_both_stores([](LedgerStore& store) {
    const Batch empty;
    CHECK(empty.empty());
    CHECK_FALSE(sent({canary(1)}).empty());
    CHECK(store.commit({}));
    CHECK(store.commit({&empty, &empty}));
    CHECK(audit(store).sent == 0);
  });
}

TEST_CASE("clocks that are wrong by decades are kept as they were") {
  on_both_stores([](LedgerStore& store) {
    Canary early = canary(1), late = canary(2);
    early.sent_at = WallTime(-1us);
    late.sent_at = parse_time("2199-12-31T23:59:59.999Z").value();
    commit(store, sent({early, late}));
    early = settled(accepted(early), Fate::delivered);
    late = settled(accepted(late), Fate::late, 24h * 365 * 30);
    commit(store, changed({early, late}));
    CHECK(describe(found(store, early.id)) == describe(early));
    CHECK(describe(found(store, late.id)) == describe(late));
    CHECK(describe(*store.rollups(24h, WallTime(-48h))).find("1969-12-31T00:00") != std::string::npos);
    CHECK(joined(audit(store).faults) == "");
  });
}
