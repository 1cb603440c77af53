// Incidents, notices, cursors, messages to remove and facts: what is written comes back, in memory and in a file.
#include "tests/monitor/ledger_fixtures.h"

using namespace mailcanary;
using namespace mailcanary::test;

TEST_CASE("incidents come back whole, are replaced whole, and closed ones leave the list") {
  on_both_stores([](LedgerStore& store) {
    Incident first = incident(1), second = incident(2), third = incident(3);
    Batch batch;
    batch.incidents = {third, first, second};
    commit(store, batch);
    CHECK(describe_all(*store.incidents_since(day_zero)) == describe_all<Incident>({first, second, third}));
    first.status = IncidentStatus::resolved;
    first.resolved_at = first.updated_at = first.updated_at + 1h;
    first.updates.push_back({first.updated_at, IncidentStatus::resolved, "over", "over"});
    first.failing.clear();
    second.title = "changed \xff";
    Batch update;
    update.incidents = {first, second};
    commit(store, update);
    second.title = "changed \xEF\xBF\xBD";
    CHECK(describe_all(*store.incidents_since(first.updated_at)) == describe_all<Incident>({first, second, third}));
    CHECK(describe_all(*store.incidents_since(first.updated_at + 1us)) == describe_all<Incident>({second, third}));
    CHECK(describe(**store.incident(first.id)) == describe(first));
    CHECK_FALSE(store.incident(IncidentId("none"))->has_value());
  });
}

TEST_CASE("notices wait in the order they were written until their state says otherwise") {
  on_both_stores([](LedgerStore& store) {
    const Incident one = incident(1), two = incident(2);
    Notice a = notice(one, 1), b = notice(one, 2, NoticeKind::updated), c = notice(two, 1),
           d = notice(one, 1, NoticeKind::opened, "hook");
    Batch batch;
    batch.incidents = {one, two};
    batch.notices = {c, a, b, d};
    commit(store, batch);
    CHECK(describe_all(*store.queued_notices()) == describe_all<Notice>({a, d, b, c}));
    a.state = NoticeState::delivered;
    a.delivered_at = a.created_at + 2s;
    a.next_attempt_at.reset();
    a.attempts = 3;
    c.state = NoticeState::held;
    Batch update;
    update.notices = {a, c};
    commit(store, update);
    CHECK(describe_all(*store.queued_notices()) == describe_all<Notice>({d, b}));
    CHECK(describe_all(*store.notices_of(one.id)) == describe_all<Notice>({a, d, b}));
    CHECK(describe_all(*store.notices_of(two.id)) == describe_all<Notice>({c}));
    CHECK(store.notices_of(IncidentId("none"))->empty());
    CHECK(joined(audit(store).faults) == "");
  });
}

TEST_CASE("cursors, messages to remove and facts are kept by name") {
  on_both_stores([](LedgerStore& store) {
    const AccountName watch("watch"), other("other");
    Batch batch;
    batch.cursors = {{watch, {"INBOX", 4294967295u, 10}}, {watch, {"Junk", 5, 3}}, {other, {"INBOX", 1, 1}}};
    batch.to_remove = {{watch, {"INBOX", 7, 4294967295u}}, {watch, {"INBOX", 7, 8}}, {other, {"INBOX", 7, 8}}};
    batch.facts = {{"clock.last_turn", "2026"}, {"empty", ""}};
    commit(store, batch);
    Batch update;
    update.cursors = {{watch, {"Junk", 6, 1}}};
    update.removed = {{watch, {"INBOX", 7, 8}}, {watch, {"INBOX", 8, 8}}};
    update.facts = {{"clock.last_turn", "2027"}};
    commit(store, update);

    const auto cursors = store.cursors(watch);
    REQUIRE(cursors);
    REQUIRE(cursors->size() == 2);
    CHECK(cursors->at(0).folder == "INBOX");
    CHECK(cursors->at(0).uid_validity == 4294967295u);
    CHECK(cursors->at(0).next_uid == 10);
    CHECK(cursors->at(1).folder == "Junk");
    CHECK(cursors->at(1).uid_validity == 6);
    CHECK(cursors->at(1).next_uid == 1);
    CHECK(store.cursors(AccountName("none"))->empty());

    const auto messages = store.to_remove(watch);
    REQUIRE(messages);
    REQUIRE(messages->size() == 1);
    CHECK(messages->at(0).uid == 4294967295u);
    CHECK(store.to_remove(other)->size() == 1);

    const std::map<std::string, std::string> facts = {{"clock.last_turn", "2027"}, {"empty", ""}};
    CHECK(*store.facts() == facts);
  });
}

TEST_CASE("acts wait until they are marked, the first mark stays, and each grows the newest key") {
  on_both_stores([](LedgerStore& store) {
    CHECK(*store.newest_act() == 0);
    Act ack = acknowledgement(IncidentId("one"), "alice", day_zero);
    const Act post = posting(ActKind::post, IncidentId("one"), {"text", "public", IncidentStatus::identified}, "bob \xff", day_zero + 1s);
    Batch batch;
    batch.acts = {ack, post};
    commit(store, batch);
    const auto newest = *store.newest_act();
    CHECK(newest > 0);
    const auto waiting = *store.waiting_acts();
    REQUIRE(waiting.size() == 2);
    CHECK(waiting[0].id == ack.id);
    CHECK(waiting[1].details == post.details);
    CHECK(waiting[1].at == post.at);
    ack.applied_at = day_zero + 5s;
    ack.outcome = "acknowledged";
    Batch mark;
    mark.acts = {ack};
    commit(store, mark);
    ack.outcome = "another";
    mark.acts = {ack};
    commit(store, mark);
    CHECK(store.waiting_acts()->size() == 1);
    CHECK(store.acts_about("one")->at(0).outcome == "acknowledged");
    CHECK(*store.newest_act() == newest);
    CHECK(store.acts_about("two")->empty());
  });
}

TEST_CASE("maintenance and silences are found until they are over, with what ended them early") {
  on_both_stores([](LedgerStore& store) {
    Batch batch;
    const Act disks = act_of(Maintenance{"", "disks", day_zero, day_zero + 2h, {}, "", "alice"}, day_zero);
    batch.acts = {disks, act_of(Silence{"", day_zero, day_zero + 1h, {{Matcher::Key::impact, "minor"}}, "", "bob"}, day_zero)};
    commit(store, batch);
    CHECK(store.waiting_acts()->empty());
    CHECK(store.quiet_acts(day_zero)->size() == 2);
    CHECK(store.quiet_acts(day_zero + 1h)->size() == 1);
    CHECK(store.quiet_acts(day_zero + 2h)->empty());
    batch.acts = {end_of(maintenance_in(*store.quiet_acts(day_zero)).at(0), "carol", day_zero + 10min)};
    commit(store, batch);
    CHECK(maintenance_in(*store.quiet_acts(day_zero + 1h)).at(0).until == day_zero + 10min);
  });
}
