#include <nlohmann/json.hpp>

#include "core/crypto.h"
#include "tests/alerts/channel_bed.h"

using namespace mailcanary;
using namespace std::chrono_literals;
using nlohmann::json;
using Outcome = Delivery::Outcome;

namespace {

constexpr const char* secret_path = "/hooks/T0PSECRET";

std::map<std::string, ChannelSetting> settings_for(const ChannelBed& bed, const std::string& secret = "") {
  std::map<std::string, ChannelSetting> settings{{"url", secret_setting(bed.server.url(secret_path))}};
  if (!secret.empty()) settings["secret"] = secret_setting(secret);
  return settings;
}

// What a receiver computes to check a post.
std::string signature_of(const PostedRequest& request, const std::string& key) {
  const std::string text =
      request.header("webhook-id") + "." + request.header("webhook-timestamp") + "." + request.body;
  return "v1," + to_base64(hmac_sha256(key, text));
}

}  // namespace

TEST_CASE("a webhook posts the incident as JSON") {
  ChannelBed bed({http_answer(204)});
  bed.make("webhook", settings_for(bed));
  const Delivery delivery = bed.deliver(sample_notice());
  CHECK(delivery.outcome == Outcome::delivered);
  REQUIRE(bed.server.requests().size() == 1);
  const auto& request = bed.server.requests()[0];
  CHECK(request.line == "POST /hooks/T0PSECRET HTTP/1.1");
  CHECK(request.header("content-type") == "application/json");
  CHECK(request.header("webhook-id") == "01JDF0Q8M0N0T1CE0000000001");
  CHECK(request.header("webhook-signature").empty());

  const json body = json::parse(request.body);
  CHECK(body["type"] == "mailcanary.incident.opened");
  CHECK(body["timestamp"] == "2026-11-24T12:58:30.000Z");
  const json& data = body["data"];
  CHECK(data["id"] == "01JDF0Q8M0SAMPLE0UTAGE0001");
  CHECK(data["key"] == "example-mail.submit");
  CHECK(data["title"] == "Example Mail: mail is not accepted");
  CHECK(data["status"] == "identified");
  CHECK(data["impact"] == "critical");
  CHECK(data["began_at"] == "2026-11-24T12:56:00.000Z");
  CHECK(data["resolved_at"].is_null());
  CHECK(data["routes"] == json({"shop-watch", "shop-office", "watch-shop"}));
  CHECK(data["failing"] == json({"shop-watch", "shop-office"}));
  CHECK(data["components"] == json::array({"example-mail"}));
  CHECK(data["blames"] ==
        json({{"provider", "example-mail"}, {"account", nullptr}, {"leg", "submit"}, {"self", false}}));
  CHECK(data["counts"]["failed"] == 12);
  CHECK(data["first_error"] == "450 4.3.2 mx1.example.net: too many connections from 192.0.2.7");
  CHECK(data["url"] == "https://status.example/incidents/01JDF0Q8M0SAMPLE0UTAGE0001.html");
  CHECK(data["text"] == sample_notice().text);
  CHECK(data["notice"]["kind"] == "opened");
  CHECK(data["notice"]["sequence"] == 1);
}

TEST_CASE("a signed webhook can be verified, with whsec_ secrets and raw ones") {
  struct Row {
    const char* secret;
    std::string key;
  };
  std::string counted;
  for (char c = 1; c <= 24; ++c) counted += c;
  const Row rows[] = {{"whsec_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcY", counted}, {"just some words", "just some words"}};
  for (const auto& row : rows) {
    FakeClock clock(at("2026-11-24T13:00:00.900Z"));
    ChannelBed bed({http_answer(200)}, clock);
    bed.make("webhook", settings_for(bed, row.secret));
    CHECK(bed.deliver(sample_notice()).outcome == Outcome::delivered);
    REQUIRE(bed.server.requests().size() == 1);
    const auto& request = bed.server.requests()[0];
    CHECK(request.header("webhook-timestamp") == "1795525200");
    CHECK(request.header("webhook-signature") == signature_of(request, row.key));
  }
}

