// `mailcanary run`: an outage from its first failed canary to the last notice, on real servers.
#include <algorithm>
#include <set>

#include "tests/catch.h"
#include "tests/e2e/watch.h"
#include "tests/e2e/web_receiver.h"

using namespace mailcanary::testbed;
using namespace std::chrono_literals;

namespace {

const std::string secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

MailBed& bed() {
  static MailBed bed;
  return bed;
}

std::string hook(const WebReceiver& receiver) {
  return "channels:\n  hook: {webhook: {url: \"" + receiver.url() + "\", secret: \"" + secret + "\"}}\n";
}

std::string mesh(const std::string& times, const WebReceiver& receiver) {
  return "\nroutes:\n  - {mesh: [shop, watch], every: 1s, " + times + "}\n" + hook(receiver);
}

bool came(const WebReceiver& receiver, const std::string& type) {
  return eventually([&] { return !receiver.posts_of(type).empty(); });
}

// The states of all routes, each once.
std::set<std::string> states(const json& status) {
  std::set<std::string> words;
  for (const auto& route : status["routes"]) words.insert(route["state"]);
  return words;
}

json api(const Watch& watch, const std::string& name) { return json::parse(get(watch, "/api/v2/" + name).body); }

// What the last post of this type said of the incident.
json told(const WebReceiver& receiver, const std::string& type) {
  return receiver.posts_of(type).back().json().at("data");
}

// The page lags behind by a second at most: true when both say the same of the whole, the components and the incidents.
bool page_agrees(const Watch& watch) {
  const json status = watch.ask({"status"}), page = api(watch, "summary.json");
  const std::string html = get(watch, "/").body;
  bool agrees = page["status"] == status["status"] && page["components"].size() == status["components"].size();
  for (const auto& component : status["components"]) {
    agrees = agrees && std::any_of(page["components"].begin(), page["components"].end(), [&](const json& shown) {
      return shown["name"] == component["name"] && shown["status"] == component["status"];
    });
  }
  std::set<json> told, shown;
  for (const auto& incident : status["incidents"]) {
    agrees = agrees && html.find(incident["title"].get<std::string>()) != std::string::npos;
    if (incident["status"] != "resolved") told.insert({incident["id"], incident["status"], incident["impact"]});
  }
  for (const auto& incident : page["incidents"]) shown.insert({incident["id"], incident["status"], incident["impact"]});
  return agrees && told == shown;
}

std::vector<json> all_canaries(const Watch& watch) {
  auto all = watch.canaries("shop-watch");
  for (auto& canary : watch.canaries("watch-shop")) all.push_back(canary);
  return all;
}

bool arrived(const json& canary) { return canary["fate"] == "delivered" || canary["fate"] == "late"; }

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a stopped mail server is one incident that webhook, page and status agree on, and starting it ends it") {
  const WebReceiver receiver;
  const Watch watch({account_of(bed(), "shop"), account_of(bed(), "watch")}, mesh("late_after: 10s, lost_after: 10m", receiver));
  Daemon daemon(watch);
  REQUIRE(eventually([&] { return all_ok(watch) && page_agrees(watch); }));
  CHECK(api(watch, "status.json")["status"]["indicator"] == "none");
  CHECK(get(watch, "/healthz").status == 200);

  const Afterwards start{[] { bed().start_postfix(); }};
  bed().stop_postfix();
  REQUIRE(came(receiver, "opened"));
  // Both routes join it within two cadences.
  REQUIRE(eventually([&] { return states(watch.ask({"status"})) == std::set<std::string>{"down"}; }));
  const json opened = told(receiver, "opened");
  CAPTURE(opened.dump(1));
  CHECK(opened["impact"] == "major");
  CHECK(has(opened["first_error"], "connect"));
  const std::string id = opened["id"];

  CHECK(eventually([&] { return page_agrees(watch); }));
  const json status = watch.ask({"status"});
  REQUIRE(status["incidents"].size() == 1);
  CHECK(status["incidents"][0]["id"] == id);
  CHECK(status["incidents"][0]["status"] != "resolved");
  CHECK(status["incidents"][0]["failing"].size() == 2);
  CHECK(api(watch, "incidents/unresolved.json")["incidents"].size() == 1);
  CHECK(has(get(watch, "/metrics").body, "mailcanary_incidents_open{impact=\"major\"} 1"));

  bed().start_postfix();
  REQUIRE(came(receiver, "resolved"));
  const json resolved = told(receiver, "resolved");
  CHECK(resolved["id"] == id);
  CHECK(resolved["status"] == "resolved");
  CHECK(eventually([&] { return all_ok(watch) && page_agrees(watch); }));
  CHECK(api(watch, "incidents/unresolved.json")["incidents"].empty());
  CHECK(api(watch, "status.json")["status"]["indicator"] == "none");

