// Counters over processes that live for one turn, and how things stand for a channel.
#include <algorithm>

#include "tests/catch.h"
#include "tests/monitor/engine_world.h"

using namespace mailcanary;
using namespace std::chrono_literals;

namespace {

const RouteMetrics& route_of(const MetricsView& view, const char* name) {
  const auto found = std::find_if(view.routes.begin(), view.routes.end(), [&](const auto& route) { return route.name == RouteName(name); });
  REQUIRE(found != view.routes.end());
  return *found;
}

std::int64_t delivered(const EngineWorld& world) {
  const auto view = world.engine->metrics(world.clock.now().wall);
  const auto& by_fate = route_of(view, "a-b").by_fate;
  const auto found = by_fate.find(Fate::delivered);
  return found == by_fate.end() ? 0 : found->second;
}

}  // namespace

TEST_CASE("counters go on in the next process when they were kept, and begin anew when they were not") {
  EngineWorld world({"a-b"});
  world.play("ok ok ok");
  CHECK(delivered(world) == 3);
  world.restart();
  CHECK(delivered(world) == 0);
  world.play("ok ok");
  world.engine->keep_tallies();
  world.play("-");
  world.restart();
  CHECK(delivered(world) == 2);
  const auto view = world.engine->metrics(world.clock.now().wall);
  CHECK(route_of(view, "a-b").round_trips.sum_seconds == Approx(4.0));
  world.play("ok");
  CHECK(delivered(world) == 3);
}

TEST_CASE("a channel's standing is the open incidents that it hears of, the worst first") {
  EngineWorld world({"a-b"});
  const ChannelName channel = world.config.channels.front().name;
  CHECK_FALSE(world.engine->standing(channel).unknown.empty());  // nothing is measured yet
  world.play("ok");
  CHECK(world.engine->standing(channel).unknown.empty());
  CHECK(world.engine->standing(channel).open.empty());
  world.play("refused refused");
  const Standing standing = world.engine->standing(channel);
  REQUIRE(standing.open.size() == 1);
  CHECK(standing.open.front().kind == NoticeKind::opened);
  CHECK(world.engine->standing(ChannelName("nobody")).open.empty());
  world.play("ok ok ok ok");
  CHECK(world.engine->standing(channel).open.empty());
}

TEST_CASE("canaries on their way are counted as pending until their fate is known") {
  EngineWorld world({"a-b"});
  world.play("ok gone gone");
  const auto pending = [&] { return route_of(world.engine->metrics(world.clock.now().wall), "a-b").by_fate.at(Fate::pending); };
  CHECK(pending() == world.fates()[Fate::pending]);
  CHECK(pending() >= 2);
  world.wait(60);  // lost by then
  CHECK(pending() == world.fates()[Fate::pending]);
  CHECK(world.fates()[Fate::lost] >= 2);
}

TEST_CASE("a route that our own fault leaves unmeasured for long is said to be unknown beside those that are measured") {
  EngineWorld world({"a-b", "c-d"});
  const auto words = [&] { return world.engine->standing(ChannelName("log")).unknown; };
  world.play({{"a-b", "ok ok"}, {"c-d", "ok own"}});
  CHECK(words().empty());  // the next one may be well again
  CHECK(world.engine->unmeasured(world.clock.now().wall).empty());
  world.play({{"a-b", "ok ok ok"}, {"c-d", "own own own"}});
  CHECK(words().starts_with("route c-d: "));
  const auto unmeasured = world.engine->unmeasured(world.clock.now().wall);
  REQUIRE(unmeasured.size() == 1);
  CHECK(unmeasured[0].route == RouteName("c-d"));
  CHECK(unmeasured[0].since == world.sent(1).sent_at);
  world.play({{"a-b", "ok ok"}, {"c-d", "ok ok"}});
  CHECK(words().empty());
}

TEST_CASE("customers read where we measure from only when somebody gave that place a name") {
  EngineWorld world({"a-b"});
  world.config.vantage = "mail-relay-7.internal";
  CHECK(world.engine->view(world.clock.now().wall).public_vantage.empty());
  world.config.vantage_from = Config::VantageFrom::file;
  CHECK(world.engine->view(world.clock.now().wall).public_vantage == "mail-relay-7.internal");
}
