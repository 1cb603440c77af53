// The simulator: the same seed gives the same life, each effect is seen in the books, and the books balance.
#include "tests/catch.h"
#include "tests/monitor/simulated.h"

using namespace mailcanary;
using namespace mailcanary::test;
using namespace std::chrono_literals;

namespace {

// Seven hours of steady weather, and one event of an hour in it.
std::string hours_with(const std::string& event) {
  return R"({"duration": "7h", "routes": {"default": {"median": "3s", "sigma": 0.3}}, "events": [{"at": "1h", "for": "1h", )" +
         event + "}]}";
}

}  // namespace

TEST_CASE("the same seed gives the same life, another one gives another") {
  const std::string world = R"({"duration": "6h", "routes": {"default": {"loss": 0.05, "tail": {"share": 0.05}}},
    "events": [{"at": "2h", "for": "1h", "scope": {"provider": "acme", "leg": "inbound"}, "effect": {"loss": 1}}]})";
  const std::string first = live(world, 7).json();
  CHECK(live(world, 7).json() == first);
  CHECK(live(world, 8).json() != first);
}

TEST_CASE("luck is the same on every machine") {
  // Computed once by another program, from the description of the method.
  Luck luck(luck_key({1, 2, 3}));
  CHECK(luck.bits() == 4450963148547058653u);
  CHECK(luck.uniform() == 0x1.1d7c3ee0fd468p-4);
  CHECK(luck.normal() == 0x1.7e33ed7615ac5p-2);
  CHECK(luck.lognormal(3s, 0.6).count() == 1807365);
}

TEST_CASE("log-normal luck has its median and its deviation") {
  int below = 0, within = 0;
  const int all = 20000;
  for (int i = 0; i < all; ++i) {
    const Duration drawn = Luck(luck_key({5, static_cast<std::uint64_t>(i)})).lognormal(3s, 0.5);
    below += drawn < 3s;
    within += drawn > 1819ms && drawn < 4946ms;  // e to plus and minus 0.5
  }
  CHECK(below > all * 0.49);
  CHECK(below < all * 0.51);
  CHECK(within > all * 0.673);
  CHECK(within < all * 0.693);
}

TEST_CASE("each effect of a world is seen in the books, and they balance") {
  struct Row {
    const char* event;
    Fate fate;
    int least, most;  // the event lasts an hour, in which every route sends 12; confirming ones come on top
  };
  const Row rows[] = {
      {R"("scope": {"provider": "corp", "leg": "inbound"}, "effect": {"loss": 1})", Fate::lost, 36, 80},
      {R"("scope": {"provider": "corp", "leg": "outbound"}, "effect": {"loss": 0.5})", Fate::lost, 10, 60},
      {R"("scope": {"provider": "corp", "leg": "inbound"}, "effect": {"bounce": 1})", Fate::bounced, 36, 80},
      {R"("scope": {"provider": "corp", "leg": "inbound"}, "effect": {"junk": 1})", Fate::junked, 36, 80},
      {R"("scope": {"account": "c", "leg": "submit"}, "effect": {"unreachable": 1})", Fate::unreachable, 36, 80},
      {R"("scope": {"account": "c", "leg": "submit"}, "effect": {"loss": 1})", Fate::unreachable, 36, 80},
      {R"("scope": {"account": "c", "leg": "submit"}, "effect": {"defer": 1})", Fate::deferred, 36, 80},
      {R"("scope": {"account": "c", "leg": "submit"}, "effect": {"reject": "550 5.7.1 no"})", Fate::rejected, 36, 80},
      // Our own password, and our own limit: nothing is said of the provider.
      {R"("scope": {"account": "c", "leg": "submit"}, "effect": {"reject": "535 5.7.8 no"})", Fate::unknown, 36, 80},
      {R"("scope": {"account": "c", "leg": "submit"}, "effect": {"reject": "550 5.7.30 no"})", Fate::rejected, 36, 80},
      {R"("scope": {"account": "c", "leg": "submit"}, "effect": {"reject": "550 5.4.5 Daily sending quota exceeded"})",
       Fate::unknown, 36, 80},
      {R"("scope": {"account": "c", "leg": "submit"}, "effect": {"reject": "450 4.7.1 no"})", Fate::deferred, 36, 80},
      {R"("scope": {"account": "c", "leg": "inbound"}, "effect": {"reject": "550 5.7.30 no"})", Fate::bounced, 36, 80},
      {R"("scope": {"account": "c", "leg": "inbound"}, "effect": {"unreachable": 1})", Fate::late, 36, 80},
      {R"("scope": {"route": "a1-c"}, "effect": {"delay": "10m"})", Fate::late, 11, 50},
      {R"("scope": {"route": "a1-c"}, "effect": {"delay": "4h30m"})", Fate::late, 11, 50},
      {R"("scope": {"route": "a1-c"}, "effect": {"slow": 100})", Fate::late, 11, 50},
      {R"("scope": {"self": true}, "effect": {"unreachable": 1})", Fate::unreachable, 144, 230},
      {R"("scope": {"provider": "acme"}, "effect": {"loss": 1})", Fate::lost, 120, 200},
  };
  for (const auto& row : rows) {
    CAPTURE(row.event);
    const Lived lived = live(hours_with(row.event));
    CHECK(lived.count(row.fate) >= row.least);
    CHECK(lived.count(row.fate) <= row.most);
    CHECK(lived.simulation.books.faults.empty());
    // What is unknown never left.
    CHECK(lived.simulation.canaries == lived.simulation.books.sent + lived.count(Fate::unknown));
  }
}