  CHECK(daemon.stop().exit_code == 0);
  const auto posts = receiver.posts();
  CHECK(receiver.posts_of("opened").size() == 1);
  CHECK(receiver.posts_of("resolved").size() == 1);
  std::set<std::string> ids, incidents;
  for (const auto& post : posts) {
    CHECK(signature_holds(post, secret));
    ids.insert(post.headers.at("webhook-id"));
    incidents.insert(post.json()["data"]["id"].get<std::string>());
  }
  CHECK(ids.size() == posts.size());
  CHECK(incidents == std::set<std::string>{id});
  const auto books = balanced_books(watch);
  CHECK(books["fates"]["unreachable"] >= 4);
  CHECK(books["fates"]["lost"] == 0);
}

TEST_CASE("the page that is served is the one in status.dir, and whoever asks for more is answered") {
  const WebReceiver receiver;
  const Watch watch({account_of(bed(), "shop"), account_of(bed(), "watch")}, mesh("late_after: 10s, lost_after: 10m", receiver));
  Daemon daemon(watch);
  REQUIRE(eventually([&] { return all_ok(watch); }));
  for (const char* file : {"index.html", "api/v2/summary.json", "api/v2/status.json", "api/v2/components.json",
                           "api/v2/incidents.json", "api/v2/incidents/unresolved.json"}) {
    CAPTURE(file);
    // The page is made anew now and then: the same bytes at some moment.
    CHECK(eventually([&] {
      const Served served = get(watch, std::string("/") + file);
      return served.status == 200 && !served.body.empty() && served.body == contents(watch.site() / file);
    }));
  }
  CHECK(has(get(watch, "/").body, "Bed Mail"));
  CHECK(get(watch, "/nothing-here").status == 404);
  CHECK(get(watch, "/api/v2/../../mailcanary.yaml").status != 200);

  const Served health = get(watch, "/healthz");
  CHECK(health.status == 200);
  CHECK(health.body == "ok\n");
  const std::string metrics = get(watch, "/metrics").body;
  for (const char* line : {"mailcanary_canaries_total{route=\"shop-watch\",fate=\"delivered\"}",
                           "mailcanary_canaries_pending{route=\"watch-shop\"}",
                           "mailcanary_round_trip_seconds_bucket{route=\"shop-watch\",le=\"+Inf\"}",
                           "mailcanary_route_state{route=\"shop-watch\",state=\"ok\"} 1",
                           "mailcanary_reader_up{account=\"watch\"} 1", "mailcanary_incidents_open{impact=\"major\"} 0",
                           "mailcanary_outbox_queued{channel=\"hook\"} 0", "mailcanary_ledger_up 1", "mailcanary_build_info{"}) {
    CAPTURE(line, metrics);
    CHECK(has(metrics, line));
  }
  const auto ended = daemon.stop();
  CHECK(ended.how == Finished::How::exited);
  CHECK(ended.exit_code == 0);
}

TEST_CASE("mail held in a queue is an incident while it waits, and late but not lost when it comes") {
  const WebReceiver receiver;
  const Watch watch({account_of(bed(), "shop"), account_of(bed(), "watch")}, mesh("late_after: 3s, lost_after: 10m", receiver));
  Daemon daemon(watch);
  REQUIRE(eventually([&] { return all_ok(watch); }));
  const Afterwards release{[] { bed().release_queue(); }};
  bed().hold_queue();
  REQUIRE(came(receiver, "opened"));
  CHECK(balanced_books(watch)["fates"]["late"] == 0);
  bed().release_queue();
  REQUIRE(came(receiver, "resolved"));
  CHECK(daemon.stop().exit_code == 0);

  const auto words = fates(all_canaries(watch));
  CAPTURE(balanced_books(watch).dump(), daemon.log());
  CHECK(count_of(words, "late") >= 2);  // two in a row on one route at least were overdue
  CHECK(count_of(words, "lost") == 0);
  CHECK(count_of(words, "unknown") == 0);
  CHECK(told(receiver, "resolved")["counts"]["delayed_arrived"] >= 2);
  CHECK(told(receiver, "resolved")["counts"]["lost"] == 0);
  CHECK(receiver.posts_of("opened").size() == 1);
}

TEST_CASE("a mail server whose certificate ran out is unreachable, and the certificate is named") {
  const WebReceiver receiver;
  const Watch watch({account_of(bed(), "shop"), account_of(bed(), "watch")}, mesh("late_after: 10s, lost_after: 10m", receiver));
  Daemon daemon(watch);
  REQUIRE(eventually([&] { return all_ok(watch); }));
  // Open sessions know the old certificate and go on: end them.
  const Afterwards renew{[] { bed().renew_certificate(); }};
  bed().expire_certificate();
  bed().stop_postfix();
  bed().start_postfix();
  REQUIRE(came(receiver, "opened"));
  bool named = false;
  REQUIRE(eventually([&] {
    for (const auto& canary : all_canaries(watch)) {
      for (const auto& stage : canary["stages"]) {
        named = named || (canary["fate"] == "unreachable" && stage["name"] == "tls" && stage["error"].is_string() &&
                          has(stage["error"], "expired"));
      }
    }
    return named;
  }));
  bed().renew_certificate();
  REQUIRE(came(receiver, "resolved"));
  CHECK(daemon.stop().exit_code == 0);
  CHECK(balanced_books(watch)["fates"]["lost"] == 0);
}

