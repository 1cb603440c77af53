#include <algorithm>

#include "core/units.h"
#include "tests/catch.h"
#include "tests/monitor/engine_world.h"

using namespace mailcanary;

TEST_CASE("histories of one route end in the incidents that people would expect") {
  struct Row {
    const char* sentence;
    const char* history;
    const char* incidents;
    const char* notices;
  };
  const Row rows[] = {
      {"all well is no news", "ok ok ok ok ok ok", "", ""},
      {"one failure is a blip", "ok ok down ok ok refused ok ok ok ok", "", ""},
      {"one lost canary is no incident", "ok ok ok gone ok ok ok ok ok ok", "", ""},
      {"a refusal that confirming canaries meet too is an outage, two deliveries end it", "ok down down down ok ok ok",
       "a does not accept mail: opened@2 resolved@6", "opened updated resolved"},
      {"a permanent refusal counts as well", "ok refused refused ok ok", "a does not accept mail: opened@2 resolved@5",
       "opened updated resolved"},
      {"mail that vanishes is noticed when it is overdue, long before it counts as lost", "ok ok gone gone gone ok ok",
       "Mail between a and b does not get through: opened@3 resolved@7", "opened updated resolved"},
      {"bounces count", "ok bounced bounced bounced ok ok", "Mail between a and b does not get through: opened@2 resolved@6",
       "opened updated resolved"},
      {"late mail is slow, not down", "late late late ok ok ok", "Mail between a and b is delayed: opened@1 resolved@5",
       "opened updated resolved"},
      {"one late canary is no incident", "ok ok late ok ok late ok ok", "", ""},
      {"our own fault now and then blames nobody", "ok ok own ok own ok ok ok", "", ""},
      {"one fault of our own that nothing follows is no incident", "ok ok own - - - - -", "", ""},
      {"when we cannot send for ten minutes people hear that nobody watches", "ok ok own own own own ok",
       "Our own side: mail cannot be watched from here: opened@4 resolved@7", "opened resolved"},
      {"a mailbox we cannot look into for a while says nothing", "ok ok blind blind ok ok", "", ""},
      {"when we cannot look for ten minutes people hear that nobody watches", "ok ok blind blind blind ok",
       "Our own side: mail cannot be watched from here: opened@5 resolved@6", "opened resolved"},
  };
  for (const auto& row : rows) {
    INFO(row.sentence);
    INFO(row.history);
    EngineWorld world({"a-b"});
    world.play(row.history);
    CHECK(world.incidents() == row.incidents);
    if (*row.notices == '\0') CHECK(world.kinds().empty());
    if (*row.notices != '\0') CHECK(world.kinds().substr(0, 6) == "opened");
    if (*row.notices != '\0') CHECK(world.kinds().substr(world.kinds().size() - 8) == "resolved");
  }
}

TEST_CASE("many routes through one provider are one incident that names the provider and the leg") {
  EngineWorld world({"a-b", "a-c", "b-a", "c-a", "b-c", "c-b"});
  world.play({{"a-b", "ok down down down ok ok"},
              {"a-c", "ok down down down ok ok"},
              {"b-a", "ok ok ok ok ok ok"},
              {"c-a", "ok ok ok ok ok ok"},
              {"b-c", "ok ok ok ok ok ok"},
              {"c-b", "ok ok ok ok ok ok"}});
  CHECK(world.incidents() == "a does not accept mail: opened@2 resolved@6");
  const Incident& incident = world.recorded_incidents.begin()->second;
  CHECK(incident.blame.provider.str() == "a");
  CHECK(incident.blame.leg == Leg::submit);
  CHECK(incident.components == std::vector<ProviderName>{ProviderName("a")});
}

TEST_CASE("a route that recovers within an incident is well at once, though no number moves") {
  EngineWorld world({"a-b", "a-c", "a-d"});
  world.play({{"a-b", "ok down down ok ok - -"}, {"a-c", "ok down down - - ok ok"}, {"a-d", "ok down down - - - -"}});
  CHECK(world.recorded_incidents.size() == 1);
  CHECK(world.state("a-c") == "ok");
  CHECK(world.state("a-d") == "down");
}

