// The engine on evidence: who is blamed, what is asked, and that one event is one incident.
#include "tests/catch.h"
#include "tests/monitor/engine_world.h"

using namespace mailcanary;

namespace {

std::string blame_of(const Incident& incident) {
  if (incident.blame.self) return "us";
  std::string text = incident.blame.provider.str();
  if (!incident.blame.account.empty()) text += "/" + incident.blame.account.str();
  return text + " " + name_of(incident.blame.leg);
}

const Incident& only_incident(const EngineWorld& world) {
  REQUIRE(world.recorded_incidents.size() == 1);
  return world.recorded_incidents.begin()->second;
}

int confirming(const EngineWorld& world) {
  return static_cast<int>(std::count_if(world.order.begin(), world.order.end(), [&](const CanaryId& id) {
    return world.ledger.at(id).purpose == CanaryPurpose::confirming;
  }));
}

const std::vector<std::string> mesh_of_three = {"a-b", "a-c", "b-a", "b-c", "c-a", "c-b"};

}  // namespace

TEST_CASE("the culprit is the smallest explanation of who fails and who does not") {
  struct Row {
    const char* sentence;
    std::map<std::string, std::string> histories;
    const char* blame;
  };
  const std::string ok = "ok ok ok ok ok ok";
  const Row rows[] = {
      {"a does not take mail",
       {{"a-b", "ok ok down down down"}, {"a-c", "ok ok down down down"}, {"b-a", ok}, {"b-c", ok}, {"c-a", ok}, {"c-b", ok}},
       "a submit"},
      {"mail to a vanishes",
       {{"a-b", ok}, {"a-c", ok}, {"b-a", "ok ok gone gone gone"}, {"b-c", ok}, {"c-a", "ok ok gone gone gone"}, {"c-b", ok}},
       "a inbound"},
      {"mail from a vanishes",
       {{"a-b", "ok ok gone gone gone"}, {"a-c", "ok ok gone gone gone"}, {"b-a", ok}, {"b-c", ok}, {"c-a", ok}, {"c-b", ok}},
       "a outbound"},
      {"mail from a and to a vanishes",
       {{"a-b", "ok ok gone gone gone"}, {"a-c", "ok ok gone gone gone"}, {"b-a", "ok ok gone gone gone"}, {"b-c", ok},
        {"c-a", "ok ok gone gone gone"}, {"c-b", ok}},
       "a unknown"},
      {"one path of many is nobody's fault in particular",
       {{"a-b", "ok ok gone gone gone gone"}, {"a-c", ok}, {"b-a", ok}, {"b-c", ok}, {"c-a", ok}, {"c-b", ok}},
       " unknown"},
      {"nobody answers at all: it is us",
       {{"a-b", "ok ok silent silent"}, {"a-c", "ok ok silent silent"}, {"b-a", "ok ok silent silent"},
        {"b-c", "ok ok silent silent"}, {"c-a", "ok ok silent silent"}, {"c-b", "ok ok silent silent"}},
       "us"},
      {"nothing can be sent for a fault of ours: it is us",
       {{"a-b", "ok ok own own"}, {"a-c", "ok ok own own"}, {"b-a", "ok ok own own"}, {"b-c", "ok ok own own"},
        {"c-a", "ok ok own own"}, {"c-b", "ok ok own own"}},
       "us"},
      {"all refuse: they answer, so it is not us, but who it is nobody knows",
       {{"a-b", "ok ok refused refused"}, {"a-c", "ok ok refused refused"}, {"b-a", "ok ok refused refused"},
        {"b-c", "ok ok refused refused"}, {"c-a", "ok ok refused refused"}, {"c-b", "ok ok refused refused"}},
       " submit"},
  };
  for (const auto& row : rows) {
    INFO(row.sentence);
    EngineWorld world(mesh_of_three);
    world.play(row.histories);
    CHECK(blame_of(only_incident(world)) == row.blame);
  }
}

