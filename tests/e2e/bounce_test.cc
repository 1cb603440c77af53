// A canary that was accepted and then returned; and the field names of the JSON that others read.
#include <set>

#include <fmt/format.h>

#include "tests/catch.h"
#include "tests/e2e/watch.h"
#include "tests/e2e/web_receiver.h"

using namespace mailcanary::testbed;
using namespace std::chrono_literals;

namespace {

using Names = std::set<std::string>;

Names names_of(const json& object) {
  Names names;
  for (const auto& [name, value] : object.items()) names.insert(name);
  return names;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// The design's §6.
const Names canary_fields = {"id",           "route",        "from",          "to",        "vantage",    "sent_at",
                             "accepted_at",  "arrived_at",   "arrival_source", "resolution_ms", "seen_at", "round_trip_ms",
                             "fate",         "reason",       "duplicates",    "folder",    "stages",     "smtp_reply",
                             "hops",         "verdicts",     "bounce",        "changes"};
const Names stage_fields = {"name", "ms", "error"};
const Names hop_fields = {"from", "by", "at", "delay_ms", "protocol", "tls", "note"};
const Names verdict_fields = {"spf", "dkim", "dmarc"};
const Names status_fields = {"generated_at", "vantage", "status", "components", "incidents", "routes", "maintenance"};
const Names route_fields = {"name", "state", "reason", "last_fate", "last_delivered_at", "round_trip_ms"};

void check_time(const json& time) {
  CAPTURE(time.dump());
  REQUIRE(time.is_string());
  const std::string text = time;
  REQUIRE(text.size() == std::string("2026-01-31T12:00:00.000Z").size());
  CHECK(text[10] == 'T');
  CHECK(text[19] == '.');
  CHECK(text.back() == 'Z');
}

void check_shape(const json& canary) {
  CAPTURE(canary.dump(1));
  CHECK(names_of(canary) == canary_fields);
  check_time(canary["sent_at"]);
  CHECK(names_of(canary["verdicts"]) == verdict_fields);
  CHECK_FALSE(canary["stages"].empty());
  for (const auto& stage : canary["stages"]) CHECK(names_of(stage) == stage_fields);
  for (const auto& hop : canary["hops"]) CHECK(names_of(hop) == hop_fields);
}

}  // namespace

TEST_CASE("a canary that bounces is known within seconds of the bounce, with status and reason, and people hear of it") {
  MailBed bed({{"shop", "watch", "bouncing"}, 0});
  bed.bounce(bed.address("bouncing"));
  const WebReceiver receiver;
  const auto every = [&](const std::string& cadence) {
    return "\nroutes:\n  - {from: shop, to: bouncing, every: " + cadence + ", late_after: 60s, lost_after: 4h}\n" +
           "channels:\n  hook: {webhook: {url: \"" + receiver.url() + "\"}}\n";
  };
  Watch watch({account_of(bed, "shop"), account_of(bed, "bouncing")}, every("1s"));
  Daemon daemon(watch);
  const auto bounces = bed.wait_for_arrivals(1, patience);
  REQUIRE(bounces.size() >= 1);
  CHECK(bounces[0].address == bed.address("shop"));
  CHECK(eventually([&] { return balanced_books(watch)["fates"]["bounced"] >= 1; }, 20s));

  REQUIRE(eventually([&] { return !receiver.posts_of("opened").empty(); }));
  const json opened = receiver.posts_of("opened")[0].json()["data"];
  CHECK(has(opened["first_error"], "5.1.1"));
  CHECK(opened["counts"]["bounced"] >= 2);
  CHECK(daemon.stop().exit_code == 0);

  // With nothing new sent, every canary is accounted for and no bounce of ours stays behind.
  watch.configure(every("30d"));
  CHECK(eventually([&] {
    watch.tell({"tick"});
    return balanced_books(watch)["fates"]["pending"] == 0 && messages_in(bed, "shop").empty();
  }));
  CHECK(balanced_books(watch)["fates"]["bounced"] == balanced_books(watch)["sent"]);

  json bounced;
  for (const auto& canary : watch.canaries("shop-bouncing")) {
    if (canary["fate"] == "bounced") bounced = canary;
  }
  check_shape(bounced);
  CHECK(has(bounced["reason"], "5.1.1"));
  CHECK(bounced["arrived_at"].is_null());
  CHECK(bounced["round_trip_ms"].is_null());
  check_time(bounced["accepted_at"]);
  CHECK(has(bounced["smtp_reply"], "250 2.0.0"));
  const json& bounce = bounced["bounce"];
  CAPTURE(bounce.dump(1));
  CHECK(bounce["kind"] == "failed");
  CHECK(bounce["action"] == "failed");
  CHECK(bounce["status"] == "5.1.1");
  CHECK(bounce["recipient"] == bed.address("bouncing"));
  CHECK(has(bounce["diagnostic"], "does not exist"));
  CHECK(has(bounce["remote_mta"], "127.0.0.1"));
}

TEST_CASE("a bounce settles its canary long before the next regular look, also in a POP3 mailbox and in a Maildir") {
  MailBed bed({{"shop", "watch"}, 0});
  bed.bounce(bed.address("watch"));
  std::size_t bounces = 0;
  for (const std::string& inbox : {fmt::format("pop3s://127.0.0.1:{}", bed.pop3s_port()), "maildir:" + bed.maildir("shop").string()}) {
    CAPTURE(inbox);
    WatchedAccount shop = account_of(bed, "shop");
    shop.imap = "";
    shop.more += ", inbox: \"" + inbox + "\"";
    const Watch watch({shop, account_of(bed, "watch")}, "\nroutes:\n  - {from: shop, to: watch, every: 30d}\n");
    Daemon daemon(watch);  // sends one canary at its start
    ++bounces;
    REQUIRE(bed.wait_for_arrivals(bounces, patience).size() >= bounces);
    CHECK(eventually([&] { return count_of(fates(watch.canaries("shop-watch")), "bounced") > 0; }, 15s));
    CHECK(daemon.stop().exit_code == 0);
    balanced_books(watch);
  }
}

TEST_CASE("history, trace and status print the JSON of the design") {
  const MailBed bed;
  const Watch watch({account_of(bed, "shop"), account_of(bed, "watch")},
                    "\nroutes:\n  - {from: shop, to: watch, every: 5m, late_after: 60s, lost_after: 4h}\n");
  REQUIRE(watch.tell({"check", "shop-watch", "--wait", "60s"}).exit_code == 0);

  const json history = watch.ask({"history", "shop-watch"});
  REQUIRE(history.is_array());
  REQUIRE(history.size() == 1);
  const json& canary = history[0];
  check_shape(canary);
  CHECK(watch.ask({"trace", canary["id"].get<std::string>()}) == canary);
  for (const char* time : {"sent_at", "accepted_at", "arrived_at", "seen_at"}) check_time(canary[time]);
  CHECK(canary["bounce"].is_null());
  CHECK(canary["route"] == "shop-watch");
  CHECK(canary["vantage"] == "bed");
  CHECK(canary["folder"] == "INBOX");
  CHECK(canary["duplicates"] == 0);
  CHECK(Names{"push", "poll", "internaldate", "received"}.contains(canary["arrival_source"]));
  CHECK(canary["resolution_ms"].is_number());
  CHECK(canary["round_trip_ms"].get<double>() > 0);
  REQUIRE(canary["hops"].size() >= 2);  // into Postfix by TLS, then to Dovecot
  CHECK(canary["hops"][0]["tls"].get<std::string>().starts_with("TLSv1"));
  Names stages;
  for (const auto& stage : canary["stages"]) stages.insert(stage["name"].get<std::string>());
  CHECK(stages == Names{"resolve", "connect", "tls", "auth", "submit", "transit", "arrival", "seen"});

  const json status = watch.ask({"status"});
  CAPTURE(status.dump(1));
  CHECK(names_of(status) == status_fields);
  check_time(status["generated_at"]);
  CHECK(names_of(status["status"]) == Names{"indicator", "description"});
  CHECK(status["components"].size() == 2);
  CHECK(status["incidents"].is_array());
  REQUIRE(status["routes"].size() == 1);
  CHECK(names_of(status["routes"][0]) == route_fields);
  CHECK(status["routes"][0]["state"] == "ok");
  CHECK(status["routes"][0]["last_fate"] == "delivered");
  CHECK(names_of(status["routes"][0]["round_trip_ms"]) == Names{"p50", "p95"});
}