TEST_CASE("mail that vanishes on its way into one provider is inbound trouble of that provider") {
  EngineWorld world({"a-b", "c-b", "a-c", "c-a"});
  world.play({{"a-b", "ok gone gone gone"}, {"c-b", "ok gone gone gone"}, {"a-c", "ok ok ok ok"}, {"c-a", "ok ok ok ok"}});
  CHECK(world.incidents() == "Mail to b does not arrive: opened@2");
  CHECK(world.recorded_incidents.begin()->second.blame.leg == Leg::inbound);
}

TEST_CASE("where two explanations fit, nobody is blamed") {
  EngineWorld world({"a-b"});
  world.play("ok gone gone gone");
  CHECK(world.recorded_incidents.begin()->second.blame.provider.empty());
}

TEST_CASE("a lost canary that turns up becomes late") {
  EngineWorld world({"a-b"});
  world.config.routes[0].lost_after = std::chrono::minutes(10);
  world.play("gone ok ok ok");
  CHECK(world.sent(0).fate == Fate::lost);
  world.see_now(world.sent(0).id);
  CHECK(world.sent(0).fate == Fate::late);
  CHECK(world.sent(0).reason.find("had been called lost") == 0);
}

TEST_CASE("a bounce that comes after a canary was called lost says why it was") {
  EngineWorld world({"a-b"});
  world.config.routes[0].lost_after = std::chrono::minutes(10);
  world.play("gone ok ok ok");
  REQUIRE(world.sent(0).fate == Fate::lost);
  world.see_now(world.sent(0).id, Sighting::Kind::bounce);
  CHECK(world.sent(0).fate == Fate::lost);
  CHECK(world.sent(0).reason.find("; returned to the sender") != std::string::npos);
  CHECK(world.sent(0).bounce.has_value());
}

TEST_CASE("a second copy is counted beside the fate") {
  EngineWorld world({"a-b"});
  world.play("ok");
  world.see_now(world.sent(0).id);
  world.see_now(world.sent(0).id);
  CHECK(world.sent(0).fate == Fate::delivered);
  CHECK(world.sent(0).duplicates == 2);
}

TEST_CASE("two copies in one report are one arrival and one duplicate, and both are deleted") {
  EngineWorld world({"a-b"});
  const Turn turn = world.engine->turn({0}, world.clock.now());
  SubmitOutcome outcome;
  outcome.verdict = SubmitOutcome::Verdict::accepted;
  outcome.accepted_at = world.clock.now().wall;
  world.engine->submitted(turn.send.at(0).id, outcome, world.clock.now());
  world.clock.advance(std::chrono::seconds(2));
  InboxReport report;
  report.looked_at = world.clock.now().wall;
  Sighting sighting;
  sighting.id = turn.send.at(0).id;
  sighting.arrived_at = sighting.seen_at = world.clock.now().wall;
  report.sightings = {sighting, sighting};
  world.engine->observed(AccountName("b"), report, {}, world.clock.now());
  const Turn later = world.engine->turn({}, world.clock.now());
  REQUIRE_FALSE(later.record.changed.empty());
  CHECK(later.record.changed.back().fate == Fate::delivered);
  CHECK(later.record.changed.back().duplicates == 1);
  CHECK(later.forget.size() == 2);
}

TEST_CASE("a bounce that comes after the delivery changes nothing") {
  EngineWorld world({"a-b"});
  world.play("ok");
  world.see_now(world.sent(0).id, Sighting::Kind::bounce);
  CHECK(world.sent(0).fate == Fate::delivered);
}

TEST_CASE("a restart in the middle of an incident goes on with the same one") {
  EngineWorld world({"a-b"});
  world.play("ok down down down");
  world.restart();
  world.play("down ok ok ok");
  CHECK(world.recorded_incidents.size() == 1);
  CHECK(world.incidents() == "a does not accept mail: opened@2 resolved@7");
}

TEST_CASE("a canary whose submission a crash cut off is no claim about the provider") {
  EngineWorld world({"a-b"});
  world.config.routes[0].lost_after = std::chrono::minutes(10);
  world.play("ok");
  Turn turn = world.engine->turn({0}, world.clock.now());
  world.ledger[turn.send[0].id] = turn.send[0];
  world.order.push_back(turn.send[0].id);
  world.restart();
  world.wait(4);
  CHECK(world.sent(1).fate == Fate::unknown);
}