TEST_CASE("mail that is delayed for hours arrives, late and not lost") {
  const Lived lived = live(R"({"duration": "8h", "routes": {"default": {"sigma": 0.3}}, "events": [
    {"at": "1h", "for": "1h", "scope": {"account": "c", "leg": "inbound"}, "effect": {"delay": "5h"}}]})");
  CHECK(lived.count(Fate::lost) == 0);
  CHECK(lived.count(Fate::late) >= 36);
}

TEST_CASE("a mailbox that cannot be read loses no canary: they are found when it can be read again") {
  const Lived lived = live(hours_with(R"("scope": {"account": "c", "leg": "mailbox"}, "effect": {"unreachable": 1})"));
  CHECK(lived.count(Fate::lost) == 0);
  REQUIRE(lived.simulation.incidents.size() == 1);
  CHECK(lived.simulation.incidents[0].incident.blame.leg == Leg::mailbox);
}

TEST_CASE("one more canary does not change the luck of the others") {
  const LoadedWorld loaded = load_world_text(R"({"duration": "1d", "routes": {"default": {"loss": 0.5}}})", mesh());
  const Weather weather(mesh(), loaded.world, 3);
  std::string fates, with_confirming;
  for (std::uint64_t n = 1; n <= 60; ++n)
    fates += weather.passage({0, CanaryPurpose::scheduled, n}, loaded.world.start).copies.empty() ? "lost " : "ok ";
  for (std::uint64_t n = 1; n <= 60; ++n) {
    static_cast<void>(weather.passage({0, CanaryPurpose::confirming, n}, loaded.world.start));
    with_confirming += weather.passage({0, CanaryPurpose::scheduled, n}, loaded.world.start).copies.empty() ? "lost " : "ok ";
  }
  CHECK(fates == with_confirming);
  CHECK(fates.find("lost") != std::string::npos);
  CHECK(fates.find("ok") != std::string::npos);
}

TEST_CASE("a hard outage is one incident that tells of its event and blames the right place") {
  const Lived lived = live(hours_with(R"("scope": {"provider": "acme", "leg": "submit"}, "effect": {"unreachable": 1})"));
  REQUIRE(lived.simulation.incidents.size() == 1);
  CHECK(lived.scores.event_of[0] == 0u);
  CHECK(lived.scores.false_incidents == 0);
  CHECK(lived.scores.events[0].blame_right == true);
  REQUIRE(lived.scores.events[0].opened_after);
  CHECK(*lived.scores.events[0].opened_after < 15min);
  REQUIRE(lived.scores.events[0].resolved_after);
  CHECK(*lived.scores.events[0].resolved_after < 30min);
}

