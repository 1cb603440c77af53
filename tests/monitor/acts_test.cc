// What people do, as histories: "gone gone ack gone" is read at sight; see tests/monitor/engine_world.h.
#include <algorithm>

#include "monitor/acts.h"
#include "tests/catch.h"
#include "tests/monitor/engine_world.h"

using namespace mailcanary;
using namespace std::chrono_literals;

namespace {

// The ledger's side of acts: what is written is there at once, what is applied is marked.
class Desk {
 public:
  explicit Desk(EngineWorld& world) : world_(world) {}

  void write(Act act) {
    acts_.push_back(std::move(act));
    tell();
  }
  void maintain(const std::string& provider, Duration length) {
    Maintenance maintenance{"", "new disks", now(), now() + length, {}, "", "alice"};
    if (!provider.empty()) maintenance.scope.providers = {ProviderName(provider)};
    write(act_of(maintenance, now()));
  }
  void silence(const std::string& matcher, Duration length) {
    write(act_of(Silence{"", now(), now() + length, {parse_matcher(matcher).value()}, "", "alice"}, now()));
  }
  // All acts as the ledger has them, the marks of the engine's records among them.
  void tell() {
    for (const auto& applied : world_.acts)
      for (auto& act : acts_)
        if (act.id == applied.id) act = applied;
    Orders orders;
    for (const auto& act : acts_) {
      if (!act.applied_at) orders.waiting.push_back(act);
      if (act.until && *act.until > now()) orders.quiet.push_back(act);
    }
    world_.orders = orders;
    world_.engine->ordered(orders);
  }
  WallTime now() const { return world_.clock.now().wall; }

 private:
  EngineWorld& world_;
  std::vector<Act> acts_;
};

IncidentId only_incident(const EngineWorld& world) {
  REQUIRE(world.recorded_incidents.size() == 1);
  return world.recorded_incidents.begin()->first;
}
const Incident& stored(const EngineWorld& world) { return world.recorded_incidents.at(only_incident(world)); }

// The newest notice that was sent.
const Notice& told(const EngineWorld& world) {
  const auto found = std::find_if(world.notices.rbegin(), world.notices.rend(),
                                  [](const Notice& notice) { return notice.state == NoticeState::queued; });
  REQUIRE(found != world.notices.rend());
  return *found;
}

std::string held_for(const EngineWorld& world, const std::string& reason) {
  std::string kinds;
  for (const auto& notice : world.notices)
    if (notice.state == NoticeState::held && notice.reason.starts_with(reason)) kinds += (kinds.empty() ? "" : " ") + std::string(name_of(notice.kind));
  return kinds;
}

}  // namespace

TEST_CASE("an acknowledgement is applied once, by whom and when, and its act says what came of it") {
  EngineWorld world({"a-b"});
  Desk desk(world);
  world.play("ok refused refused");
  desk.write(acknowledgement(only_incident(world), "alice", desk.now()));
  world.play("refused");
  CHECK(stored(world).acknowledged_by == "alice");
  REQUIRE(world.acts.size() == 1);
  CHECK(world.acts.front().outcome == "acknowledged");
  const auto updates = stored(world).updates.size();
  world.engine->ordered(world.orders);  // read again before the mark is in the ledger
  world.play("refused");
  CHECK(world.acts.size() == 1);
  desk.write(acknowledgement(only_incident(world), "bob", desk.now()));
  world.play("refused");
  CHECK(stored(world).acknowledged_by == "alice");
  CHECK(stored(world).updates.size() == updates);
  CHECK(world.acts.back().outcome == "it was acknowledged already, by alice");
}

TEST_CASE("an act that waits over a restart is applied then, and one that was applied is not applied again") {
  EngineWorld world({"a-b"});
  Desk desk(world);
  world.play("ok refused refused");
  desk.write(posting(ActKind::post, only_incident(world), {"they are on it", "The provider is on it.", {}}, "alice", desk.now()));
  world.restart();
  world.play("refused");
  desk.tell();
  world.restart();
  world.play("refused");
  const auto& updates = stored(world).updates;
  CHECK(std::count_if(updates.begin(), updates.end(), [](const IncidentUpdate& u) { return u.text == "they are on it"; }) == 1);
  CHECK(world.acts.size() == 1);
}