TEST_CASE("a canary that a killed process left beside this one is followed to its end") {
  EngineWorld world({"a-b"});
  world.config.routes[0].lost_after = std::chrono::minutes(10);
  world.play("ok");
  Engine dying(world.config, EngineMemory{}, EngineRole::only_observes, world.clock.now());
  const Canary left = dying.turn({0}, world.clock.now()).send.at(0);
  world.ledger[left.id] = left;
  world.order.push_back(left.id);

  world.engine->adopt({left}, world.clock.now().wall);  // its process may still be at it
  world.engine->adopt({left}, world.clock.now().wall);
  CHECK(world.engine->outstanding(AccountName("b")).arriving == 0);
  world.wait(1);
  world.engine->adopt({left}, world.clock.now().wall);
  CHECK(world.engine->outstanding(AccountName("b")).arriving == 0);  // may have been settled while the ledger was read
  world.engine->adopt({left}, world.clock.now().wall);
  CHECK(world.engine->outstanding(AccountName("b")).arriving == 1);
  CHECK(world.engine->outstanding(AccountName("a")) == Expected{0, 1});  // a bounce of it would come here
  world.wait(4);
  CHECK(world.sent(1).fate == Fate::unknown);
  CHECK(world.engine->outstanding(AccountName("b")).arriving == 0);
}

TEST_CASE("a rule that must hold for a time remembers over restarts") {
  EngineWorld world({"a-b"});
  Rule rule;
  rule.name = "held";
  rule.measure = "consecutive_failures";
  rule.above = 0;
  rule.over = std::chrono::hours(1);
  rule.hold_for = 2 * world.config.routes[0].every;
  rule.impact = Impact::major;
  world.config.rules = {rule};
  world.restart();
  for (int i = 0; i < 4; ++i) {
    world.play("down");
    world.restart();
  }
  CHECK(world.recorded_incidents.size() == 1);
}

TEST_CASE("a wall clock that is set while a canary flies does not bend its round trip") {
  EngineWorld world({"a-b"});
  world.play("ok");
  Turn turn = world.engine->turn({0}, world.clock.now());
  const Canary canary = turn.send.at(0);
  world.clock.advance(std::chrono::seconds(1));
  world.clock.step_wall(std::chrono::hours(1));
  world.clock.advance(std::chrono::seconds(1));
  InboxReport report;
  report.looked_at = world.clock.now().wall;
  Sighting sighting;
  sighting.id = canary.id;
  sighting.arrived_at = sighting.seen_at = world.clock.now().wall;
  sighting.source = ArrivalSource::poll;
  report.sightings = {sighting};
  world.engine->observed(canary.to, report, {}, world.clock.now());
  turn = world.engine->turn({}, world.clock.now());
  REQUIRE(turn.record.changed.size() == 1);
  CHECK(turn.record.changed[0].round_trip == std::chrono::seconds(2));
  CHECK(turn.record.changed[0].fate == Fate::delivered);
}

TEST_CASE("the time a canary waits in our own queue is no part of its round trip, and makes nothing late") {
  // The mailbox may be quicker than the answer to the submission.
  const auto [waits, seen_first] = GENERATE(std::pair{60, false}, std::pair{50, true});
  EngineWorld world({"a-b"});
  const Turn turn = world.engine->turn({0}, world.clock.now());
  const Canary canary = turn.send.at(0);
  REQUIRE(canary.late_after == std::chrono::seconds(60));
  world.clock.advance(std::chrono::seconds(waits));  // all sessions of the account are in use
  SubmitOutcome outcome;
  outcome.verdict = SubmitOutcome::Verdict::accepted;
  outcome.started_at = outcome.accepted_at.emplace(world.clock.now().wall);
  if (!seen_first) world.engine->submitted(canary.id, outcome, world.clock.now());
  world.clock.advance(std::chrono::seconds(2));
  InboxReport report;
  report.looked_at = world.clock.now().wall;
  Sighting sighting;
  sighting.id = canary.id;
  sighting.arrived_at = sighting.seen_at = world.clock.now().wall;
  report.sightings = {sighting};
  world.engine->observed(canary.to, report, {}, world.clock.now());
  if (seen_first) world.engine->submitted(canary.id, outcome, world.clock.now());
  const Turn later = world.engine->turn({}, world.clock.now());
  REQUIRE_FALSE(later.record.changed.empty());
  CHECK(later.record.changed.back().round_trip == std::chrono::seconds(2));
  CHECK(later.record.changed.back().fate == Fate::delivered);
}

