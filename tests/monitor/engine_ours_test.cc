// What the engine makes of our own faults and limits: mailboxes that cannot be looked at, canaries that never left.
#include <algorithm>

#include "core/units.h"
#include "tests/catch.h"
#include "tests/monitor/engine_world.h"

using namespace mailcanary;

TEST_CASE("nothing is called lost while the mailbox cannot be looked at") {
  EngineWorld world({"a-b"});
  world.config.routes[0].lost_after = std::chrono::minutes(10);
  world.play("ok blind blind blind blind");
  CHECK(world.fates()[Fate::lost] == 0);
  CHECK(world.state("a-b") == "unknown");
  world.wait(3);
  const auto lost = [](const auto& row) { return row.second.fate == Fate::lost && row.second.purpose == CanaryPurpose::scheduled; };
  CHECK(std::count_if(world.ledger.begin(), world.ledger.end(), lost) == 3);
}

TEST_CASE("nothing more is sent to a mailbox that nobody could look into for as long as canaries are waited for") {
  EngineWorld world({"a-b"});
  world.config.routes[0].lost_after = std::chrono::minutes(10);
  world.play("ok blind blind blind blind blind blind");
  const auto scheduled = [&] {
    return std::count_if(world.ledger.begin(), world.ledger.end(),
                         [](const auto& row) { return row.second.purpose == CanaryPurpose::scheduled; });
  };
  CHECK(scheduled() == 4);
  CHECK(world.order.size() == 4);
  InboxReport report;
  report.looked_at = world.clock.now().wall;
  world.engine->observed(AccountName("b"), report, {}, world.clock.now());
  world.play("ok ok");
  CHECK(scheduled() == 6);
}

TEST_CASE("a route that we cannot use, but for which nobody else is to blame, is unknown, and so is its provider") {
  EngineWorld world({"a-b"});
  world.play("ok ok own own own own");
  CHECK(world.state("a-b") == "unknown");
  for (const auto& component : world.engine->view(world.clock.now().wall).components) CHECK(component.unknown);
}

TEST_CASE("a canary of a mailbox that is configured no more is given up, and blames nobody") {
  EngineWorld world({"a-b", "a-c"});
  for (auto& route : world.config.routes) route.lost_after = std::chrono::minutes(10);
  world.play({{"a-b", "ok gone"}, {"a-c", "ok ok"}});
  std::erase_if(world.config.routes, [](const Route& route) { return route.name.str() == "a-b"; });
  world.restart();
  world.wait(4);
  CHECK(world.fates()[Fate::pending] == 0);
  CHECK(world.fates()[Fate::unknown] > 0);
  CHECK(world.fates()[Fate::lost] == 0);
}

TEST_CASE("a canary of our own fault is not counted as the provider's") {
  EngineWorld world({"a-b"});
  world.play("own own");
  CHECK(world.fates()[Fate::unknown] == 2);
  CHECK(world.state("a-b") == "unknown");
}

TEST_CASE("when a canary's time is over its mailbox is looked at before anything is said of it") {
  EngineWorld world({"a-b"});
  const std::set<AccountName> nowhere, there = {AccountName("b")};
  const Turn turn = world.engine->turn({0}, world.clock.now());
  SubmitOutcome outcome;
  outcome.verdict = SubmitOutcome::Verdict::accepted;
  outcome.accepted_at = world.clock.now().wall;
  world.engine->submitted(turn.send.at(0).id, outcome, world.clock.now());
  CHECK(world.engine->turn({}, world.clock.now()).look == nowhere);
  world.clock.advance(world.config.routes[0].late_after);
  CHECK(world.engine->turn({}, world.clock.now()).look == there);
  CHECK(world.engine->turn({}, world.clock.now()).look == nowhere);  // asked for already
  world.clock.advance(std::chrono::seconds(1));
  CHECK(world.engine->turn({}, world.clock.now()).look == there);
  InboxReport report;
  report.looked_at = world.clock.now().wall;
  world.engine->observed(AccountName("b"), report, {}, world.clock.now());
  world.clock.advance(std::chrono::seconds(1));
  CHECK(world.engine->turn({}, world.clock.now()).look == nowhere);
}

TEST_CASE("a bounce that speaks of our own sending limit is no failure of the provider") {
  EngineWorld world({"a-b"});
  const Turn turn = world.engine->turn({0}, world.clock.now());
  SubmitOutcome outcome;
  outcome.verdict = SubmitOutcome::Verdict::accepted;
  outcome.accepted_at = world.clock.now().wall;
  world.engine->submitted(turn.send.at(0).id, outcome, world.clock.now());
  InboxReport report;
  report.looked_at = world.clock.now().wall;
  Sighting sighting;
  sighting.id = turn.send.at(0).id;
  sighting.kind = Sighting::Kind::bounce;
  sighting.bounce = BounceReport{};
  sighting.bounce->status = "5.1.90";
  sighting.bounce->diagnostic = "Your message can't be sent because you've reached your daily limit for message recipients";
  report.sightings = {sighting};
  world.engine->observed(AccountName("a"), report, {}, world.clock.now());
  const Turn later = world.engine->turn({}, world.clock.now());
  REQUIRE_FALSE(later.record.changed.empty());
  const Canary& settled = later.record.changed.back();
  CHECK(settled.fate == Fate::unknown);
  CHECK(settled.reason.starts_with("our account has reached the provider's sending limit: Your message can't be sent"));
  CHECK(settled.bounce->status == "5.1.90");
  CHECK(later.forget.size() == 1);
}

TEST_CASE("an account that has used its daily limit sends no more that day and says so") {
  EngineWorld world({"a-b"});
  world.config.accounts[0].daily_limit = 2;
  world.play("ok ok ok ok");
  CHECK(world.order.size() == 2);
  CHECK(world.engine->own_fault(RouteName("a-b")) == "account a has used its daily limit of 2 messages");
}

TEST_CASE("a canary that could not be recorded never left, and the books say so") {
  EngineWorld world({"a-b"});
  const Turn turn = world.engine->turn({0}, world.clock.now());
  world.engine->ledger_fault("disk full");
  world.engine->not_recorded(turn.send, "disk full", world.clock.now().wall);
  CHECK(world.engine->turn({0}, world.clock.now()).send.empty());
  CHECK(world.state("a-b") == "unknown");
  CHECK(world.engine->outstanding(AccountName("b")).arriving == 0);
  world.engine->ledger_fault("");
  const Turn later = world.engine->turn({0}, world.clock.now());
  CHECK(later.send.size() == 1);
}

TEST_CASE("a canary that could not be recorded is voided in the next record") {
  EngineWorld world({"a-b"});
  const Turn turn = world.engine->turn({0}, world.clock.now());
  world.engine->not_recorded(turn.send, "disk full", world.clock.now().wall);
  const Turn next = world.engine->turn({}, world.clock.now());
  REQUIRE(next.record.changed.size() == 1);
  CHECK(next.record.changed[0].fate == Fate::unknown);
}