TEST_CASE("a post tells people, sets the status, and what we find goes beyond it but not behind it") {
  EngineWorld world({"a-b"});
  Desk desk(world);
  world.play("ok refused refused");
  desk.write(posting(ActKind::post, only_incident(world), {"a fix is out", "", IncidentStatus::monitoring}, "alice", desk.now()));
  world.play("refused refused");
  CHECK(stored(world).status == IncidentStatus::monitoring);
  CHECK(world.kinds() == "opened updated");
  CHECK(told(world).text.find("From alice (") != std::string::npos);
  world.play("ok ok ok");
  CHECK(stored(world).status == IncidentStatus::resolved);
}

TEST_CASE("an incident that somebody resolves stays closed while the same routes go on failing, until they were well") {
  EngineWorld world({"a-b"});
  Desk desk(world);
  world.play("ok refused refused");
  desk.write(posting(ActKind::resolve, only_incident(world), {"known, we moved away", "", {}}, "alice", desk.now()));
  world.play("refused refused refused");
  CHECK(stored(world).status == IncidentStatus::resolved);
  CHECK(world.acts.back().outcome == "resolved; 1 route is not yet well and will open no new incident until it has been well once");
  CHECK(world.kinds() == "opened resolved");
  world.restart();
  world.play("refused refused");
  CHECK(world.recorded_incidents.size() == 1);
  world.play("ok ok ok");
  world.play("refused refused refused");
  CHECK(world.recorded_incidents.size() == 2);
}

TEST_CASE("an incident of a rule on times that somebody resolves stays closed as well") {
  EngineWorld world({"a-b"});
  Rule slow;
  slow.name = "slow";
  slow.measure = "round_trip.p95";
  slow.over = 15min;
  slow.above = 30;  // s
  slow.min_samples = 2;
  world.config.rules = {slow};
  world.restart();
  Desk desk(world);
  world.play("late late late");
  desk.write(posting(ActKind::resolve, only_incident(world), {"known", "", {}}, "alice", desk.now()));
  world.play("late late late late");
  CHECK(stored(world).status == IncidentStatus::resolved);
  CHECK(world.kinds() == "opened resolved");
}

TEST_CASE("maintenance that begins later does not hide what was there before") {
  EngineWorld world({"a-b"});
  Desk desk(world);
  world.play("ok refused refused refused");
  desk.maintain("a", 2h);
  world.play("refused refused ok ok ok");
  CHECK(stored(world).status == IncidentStatus::resolved);
  CHECK(stored(world).maintenance.empty());
}

TEST_CASE("under maintenance all is measured, nobody is called, and what is still there afterwards is told") {
  EngineWorld world({"a-b"});
  Desk desk(world);
  world.play("ok ok");
  desk.maintain("a", 30min);
  world.play("refused refused refused");
  CHECK(world.kinds() == "");
  CHECK(held_for(world, "under_maintenance") == "opened");
  CHECK(stored(world).maintenance.starts_with("new disks until"));
  CHECK(world.fates().at(Fate::rejected) >= 3);  // confirming ones, too
  const auto component = [&](const char* id) {
    for (const auto& view : world.engine->view(desk.now()).components)
      if (view.id == id) return view.status;
    return std::string();
  };
  CHECK(component("a") == "under_maintenance");
  CHECK(component("b") == "operational");
  CHECK(world.engine->view(desk.now()).indicator == "none");
  world.play("refused refused refused refused");
  CHECK(world.kinds() == "opened");
  CHECK(told(world).text.find("Not told until now: maintenance, new disks until") != std::string::npos);
  CHECK(stored(world).maintenance.empty());
  CHECK(component("a") != "under_maintenance");
}