TEST_CASE("an observer settles its canaries and leaves incidents alone") {
  EngineWorld world({"a-b"});
  world.engine = std::make_unique<Engine>(world.config, EngineMemory{}, EngineRole::only_observes, world.clock.now());
  world.play("down down down down");
  CHECK(world.fates()[Fate::unreachable] == 4);
  CHECK(world.recorded_incidents.empty());
}

TEST_CASE("messages are deleted only after their sighting is in the same record") {
  EngineWorld world({"a-b"});
  world.play("ok");
  Turn turn = world.engine->turn({0}, world.clock.now());
  InboxReport report;
  report.looked_at = world.clock.now().wall;
  Sighting sighting;
  sighting.id = turn.send.at(0).id;
  sighting.message = {"INBOX", 7, 42};
  sighting.arrived_at = sighting.seen_at = world.clock.now().wall;
  report.sightings = {sighting};
  world.engine->observed(AccountName("b"), report, {}, world.clock.now());
  turn = world.engine->turn({}, world.clock.now());
  REQUIRE(turn.forget.size() == 1);
  CHECK(turn.forget[0].message.uid == 42);
  REQUIRE(turn.record.to_remove.size() == 1);
  CHECK(turn.record.changed.size() == 1);
}

TEST_CASE("a message that our key signed but our ledger does not know stays where it is") {
  EngineWorld world({"a-b"});
  InboxReport report;
  report.looked_at = world.clock.now().wall;
  Sighting sighting;
  sighting.id = CanaryId(make_ulid(world.clock.now().wall));
  report.sightings = {sighting};
  world.engine->observed(AccountName("b"), report, {}, world.clock.now());
  CHECK(world.engine->turn({}, world.clock.now()).forget.empty());
}

TEST_CASE("a turn says when time alone asks for the next one") {
  EngineWorld world({"a-b"});
  CHECK_FALSE(world.engine->turn({}, world.clock.now()).wake_at);
  const Turn sent = world.engine->turn({0}, world.clock.now());
  REQUIRE(sent.wake_at);
  CHECK(*sent.wake_at <= sent.send.at(0).late_at());

  SubmitOutcome accepted;
  accepted.verdict = SubmitOutcome::Verdict::accepted;
  accepted.started_at = world.clock.now().wall;
  accepted.accepted_at = world.clock.now().wall;
  world.engine->submitted(sent.send[0].id, accepted, world.clock.now());
  world.clock.advance(sent.send[0].late_after);
  InboxReport looked;
  looked.looked_at = world.clock.now().wall;
  world.engine->observed(AccountName("b"), looked, {}, world.clock.now());
  const Turn later = world.engine->turn({}, world.clock.now());
  REQUIRE(later.wake_at);
  CHECK(*later.wake_at > world.clock.now().wall);
  CHECK(*later.wake_at <= sent.send[0].lost_at());
}

TEST_CASE("a rule that holds for a time says when the time is over") {
  Rule rule;
  rule.measure = "backlog";
  rule.hold_for = std::chrono::minutes(5);
  rule.clear_for = std::chrono::minutes(2);
  const WallTime noon = parse_time("2026-03-01T12:00:00Z").value();
  Finding finding;
  finding.answer = Finding::Answer::met;
  RuleTrack track = step({}, rule, finding, noon);
  CHECK(hold_over(track, rule) == noon + std::chrono::minutes(5));
  track = step(track, rule, finding, noon + std::chrono::minutes(5));
  CHECK(hold_over(track, rule) == std::nullopt);
  finding.answer = Finding::Answer::clear;
  track = step(track, rule, finding, noon + std::chrono::minutes(6));
  CHECK(hold_over(track, rule) == noon + std::chrono::minutes(8));
}

TEST_CASE("with a source of ids that repeats itself the engine repeats itself") {
  const auto ids_of_one_life = [] {
    EngineWorld world({"a-b"});
    char made = 0;
    const IdMaker counted = [&made](WallTime now) { return ulid_of(now, std::string(9, '\0') + ++made); };
    world.engine = std::make_unique<Engine>(world.config, EngineMemory{}, EngineRole::decides, world.clock.now(), counted);
    world.play("down down down");
    return world.order.at(0).str() + " " + world.recorded_incidents.begin()->first.str();
  };
  CHECK(ids_of_one_life() == ids_of_one_life());
}