TEST_CASE("a second attempt has the same id and body, and the time and signature of its own") {
  FakeClock clock(at("2026-11-24T13:00:00Z"));
  ChannelBed bed({http_answer(503), http_answer(200)}, clock);
  bed.make("webhook", settings_for(bed, "raw"));
  CHECK(bed.deliver(sample_notice()).outcome == Outcome::retry_later);
  clock.advance(5s);
  CHECK(bed.deliver(sample_notice()).outcome == Outcome::delivered);
  REQUIRE(bed.server.requests().size() == 2);
  const auto &first = bed.server.requests()[0], &second = bed.server.requests()[1];
  CHECK(first.header("webhook-id") == second.header("webhook-id"));
  CHECK(first.body == second.body);
  CHECK(second.header("webhook-timestamp") == "1795525205");
  CHECK(second.header("webhook-signature") == signature_of(second, "raw"));
}

TEST_CASE("every kind of notice has its type") {
  const std::pair<NoticeKind, const char*> rows[] = {{NoticeKind::opened, "mailcanary.incident.opened"},
                                                     {NoticeKind::updated, "mailcanary.incident.updated"},
                                                     {NoticeKind::resolved, "mailcanary.incident.resolved"},
                                                     {NoticeKind::reminder, "mailcanary.incident.reminder"},
                                                     {NoticeKind::escalated, "mailcanary.incident.escalated"}};
  for (const auto& [kind, type] : rows) {
    ChannelBed bed({http_answer(200)});
    bed.make("webhook", settings_for(bed));
    Notice notice = sample_notice();
    notice.kind = kind;
    bed.deliver(notice);
    REQUIRE(bed.server.requests().size() == 1);
    CHECK(json::parse(bed.server.requests()[0].body)["type"] == type);
  }
}

TEST_CASE("what a webhook's answer means") {
  struct Row {
    std::string answer;
    Outcome outcome;
    std::optional<Duration> retry_after;
    const char* detail;
  };
  const Row rows[] = {
      {http_answer(200, "<script>alert(1)</script>\x1b[31m"), Outcome::delivered, {}, "200 OK"},
      {http_answer(429, "", "Retry-After: 17\r\n"), Outcome::retry_later, 17s, "429 Too Many Requests"},
      {http_answer(429, "", "Retry-After: soon\r\n"), Outcome::retry_later, {}, "429 Too Many Requests"},
      {http_answer(503, "Cannot POST /hooks/T0PSECRET"), Outcome::retry_later, {}, "503 Service Unavailable"},
      {http_answer(404, "Cannot POST /hooks/T0PSECRET"), Outcome::channel_stopped, {}, "404 Not Found"},
      {http_answer(302, "", "Location: http://127.0.0.1:1/elsewhere\r\n"),
       Outcome::retry_later,
       {},
       "302 Found (redirects are not followed; give the final address)"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.answer);
    ChannelBed bed({row.answer});
    bed.make("webhook", settings_for(bed));
    const Delivery delivery = bed.deliver(sample_notice());
    CHECK(delivery.outcome == row.outcome);
    CHECK(delivery.retry_after == row.retry_after);
    CHECK(delivery.detail == row.detail);
    CHECK(bed.server.requests().size() == 1);
  }
}

TEST_CASE("a payload that is refused is sent once more, shortened, with the same id") {
  for (const int status : {400, 413, 422}) {
    ChannelBed bed({http_answer(status), http_answer(200)});
    bed.make("webhook", settings_for(bed, "raw"));
    CHECK(bed.deliver(sample_notice()).outcome == Outcome::delivered);
    REQUIRE(bed.server.requests().size() == 2);
    const auto &full = bed.server.requests()[0], &shortened = bed.server.requests()[1];
    CHECK(shortened.header("webhook-id") == full.header("webhook-id"));
    CHECK(shortened.header("webhook-signature") == signature_of(shortened, "raw"));
    CHECK(shortened.body.size() < full.body.size());
    const json body = json::parse(shortened.body);
    CHECK(body["type"] == "mailcanary.incident.opened");
    CHECK(body["data"]["id"] == "01JDF0Q8M0SAMPLE0UTAGE0001");
    CHECK(body["data"]["status"] == "identified");
  }
  ChannelBed bed({http_answer(400), http_answer(400)});
  bed.make("webhook", settings_for(bed));
  CHECK(bed.deliver(sample_notice()).outcome == Outcome::bad_payload);
}

