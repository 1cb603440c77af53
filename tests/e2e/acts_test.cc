// What people do by other commands beside a running `run`, and without one.
#include "tests/catch.h"
#include "tests/e2e/watch.h"
#include "tests/e2e/web_receiver.h"

using namespace mailcanary::testbed;
using namespace std::chrono_literals;

namespace {

MailBed& bed() {
  static MailBed bed;
  return bed;
}

std::string routes(const WebReceiver& receiver, const std::string& rest = "") {
  return "\nroutes:\n  - {mesh: [shop, watch], every: 1s, late_after: 10s, lost_after: 10m}\n"
         "channels:\n  hook: {webhook: {url: \"" + receiver.url() + "\", secret: \"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"}}\n" + rest;
}

bool came(const WebReceiver& receiver, const std::string& type) {
  return eventually([&] { return !receiver.posts_of(type).empty(); });
}

json only_incident(const Watch& watch) {
  const json incidents = watch.ask({"incident", "list"});
  REQUIRE(incidents.size() == 1);
  return incidents[0];
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

int times(const json& incident, const std::string& text) {
  int count = 0;
  for (const auto& update : incident["updates"]) count += update["text"] == text ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("people acknowledge, post and resolve beside a running daemon, and it follows at once") {
  const WebReceiver receiver;
  const Watch watch({account_of(bed(), "shop"), account_of(bed(), "watch")}, routes(receiver));
  Daemon daemon(watch);
  const Afterwards start{[] { bed().start_postfix(); }};
  bed().stop_postfix();
  REQUIRE(came(receiver, "opened"));
  const std::string id = only_incident(watch)["id"], short_id = id.substr(0, 24);

  const auto taken = watch.tell({"ack", short_id, "--by", "alice"});
  CAPTURE(taken.out, taken.err);
  CHECK(taken.exit_code == 0);
  CHECK(has(taken.out, "): acknowledged"));
  CHECK(only_incident(watch)["acknowledged_by"] == "alice");
  CHECK(has(watch.tell({"ack", id}).out, "it was acknowledged already, by alice"));

  const auto posted = watch.tell({"incident", "post", id, "--text", "the vendor is on it", "--public", "We are on it.", "--by", "bob"});
  CHECK(has(posted.out, "): posted"));
  CHECK(eventually([&] { return has(get(watch, "/").body, "We are on it."); }));
  CHECK_FALSE(has(get(watch, "/").body, "the vendor is on it"));
  CHECK(eventually([&] {
    for (const auto& post : receiver.posts_of("updated"))
      if (has(post.body, "the vendor is on it")) return true;
    return false;
  }));

  const json explained = watch.ask({"explain", id});
  CHECK(explained["acts"].size() == 3);
  CHECK(explained["notices"].size() >= 2);
  CHECK(!explained["evidence"].empty());

  const auto resolved = watch.tell({"incident", "resolve", id, "--text", "we moved away"});
  CHECK(has(resolved.out, "will open no new incident until"));
  REQUIRE(came(receiver, "resolved"));
  bed().start_postfix();
  CHECK(eventually([&] { return only_incident(watch)["failing"].empty(); }));
  CHECK(daemon.stop().exit_code == 0);
  balanced_books(watch);
}

TEST_CASE("maintenance that another command announces keeps a running daemon quiet until it ends") {
  const WebReceiver receiver;
  const Watch watch({account_of(bed(), "shop"), account_of(bed(), "watch")}, routes(receiver));
  Daemon daemon(watch);
  CHECK(watch.tell({"maintenance", "add", "new disks", "--for", "1h", "--text", "Disks are replaced."}).exit_code == 0);
  const Afterwards start{[] { bed().start_postfix(); }};
  bed().stop_postfix();
  REQUIRE(eventually([&] { return watch.ask({"incident", "list"}).size() == 1; }));
  json page;
  REQUIRE(eventually([&] {
    page = json::parse(get(watch, "/api/v2/summary.json").body);
    return !page["scheduled_maintenances"].empty() && page["components"][0]["status"] == "under_maintenance";
  }));
  CHECK(page["scheduled_maintenances"][0]["name"] == "new disks");
  CHECK(page["incidents"].empty());
  CHECK(receiver.posts().empty());
  const json held = watch.ask({"explain", only_incident(watch)["id"]});
  REQUIRE_FALSE(held["notices"].empty());
  CHECK(has(held["notices"][0]["reason"], "under_maintenance: new disks until"));

  CHECK(watch.tell({"maintenance", "end", "new disks"}).exit_code == 0);
  REQUIRE(came(receiver, "opened"));
  CHECK(has(receiver.posts_of("opened").front().body, "Not told until now"));
  CHECK(daemon.stop().exit_code == 0);
}

TEST_CASE("an act waits for the next tick, and a kill at any moment applies it exactly once") {
  const WebReceiver receiver;
  const Watch watch({account_of(bed(), "shop"), account_of(bed(), "watch")}, routes(receiver));
  const Afterwards start{[] { bed().start_postfix(); }};
  {
    Daemon daemon(watch);
    bed().stop_postfix();
    REQUIRE(came(receiver, "opened"));
  }  // killed
  const std::string id = only_incident(watch)["id"];
  const auto written = watch.tell({"incident", "post", id, "--text", "note 0"});
  CHECK(has(written.out, "written; the next turn of 'run' or 'tick' applies it"));
  CHECK(times(only_incident(watch), "note 0") == 0);
  watch.tell({"tick"});
  CHECK(times(only_incident(watch), "note 0") == 1);

  for (int i = 1; i <= 5; ++i) {
    Daemon daemon(watch);
    watch.tell({"incident", "post", id, "--text", "note " + std::to_string(i)});
  }  // killed each time, before or after it was applied
  watch.tell({"tick"});
  const json incident = only_incident(watch);
  for (int i = 0; i <= 5; ++i) CHECK(times(incident, "note " + std::to_string(i)) == 1);
  balanced_books(watch);
}

TEST_CASE("without a ledger the commands of the desk fail; they were not used wrongly") {
  const Watch watch({account_of(bed(), "shop"), account_of(bed(), "watch")}, "\nroutes:\n  - {mesh: [shop, watch]}\n");
  const std::vector<std::vector<std::string>> commands = {
      {"incident", "list"}, {"explain", "shop-watch"}, {"maintenance", "list"}, {"silence", "list"}};
  for (const auto& command : commands) {
    const auto told = watch.tell(command);
    CAPTURE(command[0], told.err);
    CHECK(told.exit_code == 1);
    CHECK(has(told.err, "there is no ledger at"));
  }
}