TEST_CASE("the only path into a provider is no smaller than the provider, one of several is") {
  const auto impact_of_silence = [](const std::vector<std::string>& routes) {
    EngineWorld world(routes);
    std::map<std::string, std::string> histories;
    for (const auto& route : routes) histories[route] = route == "a-b" ? "ok ok gone gone gone" : "ok ok ok ok ok";
    world.play(histories);
    return std::string(name_of(only_incident(world).impact));
  };
  CHECK(impact_of_silence({"a-b", "b-a"}) == "major");
  CHECK(impact_of_silence(mesh_of_three) == "minor");
}

TEST_CASE("a fault of ours with one provider only, such as its password that is missing, blames no provider") {
  EngineWorld world(mesh_of_three);
  const std::string ok = "ok ok ok ok ok ok";
  world.play({{"a-b", "ok ok own own own own"}, {"a-c", "ok ok own own own own"}, {"b-a", ok}, {"b-c", ok}, {"c-a", ok}, {"c-b", ok}});
  CHECK(blame_of(only_incident(world)) == "us");
  CHECK(only_incident(world).title == "Our own side: a cannot be watched from here");
}

TEST_CASE("one bad account is blamed, not its provider") {
  EngineWorld world({"a-c", "b-c", "a-b", "b-a", "c-a", "c-b"});
  world.config.accounts[2].provider = ProviderName("a");  // b
  REQUIRE(world.config.accounts[2].name.str() == "b");
  world.restart();
  const std::string ok = "ok ok ok ok ok";
  world.play({{"a-c", "ok ok refused refused refused"}, {"a-b", "ok ok refused refused refused"}, {"b-c", ok}, {"b-a", ok},
              {"c-a", ok}, {"c-b", ok}});
  CHECK(blame_of(only_incident(world)) == "a/a submit");
}

TEST_CASE("two faults at once are two incidents") {
  EngineWorld world({"a-b", "a-c", "b-c", "c-b", "b-d", "c-d"});
  const std::string ok = "ok ok ok ok ok ok";
  world.play({{"a-b", "ok ok down down down"}, {"a-c", "ok ok down down down"}, {"b-c", ok}, {"c-b", ok},
              {"b-d", "ok ok gone gone gone"}, {"c-d", "ok ok gone gone gone"}});
  REQUIRE(world.recorded_incidents.size() == 2);
  std::set<std::string> blamed;
  for (const auto& [id, incident] : world.recorded_incidents) blamed.insert(blame_of(incident));
  CHECK(blamed == std::set<std::string>{"a submit", "d inbound"});
}

TEST_CASE("an outage that comes back within a while is the same incident, and each time it must stay away for longer") {
  EngineWorld world({"a-b"});
  world.play("ok down down ok ok");
  CHECK(world.kinds() == "opened resolved");
  world.play("down down ok ok");
  CHECK(world.kinds() == "opened resolved opened");
  CHECK(only_incident(world).open());  // two good ones do no longer
  world.play("ok ok");
  CHECK(world.kinds() == "opened resolved opened resolved");
  CHECK_FALSE(only_incident(world).open());
}

TEST_CASE("what returns after a long while is another incident") {
  EngineWorld world({"a-b"});
  world.play("ok down down ok ok ok ok ok ok ok ok ok down down");
  CHECK(world.recorded_incidents.size() == 2);
}

TEST_CASE("a lonely bad canary costs a few confirming ones and is no incident") {
  EngineWorld world(mesh_of_three);
  const std::string ok = "ok ok ok ok ok ok";
  world.play({{"a-b", "ok ok gone ok ok ok"}, {"a-c", ok}, {"b-a", ok}, {"b-c", ok}, {"c-a", ok}, {"c-b", ok}});
  CHECK(world.recorded_incidents.empty());
  CHECK(confirming(world) >= 1);
  CHECK(confirming(world) <= 4);
}

TEST_CASE("confirming canaries leave room for the scheduled ones of the day") {
  EngineWorld world({"a-b"});
  world.config.accounts[0].daily_limit = 288;  // just what the schedule needs
  world.play("ok down down down");
  CHECK(confirming(world) == 0);
}

TEST_CASE("without the rule nothing is confirmed") {
  EngineWorld world({"a-b"});
  std::erase_if(world.config.rules, [](const Rule& rule) { return rule.measure == "evidence"; });
  world.restart();
  world.play("ok down down down");
  CHECK(confirming(world) == 0);
  CHECK(world.recorded_incidents.empty());
}