TEST_CASE("a receiver that stalls, resets, babbles or is gone is tried again, and its address stays secret") {
  const auto check = [](const Delivery& delivery) {
    CAPTURE(delivery.detail);
    CHECK(delivery.outcome == Outcome::retry_later);
    CHECK_FALSE(delivery.detail.empty());
    CHECK(delivery.detail.find("T0PSECRET") == std::string::npos);
    CHECK(delivery.detail.find("hooks") == std::string::npos);
  };
  for (const char* answer :
       {TestHttpServer::silence, TestHttpServer::reset, TestHttpServer::endless, "garbage\r\n\r\n", "HTTP/1.1 200"}) {
    CAPTURE(answer);
    ChannelBed bed({answer});
    bed.make("webhook", settings_for(bed), 300ms);
    check(bed.deliver(sample_notice()));
  }
  ChannelBed bed({});
  bed.make("webhook", {{"url", secret_setting("http://127.0.0.1:1/hooks/T0PSECRET")}});
  check(bed.deliver(sample_notice()));
}

TEST_CASE("hostile text in an incident stays inside its JSON string") {
  Notice notice = sample_notice();
  Incident incident = sample_outage();
  incident.title = incident.first_error = "\"},\"type\":\"x\xFF\xFE\x01\r\nwebhook-id: forged";
  notice.detail = incident_json(incident);
  notice.text = incident.title;
  ChannelBed bed({http_answer(200)});
  bed.make("webhook", settings_for(bed));
  CHECK(bed.deliver(notice).outcome == Outcome::delivered);
  REQUIRE(bed.server.requests().size() == 1);
  const json body = json::parse(bed.server.requests()[0].body);
  CHECK(body["type"] == "mailcanary.incident.opened");
  CHECK(body["data"]["title"] == "\"},\"type\":\"x\xEF\xBF\xBD\xEF\xBF\xBD\x01\r\nwebhook-id: forged");
}

TEST_CASE("a notice without details still tells what it knows") {
  Notice notice = sample_notice();
  for (const char* detail : {"", "no json", "[1]"}) {
    notice.detail = detail;
    ChannelBed bed({http_answer(200)});
    bed.make("webhook", settings_for(bed));
    CHECK(bed.deliver(notice).outcome == Outcome::delivered);
    REQUIRE(bed.server.requests().size() == 1);
    CHECK(json::parse(bed.server.requests()[0].body)["data"]["key"] == "example-mail.submit");
  }
}

TEST_CASE("a webhook that cannot work is refused when it is made, without its secret") {
  ChannelBed bed({});
  Channel channel;
  channel.name = ChannelName("hook");
  channel.kind = "webhook";
  auto made = make_channel({bed.loop, bed.http}, channel);
  REQUIRE_FALSE(made);
  CHECK(made.error().message == "channel hook (webhook): url is missing");

  channel.settings = {{"url", {"https://hook.example", {}}}, {"secret", secret_setting("whsec_n0t*base64")}};
  made = make_channel({bed.loop, bed.http}, channel);
  REQUIRE_FALSE(made);
  CHECK(made.error().message == "channel hook (webhook): secret is not base64 after whsec_");
}

TEST_CASE("the incident of a mesh of thousands of routes stays small enough for a webhook") {
  Incident incident = sample_outage();
  for (int i = 0; i < 9900; ++i) incident.routes.emplace_back("account-" + std::to_string(i) + "-other");
  incident.failing = incident.routes;
  for (int i = 0; i < 500; ++i)
    incident.updates.push_back({incident.opened_at, incident.status, std::string(200, 'u'), "p"});
  const std::string text = incident_json(incident);
  CHECK(text.size() < 20000);
  CHECK(json::parse(text)["failing_total"] == 9903);
}