TEST_CASE("what begins and ends inside maintenance is told to nobody and stays out of the public's sight") {
  EngineWorld world({"a-b"});
  Desk desk(world);
  world.play("ok");
  desk.maintain("a", 3h);
  world.play("refused refused ok ok ok");
  CHECK(world.kinds() == "");
  CHECK(stored(world).status == IncidentStatus::resolved);
  CHECK(!stored(world).maintenance.empty());
}

TEST_CASE("maintenance elsewhere keeps nothing quiet") {
  EngineWorld world({"a-b"});
  Desk desk(world);
  desk.maintain("b", 3h);
  world.play("ok refused refused");
  CHECK(world.kinds() == "opened");
}

TEST_CASE("maintenance that returns by the calendar is kept like one that was announced") {
  EngineWorld world({"a-b"});  // 1 March 2026 is a Sunday
  MaintenanceRule rule;
  rule.name = "sunday work";
  rule.every = parse_calendar_rule("sun 01:00-02:00").value();
  rule.zone = "Europe/Berlin";  // 00:00 to 01:00 UTC
  rule.scope.providers = {ProviderName("a")};
  world.config.maintenance = {rule};
  world.restart();
  world.play("ok refused refused");
  CHECK(world.kinds() == "");
  world.play("refused refused refused refused refused refused refused refused refused refused refused");
  CHECK(world.kinds() == "opened");
}

TEST_CASE("a silence holds notices until it ends, then people hear once how things stand") {
  EngineWorld world({"a-b"});
  Desk desk(world);
  world.play("ok");
  desk.silence("provider=a", 20min);
  world.play("refused refused");
  CHECK(world.kinds() == "");
  CHECK(held_for(world, "silenced") == "opened");
  world.play("refused refused refused");
  CHECK(world.kinds() == "opened");
  CHECK(told(world).reason.starts_with("quiet_over: held before, silenced: until"));
}

TEST_CASE("a forwarder's incident inhibits that of the provider behind it") {
  EngineWorld world({"f-b", "a-b"});
  world.config.providers.at(2).depends_on = {ProviderName("f")};
  REQUIRE(world.config.providers.at(2).name.str() == "a");
  world.restart();
  world.play({{"f-b", "ok down down down down down"}, {"a-b", "ok ok ok ok refused refused"}});
  for (const auto& notice : world.notices)
    if (notice.state == NoticeState::queued) CHECK(notice.title.find("f ") != std::string::npos);
}

TEST_CASE("maintenance and silences that were ended early end then, and those that never began are gone") {
  const WallTime now{std::chrono::sys_days(std::chrono::year(2026) / 11 / 24)};
  const Act one = act_of(Maintenance{"", "one", now, now + 2h, {{ProviderName("a")}, {}, {}}, "x", "alice"}, now);
  const Act two = act_of(Maintenance{"", "two", now + 5h, now + 6h, {}, "", "bob"}, now);
  const std::vector<Act> announced = {one, two};
  REQUIRE(maintenance_in(announced).size() == 2);
  CHECK(maintenance_in(announced)[0].scope.providers == std::vector{ProviderName("a")});
  CHECK(maintenance_in(announced)[1].from == now + 5h);
  std::vector<Act> ended = announced;
  ended.push_back(end_of(maintenance_in(announced)[0], "carol", now + 1h));
  ended.push_back(end_of(maintenance_in(announced)[1], "carol", now + 1h));
  REQUIRE(maintenance_in(ended).size() == 1);
  CHECK(maintenance_in(ended)[0].until == now + 1h);
  const Act quiet = act_of(Silence{"", now, now + 2h, {parse_matcher("impact=minor").value()}, "why", "alice"}, now);
  CHECK(silences_in({quiet}).at(0).comment == "why");
  CHECK(silences_in({quiet, end_of(silences_in({quiet})[0], "bob", now + 1min)}).at(0).until == now + 1min);
}
