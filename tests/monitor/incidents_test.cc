// The fold alone: which incident a route's trouble belongs to.
#include "monitor/incidents.h"

#include "tests/catch.h"
#include "tests/monitor/engine_world.h"

using namespace mailcanary;
using namespace std::chrono_literals;

namespace {

// "a outbound: a-b a-c fail a-c": an open incident of these routes, of which the last ones fail.
Incident incident(const char* id, const char* provider, std::vector<RouteName> routes, std::vector<RouteName> failing, WallTime now) {
  Incident made;
  made.id = IncidentId(id);
  made.title = provider;
  made.began_at = made.opened_at = now - 1h;
  made.blame = {ProviderName(provider), {}, Leg::outbound, false};
  made.status = IncidentStatus::monitoring;
  made.routes = std::move(routes);
  made.failing = std::move(failing);
  made.components = {ProviderName(provider)};
  made.impact = Impact::major;
  return made;
}

Symptom symptom(const Config& config, const char* route, const Incident& of, WallTime now) {
  Symptom made;
  made.route = config.route(RouteName(route));
  made.leg = Symptom::Leg::transit;
  made.impact = Impact::major;
  made.began_at = now - 1h;
  made.culprit = Symptom::Culprit{of.id.str(), of.blame};
  return made;
}

}  // namespace

TEST_CASE("a route that is in two open incidents belongs to the one in which it fails, and ends that one") {
  EngineWorld world({"a-b", "a-c", "b-a"});
  const WallTime now = world.clock.now().wall;
  const RouteName ab("a-b"), ac("a-c"), ba("b-a");
  const Incident first = incident("01A", "a", {ab, ac}, {ac}, now), second = incident("01B", "b", {ab, ba}, {ab}, now);
  Findings findings;
  findings.symptoms = {symptom(world.config, "a-b", second, now), symptom(world.config, "a-c", first, now)};
  const auto still = fold_incidents(world.config, {first, second}, findings, now, make_ulid);
  REQUIRE(still.size() == 2);
  for (const auto& change : still) CHECK(change.kind == IncidentChange::Kind::none);
  CHECK(still[0].incident.failing == std::vector<RouteName>{ac});
  CHECK(still[1].incident.failing == std::vector<RouteName>{ab});

  findings.symptoms = {symptom(world.config, "a-c", first, now)};
  findings.well = {ab};
  const auto after = fold_incidents(world.config, {still[0].incident, still[1].incident}, findings, now, make_ulid);
  REQUIRE(after.size() == 2);
  CHECK(after[0].incident.open());
  CHECK_FALSE(after[1].incident.open());
}

TEST_CASE("who is known to be at fault stays so while a route joins of which that is not known") {
  EngineWorld world({"a-b", "a-c", "b-a"});
  const WallTime now = world.clock.now().wall;
  const Incident before = incident("01A", "a", {RouteName("a-b")}, {RouteName("a-b")}, now);
  Findings findings;
  findings.symptoms = {symptom(world.config, "a-b", before, now), symptom(world.config, "a-c", before, now)};
  for (auto& one : findings.symptoms) one.culprit->blame = {};
  const auto changes = fold_incidents(world.config, {before}, findings, now, make_ulid);
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].incident.blame.provider.str() == "a");
  CHECK(changes[0].incident.status == IncidentStatus::identified);
}