TEST_CASE("a mailbox that cannot be read is unknown, then an incident of its own, and no canary is called lost") {
  const WebReceiver receiver;
  const Watch watch({sender_without_login(bed(), "shop"), account_of(bed(), "watch")},
                    "\nroutes:\n  - {from: shop, to: watch, every: 1s, late_after: 2s, lost_after: 5s}\n" + hook(receiver));
  Daemon daemon(watch);
  REQUIRE(eventually([&] { return all_ok(watch); }));

  const Afterwards start{[] { bed().start_dovecot(); }};
  bed().stop_dovecot();
  REQUIRE(eventually([&] { return states(watch.ask({"status"})) == std::set<std::string>{"unknown"}; }));
  const json status = watch.ask({"status"});
  for (const auto& route : status["routes"]) CHECK(has(route["reason"], "mailbox cannot be read"));
  CHECK(status["status"]["indicator"] != "none");
  CHECK(get(watch, "/healthz").status == 200);

  REQUIRE(came(receiver, "opened"));
  const json opened = told(receiver, "opened");
  CAPTURE(opened.dump(1));
  CHECK(opened["blames"]["leg"] == "mailbox");
  CHECK(balanced_books(watch)["fates"]["lost"] == 0);

  bed().start_dovecot();
  REQUIRE(came(receiver, "resolved"));
  CHECK(eventually([&] { return all_ok(watch); }));
  CHECK(daemon.stop().exit_code == 0);
  const auto books = balanced_books(watch);
  CHECK(books["fates"]["lost"] == 0);
  CHECK(books["fates"]["late"] >= 1);
}

TEST_CASE("a canary that arrives before the mailbox could be read for the first time is found") {
  const Watch watch({sender_without_login(bed(), "shop"), account_of(bed(), "watch")},
                    "\nroutes:\n  - {from: shop, to: watch, every: 30d, late_after: 60s, lost_after: 4h}\n");
  const Afterwards start{[] { bed().start_dovecot(); }};
  bed().stop_dovecot();
  Daemon daemon(watch);
  REQUIRE(eventually([&] {
    const auto canaries = watch.canaries("shop-watch");
    return canaries.size() == 1 && canaries[0]["accepted_at"].is_string();
  }));
  bed().start_dovecot();
  bed().release_queue();
  CHECK(eventually([&] { return balanced_books(watch)["fates"]["pending"] == 0; }));
  CHECK(arrived(watch.canaries("shop-watch")[0]));
  CHECK(daemon.stop().exit_code == 0);
}

TEST_CASE("a second run and a tick beside a running one say so and do no harm") {
  const WebReceiver receiver;
  const Watch watch({account_of(bed(), "shop"), account_of(bed(), "watch")}, mesh("late_after: 10s, lost_after: 10m", receiver));
  Daemon daemon(watch);
  REQUIRE(eventually([&] { return all_ok(watch); }));
  for (const char* command : {"run", "tick"}) {
    CAPTURE(command);
    const auto second = watch.tell({command});
    CHECK(second.exit_code == 1);
    CHECK(has(second.err, "another mailcanary already works on this ledger"));
  }
  const auto sent = balanced_books(watch)["fates"]["delivered"].get<int>();
  CHECK(eventually([&] { return balanced_books(watch)["fates"]["delivered"].get<int>() > sent; }));
  CHECK(all_ok(watch));
  CHECK(daemon.stop().exit_code == 0);
  CHECK(receiver.posts().empty());
}

TEST_CASE("a notice that the receiver did not take is brought again after a kill") {
  WebReceiver receiver;
  receiver.answer_with(503);
  const Watch watch({account_of(bed(), "shop"), account_of(bed(), "watch")}, mesh("late_after: 10s, lost_after: 10m", receiver));
  const Afterwards start{[] { bed().start_postfix(); }};
  {
    Daemon daemon(watch);
    REQUIRE(eventually([&] { return all_ok(watch); }));
    bed().stop_postfix();
    REQUIRE(came(receiver, "opened"));
  }  // killed here
  receiver.answer_with(200);
  const auto before = receiver.posts().size();
  Daemon daemon(watch);
  CHECK(eventually([&] { return receiver.posts().size() > before; }));
  bed().start_postfix();
  REQUIRE(came(receiver, "resolved"));
  CHECK(daemon.stop().exit_code == 0);
  std::set<std::string> incidents;
  for (const auto& post : receiver.posts()) incidents.insert(post.json()["data"]["id"].get<std::string>());
  CHECK(incidents.size() == 1);
  CHECK(balanced_books(watch)["fates"]["lost"] == 0);
}