TEST_CASE("with one provider only, anchors tell whether it or our own network is down") {
  Config config = mesh();
  std::erase_if(config.routes, [](const Route& route) { return route.name.str() != "a1-a2" && route.name.str() != "a2-a1"; });
  const std::string cut_off = hours_with(R"("scope": {"self": true}, "effect": {"unreachable": 1})");
  const std::string down = hours_with(R"("scope": {"provider": "acme"}, "effect": {"unreachable": 1})");
  const auto blamed = [&](const std::string& world) {
    const Lived lived = live(config, world);
    REQUIRE(lived.simulation.incidents.size() == 1);
    const Blame& blame = lived.simulation.incidents.front().incident.blame;
    return blame.self ? std::string("us") : blame.provider.empty() ? std::string("nobody") : blame.provider.str();
  };
  CHECK(blamed(cut_off) == "acme");  // nothing says otherwise
  config.anchors = {{"anchor.example", 53}, {"other.example", 443}};
  CHECK(blamed(cut_off) == "us");
  CHECK(blamed(down) == "acme");
}

TEST_CASE("an outage is not over while held mail still comes, and ends once") {
  const std::string world = R"({"duration": "24h", "routes": {"default": {"median": "3s", "sigma": 0.5}}, "events": [
    {"at": "4h", "for": "8h", "scope": {"provider": "corp", "leg": "inbound"}, "effect": {"delay": "5h", "share": 0.9}}]})";
  for (const std::uint64_t seed : {1, 2, 4}) {
    const Lived lived = live(world, seed);
    REQUIRE(lived.simulation.incidents.size() == 1);
    const Incident& incident = lived.simulation.incidents.front().incident;
    CHECK(lived.simulation.notices.at(NoticeKind::opened) == 1);
    CHECK(lived.simulation.notices.at(NoticeKind::resolved) == 1);
    REQUIRE(incident.resolved_at);
    const WallTime last_held = lived.world.start + 12h + 5h;
    CHECK(*incident.resolved_at > last_held - 30min);
    CHECK(*incident.resolved_at < last_held + 1h);
  }
}

TEST_CASE("weather with a standing share of trouble is no incident, and a real one in it ends") {
  const std::string greylisting = R"("routes": {"default": {"median": "3s", "sigma": 0.6, "defer": 0.05, "tail": {"share": 0.01}}})";
  for (const std::uint64_t seed : {2, 6, 9}) CHECK(live(R"({"duration": "2d", )" + greylisting + "}", seed).simulation.incidents.empty());
  const std::string cut_off = R"(, "events": [{"at": "8h", "for": "10m", "scope": {"self": true}, "effect": {"unreachable": 1}}]})";
  for (const std::uint64_t seed : {1, 3}) {
    const Lived lived = live(R"({"duration": "12h", )" + greylisting + cut_off, seed);
    REQUIRE(lived.simulation.incidents.size() == 1);
    CHECK(lived.simulation.incidents.front().incident.blame.self);
    CHECK(lived.simulation.incidents.front().incident.resolved_at);
  }
}

TEST_CASE("a mailbox that could not be read for half a day stays blamed as such, and what was in it came in time") {
  const Lived lived = live(R"({"duration": "24h", "routes": {"default": {"median": "3s", "sigma": 0.5}}, "events": [
    {"at": "4h", "for": "11h", "scope": {"provider": "corp", "leg": "mailbox"}, "effect": {"unreachable": 1}}]})");
  REQUIRE(lived.simulation.incidents.size() == 1);
  const Incident& incident = lived.simulation.incidents.front().incident;
  CHECK(incident.blame.provider.str() == "corp");
  CHECK(incident.blame.leg == Leg::mailbox);
  CHECK(lived.count(Fate::late) + lived.count(Fate::lost) == 0);
}
