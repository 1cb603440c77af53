#include "tests/alerts/channel_services.h"

#include <algorithm>

#include "tests/alerts/samples.h"

namespace mailcanary {

using Outcome = Delivery::Outcome;

ChannelSetting plain(std::string text) {
  ChannelSetting setting;
  setting.text = std::move(text);
  return setting;
}
ChannelSetting ids(std::map<ProviderName, std::string> map) {
  ChannelSetting setting;
  setting.ids = std::move(map);
  return setting;
}

ChannelSetting texts(std::map<std::string, std::string> map) {
  ChannelSetting setting;
  setting.texts = std::move(map);
  return setting;
}

// clang-format off
std::vector<Service> services() {
  const std::string ok = http_answer(200, "ok");
  return {
      {"pagerduty", [](const TestHttpServer& s) { return Settings{{"routing_key", secret_setting(the_secret)}, {"url", plain(s.url(""))}}; },
       std::vector(3, http_answer(202, R"({"status":"success","message":"Event processed","dedup_key":"k"})"))},
      {"opsgenie", [](const TestHttpServer& s) { return Settings{{"api_key", secret_setting(the_secret)}, {"url", plain(s.url(""))}}; },
       std::vector(3, http_answer(202, R"({"result":"Request will be processed","requestId":"r"})"))},
      {"grafana_irm", [](const TestHttpServer& s) { return Settings{{"url", secret_setting(s.url("/integrations/v1/T0PSECRET/"))}}; },
       std::vector(3, http_answer(200, "Ok."))},
      {"splunk_oncall", [](const TestHttpServer& s) { return Settings{{"url", secret_setting(s.url("/integrations/generic/20131114/alert/T0PSECRET"))}, {"routing_key", plain("mail team")}}; },
       std::vector(3, http_answer(200, R"({"result":"success","entity_id":"e"})")),
       http_answer(200, R"({"result":"failure","message":"bad"})"), Outcome::bad_payload},
      {"incident_io", [](const TestHttpServer& s) { return Settings{{"token", secret_setting(the_secret)}, {"source", plain("01SRC")}, {"url", plain(s.url(""))}}; },
       std::vector(3, http_answer(202, R"({"status":"success","deduplication_key":"k"})"))},
      {"better_stack", [](const TestHttpServer& s) { return Settings{{"token", secret_setting(the_secret)}, {"email", plain("ops@example.org")}, {"url", plain(s.url(""))}}; },
       {http_answer(201, R"({"data":{"id":"4711","type":"incident"}})"), http_answer(200, R"({"data":{"id":"4711"}})")}},
      {"twilio", [](const TestHttpServer& s) { return Settings{{"account_sid", plain("AC1")}, {"auth_token", secret_setting(the_secret)}, {"from", plain("+12025550199")}, {"to", plain("+12025550123")}, {"url", plain(s.url(""))}}; },
       std::vector(3, http_answer(201, R"({"sid":"SM1","status":"queued"})"))},
      {"teams", [](const TestHttpServer& s) { return Settings{{"webhook", secret_setting(s.url("/workflows/x?sig=T0PSECRET"))}}; },
       std::vector(3, http_answer(202))},
      {"discord", [](const TestHttpServer& s) { return Settings{{"webhook", secret_setting(s.url("/api/webhooks/1/T0PSECRET"))}}; },
       {http_answer(200, R"({"id":"900","content":""})"), http_answer(200, R"({"id":"900"})"), http_answer(200, R"({"id":"900"})"), http_answer(200, R"({"id":"901"})")}},
      {"telegram", [](const TestHttpServer& s) { return Settings{{"token", secret_setting(the_secret)}, {"chat", plain("-1001234567890")}, {"url", plain(s.url(""))}}; },
       {http_answer(200, R"({"ok":true,"result":{"message_id":7}})"), http_answer(200, R"({"ok":true,"result":{"message_id":7}})"), http_answer(200, R"({"ok":true,"result":{"message_id":8}})"),
        http_answer(400, R"({"ok":false,"error_code":400,"description":"Bad Request: message is not modified"})"),
        http_answer(200, R"({"ok":true,"result":{"message_id":9}})")},
       http_answer(200, R"({"ok":false,"description":"later"})"), Outcome::retry_later},
      {"mattermost", [](const TestHttpServer& s) { return Settings{{"webhook", secret_setting(s.url("/hooks/T0PSECRET"))}}; }, {ok, ok, ok}},
      {"matrix", [](const TestHttpServer& s) { return Settings{{"url", plain(s.url(""))}, {"token", secret_setting(the_secret)}, {"room", plain("!abc:example.org")}}; },
       {http_answer(200, R"({"event_id":"$root"})"), http_answer(200, R"({"event_id":"$e1"})"), http_answer(200, R"({"event_id":"$t1"})"), http_answer(200, R"({"event_id":"$e2"})"), http_answer(200, R"({"event_id":"$t2"})")},
       http_answer(200, "<html>portal</html>"), Outcome::retry_later},
      {"ntfy", [](const TestHttpServer& s) { return Settings{{"topic", secret_setting(the_secret)}, {"url", plain(s.url(""))}}; },
       std::vector(3, http_answer(200, R"({"id":"x","event":"message"})"))},
      {"pushover", [](const TestHttpServer& s) { return Settings{{"token", secret_setting(the_secret)}, {"user", secret_setting("USERKEY")}, {"url", plain(s.url(""))}}; },
       std::vector(4, http_answer(200, R"({"status":1,"request":"r"})")),
       http_answer(200, R"({"status":0,"errors":["user identifier is invalid"]})"), Outcome::bad_payload},
      {"gotify", [](const TestHttpServer& s) { return Settings{{"token", secret_setting(the_secret)}, {"url", plain(s.url("/gotify/"))}}; },
       std::vector(3, http_answer(200, R"({"id":25,"appid":5})"))},
      {"slack", [](const TestHttpServer& s) { return Settings{{"token", secret_setting(the_secret)}, {"channel", plain("#mail")}, {"url", plain(s.url("/api"))}}; },
       std::vector(5, http_answer(200, R"({"ok":true,"channel":"C1","ts":"17.1"})")),
       http_answer(200, R"({"ok":false,"error":"token_revoked"})"), Outcome::channel_stopped},
      {"statuspage", [](const TestHttpServer& s) { return Settings{{"api_key", secret_setting(the_secret)}, {"page", plain("pg1")}, {"components", ids({{ProviderName("example-mail"), "b13yz5g2cw10"}})}, {"url", plain(s.url(""))}}; },
       {http_answer(201, R"({"id":"inc1"})"), http_answer(200, R"({"id":"inc1"})"), http_answer(200, R"({"id":"inc1"})")}, "", Outcome::retry_later, http_answer(200, "[]")},
      {"cachet", [](const TestHttpServer& s) { return Settings{{"token", secret_setting(the_secret)}, {"components", ids({{ProviderName("example-mail"), "3"}})}, {"url", plain(s.url("/"))}}; },
       {http_answer(201, R"({"data":{"id":"12","type":"incidents"}})"), http_answer(200, R"({"data":{"id":"12"}})"), http_answer(201, R"({"data":{"id":"1"}})"), http_answer(200, R"({"data":{"id":"12"}})"), http_answer(201, R"({"data":{"id":"2"}})")}, "", Outcome::retry_later, http_answer(200, R"({"data":[]})")},
      {"instatus", [](const TestHttpServer& s) { return Settings{{"api_key", secret_setting(the_secret)}, {"page", plain("pg1")}, {"components", ids({{ProviderName("example-mail"), "cmp1"}})}, {"url", plain(s.url(""))}}; },
       {http_answer(200, R"({"id":"inc1"})"), http_answer(200, R"({"id":"inc1"})"), http_answer(200, R"({"id":"inc1"})")}},
      {"alertmanager", [](const TestHttpServer& s) { return Settings{{"url", plain(s.url("/am/"))}, {"user", plain("canary")}, {"password", secret_setting(the_secret)}, {"labels", texts({{"team", "mail"}})}}; },
       std::vector(3, http_answer(200))},
      {"icinga", [](const TestHttpServer& s) { return Settings{{"url", plain(s.url(""))}, {"user", plain("canary")}, {"password", secret_setting(the_secret)}, {"host", plain("mx1")}, {"service", plain("mail delivery")}, {"ttl", plain("5m")}}; },
       std::vector(3, http_answer(200, R"({"results":[{"code":200.0,"status":"Successfully processed check result."}]})")),
       http_answer(200, R"({"results":[{"code":404.0,"status":"No objects found."}]})"), Outcome::bad_payload},
      {"nrdp", [](const TestHttpServer& s) { return Settings{{"url", plain(s.url("/nrdp"))}, {"token", secret_setting(the_secret)}, {"host", plain("mx1")}, {"service", plain("mail delivery")}}; },
       std::vector(3, http_answer(200, R"({"result":{"status":0,"message":"OK","meta":{"output":"1 checks processed."}}})")),
       http_answer(200, R"({"result":{"status":-1,"message":"BAD TOKEN"}})"), Outcome::channel_stopped},
      {"uptime_kuma", [](const TestHttpServer& s) { return Settings{{"url", secret_setting(s.url("/api/push/T0PSECRET?status=up&msg=OK&ping="))}}; },
       std::vector(3, http_answer(200, R"({"ok":true})")),
       http_answer(200, R"({"ok":false,"msg":"Monitor not found or not active."})"), Outcome::retry_later},
      {"gatus", [](const TestHttpServer& s) { return Settings{{"url", plain(s.url(""))}, {"key", plain("mail_delivery")}, {"token", secret_setting(the_secret)}}; },
       std::vector(3, http_answer(200))},
      {"webhook", [](const TestHttpServer& s) { return Settings{{"url", secret_setting(s.url("/hook/T0PSECRET"))}}; }, {ok, ok, ok}},
  };
}
// clang-format on

Service service_of(const char* kind) {
  const auto rows = services();
  return *std::find_if(rows.begin(), rows.end(), [&](const Service& row) { return row.kind == std::string(kind); });
}

std::vector<Notice> way_of_an_incident() {
  NoticePolicy policy;
  policy.notify.push_back({{}, {}, {ChannelName("hook")}, {}, {}});
  policy.page_url = "https://status.example";
  Incident incident = sample_outage();
  NoticeHistory history;
  std::vector<Notice> way;
  const auto step = [&](IncidentChange::Kind kind, const char* time, const char* id) {
    auto notices = notices_for(policy, history, {kind, incident}, at(time));
    REQUIRE(notices.size() == 1);
    notices[0].id = NoticeId(id);
    history.notices.push_back(notices[0]);
    way.push_back(notices[0]);
  };
  incident.impact = Impact::major;
  step(IncidentChange::Kind::opened, "2026-11-24T12:58:30Z", "01JDF0Q8M0N0T1CE0000000001");
  incident.impact = Impact::critical;
  step(IncidentChange::Kind::changed, "2026-11-24T13:02:10Z", "01JDF0Q8M0N0T1CE0000000002");
  incident.status = IncidentStatus::resolved;
  incident.resolved_at = at("2026-11-24T14:20:00Z");
  step(IncidentChange::Kind::resolved, "2026-11-24T14:20:00Z", "01JDF0Q8M0N0T1CE0000000003");
  return way;
}

}  // namespace mailcanary
