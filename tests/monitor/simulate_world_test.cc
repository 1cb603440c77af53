// Worlds as files: what is read, and what each mistake is told.
#include "tests/catch.h"
#include "tests/monitor/simulated.h"

using namespace mailcanary;
using namespace mailcanary::test;
using namespace std::chrono_literals;

TEST_CASE("a world is read with all that it says") {
  const LoadedWorld loaded = load_world_text(R"({"duration": "30d", "start": "2026-02-03T04:05:06Z",
 "routes": {"a1-b": {"median": "10s"},
            "default": {"median": "4s", "sigma": 0.5, "loss": 1e-3, "bounce": "2%", "tail": {"share": 0.01, "median": "8m", "sigma": 0.4}}},
 "events": [{"at": "3d4h", "for": "2h", "scope": {"account": "a1", "leg": "submit"}, "effect": {"reject": "550 5.7.30 no", "share": 0.5}},
            {"at": "0s", "for": "1m", "scope": {"self": true}, "effect": {"unreachable": 1}},
            {"at": "1d", "for": "3d", "scope": {"provider": "acme"}, "effect": {"delay": "6h", "slow": 1.5, "loss": 0.2}}]})",
                                             mesh());
  REQUIRE(loaded.ok());
  const World& world = loaded.world;
  CHECK(world.duration == 30 * 24h);
  CHECK(world.start == WallTime(std::chrono::sys_days(std::chrono::year(2026) / 2 / 3) + 4h + 5min + 6s));
  CHECK(world.fair.shares.loss == 0.001);
  CHECK(world.fair.shares.bounce == 0.02);
  CHECK(world.fair_on(RouteName("b-c")).median == 4s);
  CHECK(world.fair_on(RouteName("a1-b")).median == 10s);
  CHECK(world.fair_on(RouteName("a1-b")).tail.median == 8min);
  REQUIRE(world.events.size() == 3);
  CHECK(world.events[0].at == 76h);
  CHECK(world.events[0].scope.account.str() == "a1");
  CHECK(world.events[0].scope.leg == Leg::submit);
  CHECK(world.events[0].effect.reject == "550 5.7.30 no");
  CHECK(world.events[0].effect.share == 0.5);
  CHECK(world.events[1].scope.self);
  CHECK(world.events[2].effect.delay == 6h);
  CHECK(world.events[2].effect.slow == 1.5);
}

TEST_CASE("a mistake in a world is named with its place and its cure") {
  struct Row {
    const char* world;
    const char* complaints;
  };
  const Row rows[] = {
      {R"({"events": []})",
       R"(world.json:1:1: the world has no duration; add "duration": "30d")"},
      {R"({"duration": "30"})",
       R"(world.json:1:14: duration: "30" has no unit; write 30s, 30ms, 30m, 30h or 30d)"},
      {R"({"duration": "3d", "event": []})",
       R"(world.json:1:20: unknown key "event" in the world; did you mean "events"?)"},
      {R"({"duration": "3d", "start": "soon"})",
       R"(world.json:1:29: start: "soon" is no time; write it as 2026-11-24T13:00:00Z)"},
      {R"({"duration": "3d", "routes": {"a1-d": {}}})",
       R"(world.json:1:31: the configuration has no route named "a1-d"; did you mean "a1-b"?)"},
      {R"({"duration": "3d", "routes": {"default": {"tail": {"median": "8m"}, "loss": 2, "mean": "3s"}}})",
       R"(world.json:1:51: tail of routes "default" has no share; add "share": 0.01
world.json:1:77: loss: "2" is no share; write it from 0 to 1 or in percent, as in 0.02 or 2%
world.json:1:80: unknown key "mean" in routes "default"; did you mean "median"?)"},
      {R"({"duration": "3d", "events": [{"at": "4d", "for": "1h", "scope": {}, "effect": {"loss": 1}}]})",
       R"(world.json:1:38: event 0 begins at 4d, when the world is over; make duration longer than 4d)"},
      {R"({"duration": "3d", "events": [{"for": "1h", "effect": {"loss": 1}}]})",
       R"(world.json:1:31: event 0 has no at; add "at": "3d4h"
world.json:1:31: event 0 has no scope; add "scope": {"provider": NAME})"},
      {R"({"duration": "3d", "events": [{"at": "1d", "for": "1h", "scope": {"provider": "acne", "leg": "in"}, "effect": {"los": 1}}]})",
       R"(world.json:1:79: the configuration has no provider named "acne"; did you mean "acme"?
world.json:1:94: no leg is named "in"; use one of submit, outbound, inbound, mailbox
world.json:1:112: unknown key "los" in effect of event 0; did you mean "loss"?)"},
      {R"({"duration": "3d", "events": [{"at": "1d", "for": "1h", "scope": {"account": "d", "route": "a-b"}, "effect": {"loss": 1}}]})",
       R"(world.json:1:78: the configuration has no account named "d"; did you mean "b"?
world.json:1:92: the configuration has no route named "a-b"; did you mean "a1-b"?)"},
      {R"({"duration": "3d", "events": [{"at": "1d", "for": "1h", "scope": {"self": true, "provider": "acme"}, "effect": {"junk": 1}}]})",
       R"(world.json:1:66: scope of event 0 names our own network and a part of the world; make two events of it
world.json:1:121: our own network cannot junk mail; use unreachable, loss, delay or slow)"},
      {R"({"duration": "3d", "events": [{"at": "1d", "for": "1h", "scope": {"self": true, "leg": "inbound"}, "effect": {"reject": "no", "share": 0.5}}]})",
       R"(world.json:1:88: scope of event 0: our own network reaches to submit and mailbox only; name one of them, or remove leg
world.json:1:121: reject: "no" is no reply of a server that refuses; write a code of 400 to 599 and words, "550 5.7.30 no")"},
      {R"({"duration": "3d", "events": [{"at": "1d", "for": "1h", "scope": {}, "effect": {"loss": 1, "share": 0.5}}]})",
       R"(world.json:1:101: share of effect of event 0 goes with reject, delay or slow; give the others their share directly, "loss": 0.2)"},
      {R"({"duration": "3d", "events": [{"at": "1d", "for": "1h", "scope": {}, "effect": {}}]})",
       R"(world.json:1:80: effect of event 0 is empty; say what happens, {"loss": 1.0})"},
      {R"([1, 2])",
       R"(world.json:1:1: the world must be a map of settings, not a list; write it as KEY: VALUE lines)"},
      {R"({)",
       R"(world.json:1:1: a list or a map cannot be a key; write a plain word)"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.world);
    CHECK(complaints(row.world) == row.complaints);
  }
}
