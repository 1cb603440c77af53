// What all channels have in common, one row a kind: a local server speaks by the rules of each service.
#include <nlohmann/json.hpp>

#include "config/channel_kinds.h"
#include "core/text.h"
#include "tests/alerts/channel_bed.h"
#include "tests/alerts/golden.h"

using namespace mailcanary;
using namespace std::chrono_literals;
using Outcome = Delivery::Outcome;

namespace {

constexpr const char* the_secret = "T0PSECRET";

using Settings = std::map<std::string, ChannelSetting>;

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

struct Service {
  const char* kind;
  Settings (*settings)(const TestHttpServer& server);
  // What the service answers to an incident's way: opened, updated, resolved; one answer a request.
  std::vector<std::string> way;
  // A failure inside a 200, where the service has such; and what it means.
  std::string inside = "";
  Outcome inside_means = Outcome::retry_later;
  // The answer of one that is asked first whether the incident is there already: it is not.
  std::string not_there = "";

  std::vector<std::string> after_a_look(std::vector<std::string> answers) const {
    if (!not_there.empty()) answers.insert(answers.begin(), not_there);
    return answers;
  }
};

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

// One incident: opened, updated when it grew worse, resolved.
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

std::string readable(const PostedRequest& request, const std::string& base) {
  std::string text = request.line.substr(0, request.line.rfind(' ')) + "\n";
  for (const char* name : {"authorization", "content-type", "x-gotify-key"}) {
    if (const std::string value = request.header(name); !value.empty()) text += std::string(name) + ": " + value + "\n";
  }
  const auto json = nlohmann::ordered_json::parse(request.body, nullptr, false);
  text += (json.is_discarded() ? request.body : json.dump(2)) + "\n";
  for (auto at = text.find(base); at != std::string::npos; at = text.find(base)) text.replace(at, base.size(), "SERVER");
  return text;
}

}  // namespace

TEST_CASE("each channel says what its service asks for, from the opening to the end of an incident") {
  for (const auto& service : services()) {
    if (service.kind == std::string("webhook")) continue;  // signed with the time of the attempt; webhook_test.cc
    CAPTURE(service.kind);
    const std::vector<std::string> answers = service.after_a_look(service.way);
    ChannelBed bed(answers);
    bed.make(service.kind, service.settings(bed.server));
    std::string said, ref;
    for (Notice notice : way_of_an_incident()) {
      notice.remote_ref = ref;
      const std::size_t before = bed.server.requests().size();
      const Delivery delivery = bed.deliver(notice);
      CHECK(delivery.outcome == Outcome::delivered);
      CHECK(delivery.detail.find(the_secret) == std::string::npos);
      if (!delivery.remote_ref.empty()) ref = delivery.remote_ref;
      said += std::string("==== ") + name_of(notice.kind) + "\n";
      for (std::size_t i = before; i < bed.server.requests().size(); ++i)
        said += readable(bed.server.requests()[i], bed.server.url(""));
    }
    CHECK(bed.server.requests().size() == answers.size());
    check_golden(std::string("channels/") + service.kind + ".txt", said);
  }
}

TEST_CASE("every kind that goes over HTTP has its row of common behaviours") {
  for (const auto& kind : channel_kinds()) {
    if (kind.reach != ChannelKind::Reach::http) continue;
    const auto rows = services();
    CAPTURE(kind.name);
    CHECK(std::any_of(rows.begin(), rows.end(), [&](const Service& row) { return row.kind == std::string(kind.name); }));
  }
}

TEST_CASE("each channel makes the same of what any service may answer") {
  struct Row {
    const char* sentence;
    std::vector<std::string> answers;
    Outcome outcome;
    std::optional<Duration> retry_after = {};
  };
  const Row rows[] = {
      {"too many requests are obeyed", {http_answer(429, "", "Retry-After: 7\r\n")}, Outcome::retry_later, 7s},
      {"a server in trouble is asked again", {http_answer(503, "busy T0PSECRET")}, Outcome::retry_later},
      {"a wrong key is final", {http_answer(401, R"({"message":"T0PSECRET"})")}, Outcome::channel_stopped},
      {"what is gone stays gone", {http_answer(410)}, Outcome::channel_stopped},
      {"a payload refused twice is final", {http_answer(422, "{}"), http_answer(422, "{}")}, Outcome::bad_payload},
      {"silence is tried again", {TestHttpServer::silence}, Outcome::retry_later},
      {"a reset is tried again", {TestHttpServer::reset}, Outcome::retry_later},
      {"an answer without end is none", {TestHttpServer::endless}, Outcome::retry_later},
  };
  for (const auto& service : services()) {
    for (const auto& row : rows) {
      CAPTURE(service.kind, row.sentence);
      ChannelBed bed(row.outcome == Outcome::bad_payload ? service.after_a_look(row.answers) : row.answers);
      bed.make(service.kind, service.settings(bed.server), row.answers[0] == TestHttpServer::silence ? 100ms : 5s);
      const Delivery delivery = bed.deliver(sample_notice());
      CAPTURE(delivery.detail);
      CHECK(delivery.outcome == row.outcome);
      if (row.retry_after) CHECK(delivery.retry_after == row.retry_after);
      CHECK(delivery.remote_ref.empty());
      CHECK(delivery.detail.find(the_secret) == std::string::npos);
      CHECK_FALSE(delivery.detail.empty());
    }
  }
}

TEST_CASE("a failure inside a 200 is a failure") {
  for (const auto& service : services()) {
    if (service.inside.empty()) continue;
    CAPTURE(service.kind);
    ChannelBed bed({service.inside, service.inside});
    bed.make(service.kind, service.settings(bed.server));
    const Delivery delivery = bed.deliver(sample_notice());
    CAPTURE(delivery.detail);
    CHECK(delivery.outcome == service.inside_means);
    CHECK(delivery.detail.find("failure inside") != std::string::npos);
    CHECK(delivery.remote_ref.empty());
  }
}

TEST_CASE("a service that failed once is told the same, with the same key, the next time") {
  for (const auto& service : services()) {
    CAPTURE(service.kind);
    std::vector<std::string> answers = service.after_a_look({http_answer(500)});
    for (const auto& answer : service.after_a_look({service.way[0]})) answers.push_back(answer);
    ChannelBed bed(answers);
    bed.make(service.kind, service.settings(bed.server));
    Notice notice = sample_notice();
    CHECK(bed.deliver(notice).outcome == Outcome::retry_later);
    notice.attempts = 1;
    CHECK(bed.deliver(notice).outcome == Outcome::delivered);
    const auto& requests = bed.server.requests();
    REQUIRE(requests.size() == answers.size());
    const auto& first = requests[requests.size() / 2 - 1];
    CHECK(first.line == requests.back().line);
    CHECK(first.body == requests.back().body);
  }
}

TEST_CASE("a message that somebody deleted is written anew") {
  struct Row {
    const char* kind;
    const char* ref;
    std::string gone;
  };
  const Row rows[] = {
      {"slack", "C1/16.9", http_answer(200, R"({"ok":false,"error":"message_not_found"})")},
      {"discord", "900", http_answer(404, R"({"message":"Unknown Message","code":10008})")},
      {"telegram", "6", http_answer(400, R"({"ok":false,"description":"Bad Request: message to edit not found"})")},
  };
  for (const auto& row : rows) {
    for (const auto& service : services()) {
      if (service.kind != std::string(row.kind)) continue;
      CAPTURE(row.kind);
      std::vector<std::string> answers = {row.gone, service.way[0]};
      ChannelBed bed(answers);
      bed.make(service.kind, service.settings(bed.server));
      Notice notice = sample_notice();
      notice.kind = NoticeKind::updated;
      notice.remote_ref = row.ref;
      const Delivery delivery = bed.deliver(notice);
      CHECK(delivery.outcome == Outcome::delivered);
      CHECK_FALSE(delivery.remote_ref.empty());
      CHECK(bed.server.requests().size() == answers.size());
    }
  }
}

namespace {

Service service_of(const char* kind) {
  const auto rows = services();
  return *std::find_if(rows.begin(), rows.end(), [&](const Service& row) { return row.kind == std::string(kind); });
}

// Where the incident is open though we do not know what it is called there.
struct Forgotten {
  const char* kind;
  std::string is_there, taken;
  const char* look;
  std::string change;
};
std::vector<Forgotten> forgotten() {
  return {
      {"statuspage", http_answer(200, R"([{"id":"other","metadata":{}},{"id":"inc1","metadata":{"mailcanary":{"incident":"01JDF0Q8M0SAMPLE0UTAGE0001"}}}])"),
       http_answer(200, R"({"id":"inc1"})"), "GET /v1/pages/pg1/incidents/unresolved ", "PATCH /v1/pages/pg1/incidents/inc1 "},
      {"cachet", http_answer(200, R"({"data":[{"id":"7","attributes":{"name":"Example Mail: mail is not accepted by all","status":{"value":1}}},
                                              {"id":"8","attributes":{"name":"Example Mail: mail is not accepted","status":{"value":4}}},
                                              {"id":"12","attributes":{"name":"Example Mail: mail is not accepted","status":{"value":2}}}]})"),
       http_answer(200, R"({"data":{"id":"12"}})"), "GET /api/incidents?per_page=50&filter%5Bname%5D=Example%20Mail%3A%20mail%20is%20not%20accepted ",
       "PUT /api/incidents/12 "},
  };
}

}  // namespace

TEST_CASE("an incident whose answer was lost, or not kept, is found on its page and neither made twice nor left open") {
  for (const auto& row : forgotten()) {
    const Service service = service_of(row.kind);
    for (const bool over : {false, true}) {
      for (const int attempts : {0, 1}) {
        CAPTURE(row.kind, over, attempts);
        ChannelBed bed({row.is_there, row.taken, http_answer(200, R"({"data":{"id":"1"}})")});
        bed.make(row.kind, service.settings(bed.server));
        Notice notice = over ? way_of_an_incident().back() : sample_notice();
        notice.attempts = attempts;
        const Delivery delivery = bed.deliver(notice);
        CHECK(delivery.outcome == Outcome::delivered);
        REQUIRE(bed.server.requests().size() >= 2);
        CAPTURE(bed.server.requests()[0].line, bed.server.requests()[1].line);
        CHECK(bed.server.requests()[0].line.starts_with(row.look));
        CHECK(bed.server.requests()[1].line.starts_with(row.change));
      }
    }
  }
}

TEST_CASE("a page that does not know how to be asked is written to all the same") {
  const Service cachet = service_of("cachet");
  ChannelBed bed({http_answer(400, R"({"message":"Requested filter(s) `name` are not allowed."})"), cachet.way[0], cachet.way[2]});
  bed.make("cachet", cachet.settings(bed.server));
  CHECK(bed.deliver(sample_notice()).remote_ref == "12");
}

TEST_CASE("a row of a page elsewhere shows the worst of all open incidents, also when one of them ends") {
  struct Row {
    const char* kind;
    const char* green;   // after the end, when nothing else is open
    const char* worse;   // after the end, or a minor one, beside a major one
  };
  const Row rows[] = {{"statuspage", R"("components":{"b13yz5g2cw10":"operational"})", R"("components":{"b13yz5g2cw10":"partial_outage"})"},
                      {"cachet", R"("components":[{"id":3,"status":1}])", R"("components":[{"id":3,"status":3}])"},
                      {"instatus", R"("statuses":[{"id":"cmp1","status":"OPERATIONAL"}])", R"("statuses":[{"id":"cmp1","status":"PARTIALOUTAGE"}])"}};
  for (const auto& row : rows) {
    const Service service = service_of(row.kind);
    const auto says = [&](Notice notice, Impact beside) {
      notice.remote_ref = "12";
      if (beside != Impact::none) notice.components_beside[ProviderName("example-mail")] = beside;
      ChannelBed bed({service.way[0], service.way[0]});
      bed.make(row.kind, service.settings(bed.server));
      bed.deliver(notice);
      return bed.server.requests().front().body;
    };
    Notice minor = sample_notice(), end = way_of_an_incident().back();
    minor.impact = Impact::minor;
    CAPTURE(row.kind, says(end, Impact::none), says(end, Impact::major), says(minor, Impact::major));
    CHECK(says(end, Impact::none).find(row.green) != std::string::npos);
    CHECK(says(end, Impact::major).find(row.worse) != std::string::npos);
    CHECK(says(minor, Impact::major).find(row.worse) != std::string::npos);
  }
}

TEST_CASE("what the other open incidents make of each row: the worst, without faults of our own and the incident itself") {
  const auto told = [](const char* id, Impact impact, const char* components, const char* self) {
    Notice notice;
    notice.incident = IncidentId(id);
    notice.impact = impact;
    notice.detail = std::string(R"({"components":)") + components + R"(,"blames":{"self":)" + self + "}}";
    return notice;
  };
  Standing standing;
  standing.open = {told("A", Impact::critical, R"(["one"])", "false"), told("B", Impact::minor, R"(["one","two"])", "false"),
                   told("C", Impact::major, R"(["two"])", "false"), told("D", Impact::critical, R"(["two"])", "true")};
  using Rows = std::map<ProviderName, Impact>;
  CHECK(components_beside(standing, IncidentId("A")) == Rows{{ProviderName("one"), Impact::minor}, {ProviderName("two"), Impact::major}});
  CHECK(components_beside(standing, IncidentId("C")) == Rows{{ProviderName("one"), Impact::critical}, {ProviderName("two"), Impact::minor}});
}

TEST_CASE("a fault of our own is no incident for the customers of a page elsewhere") {
  Incident own = sample_outage();
  own.blame = {};
  own.blame.self = true;
  NoticePolicy policy;
  policy.notify.push_back({{}, {}, {ChannelName("hook")}, {}, {}});
  const auto notices = notices_for(policy, {}, {IncidentChange::Kind::opened, own}, own.opened_at);
  for (const char* kind : {"statuspage", "cachet", "instatus"}) {
    const Service service = service_of(kind);
    ChannelBed bed(service.after_a_look(service.way));
    bed.make(kind, service.settings(bed.server));
    CHECK(bed.deliver(notices.at(0)).outcome == Outcome::delivered);
    CHECK(bed.server.requests().empty());
  }
}

TEST_CASE("two open incidents with one cause are two alerts wherever people are called") {
  for (const char* kind : {"pagerduty", "opsgenie", "splunk_oncall", "grafana_irm", "incident_io", "pushover", "alertmanager"}) {
    CAPTURE(kind);
    const Service service = service_of(kind);
    ChannelBed bed(std::vector(4, service.way[0]));
    bed.make(kind, service.settings(bed.server));
    Notice first = sample_notice(), second = sample_notice();
    second.incident = IncidentId("01JDF0Q8M0SAMPLE0UTAGE0002");
    REQUIRE(first.incident_key == second.incident_key);
    bed.deliver(first);
    bed.deliver(second);
    const auto& requests = bed.server.requests();
    CHECK(requests.front().body.find("01JDF0Q8M0SAMPLE0UTAGE0001") != std::string::npos);
    CHECK(requests.back().body.find("01JDF0Q8M0SAMPLE0UTAGE0002") != std::string::npos);
    // The end goes to the same alert.
    for (Notice end : way_of_an_incident()) {
      if (end.kind != NoticeKind::resolved) continue;
      const std::size_t before = requests.size();
      bed.deliver(end);
      std::string said;
      for (std::size_t i = before; i < requests.size(); ++i) said += requests[i].line + requests[i].body;
      CHECK(said.find("01JDF0Q8M0SAMPLE0UTAGE0001") != std::string::npos);
    }
  }
}

TEST_CASE("what is for those on call never reaches a page for customers") {
  for (const char* kind : {"statuspage", "cachet", "instatus"}) {
    for (const auto& service : services()) {
      if (service.kind != std::string(kind)) continue;
      CAPTURE(kind);
      ChannelBed bed(service.after_a_look(service.way));
      bed.make(kind, service.settings(bed.server));
      for (const auto& notice : way_of_an_incident()) bed.deliver(notice);
      for (const auto& request : bed.server.requests()) {
        CHECK(request.body.find("mx1.example.net") == std::string::npos);
        CHECK(request.body.find("192.0.2.7") == std::string::npos);
        CHECK(request.body.find("shop-watch") == std::string::npos);
      }
      Notice reminder = sample_notice();
      reminder.kind = NoticeKind::reminder;
      const std::size_t before = bed.server.requests().size();
      CHECK(bed.deliver(reminder).outcome == Outcome::delivered);
      CHECK(bed.server.requests().size() == before);
    }
  }
}

TEST_CASE("the address of a connector that Microsoft has switched off is refused with what to do") {
  ChannelBed bed({});
  Channel channel;
  channel.name = ChannelName("team");
  channel.kind = "teams";
  channel.settings["webhook"] = secret_setting("https://example.webhook.office.com/webhookb2/x");
  const auto made = make_channel({bed.loop, bed.http}, channel);
  REQUIRE_FALSE(made);
  CHECK(made.error().message.find("make a Workflows webhook") != std::string::npos);
  CHECK(made.error().message.find("webhookb2") == std::string::npos);
}

TEST_CASE("services that forget are told again how things stand, and that all is well") {
  struct Row {
    const char* kind;
    Standing standing;
    const char* says;  // empty: nothing is sent
  };
  Notice open = sample_notice();
  open.remote_ref = "critical";
  Notice minor = sample_notice();
  minor.impact = Impact::minor;
  const Row rows[] = {
      {"alertmanager", {{open, minor}, ""}, R"("severity":"critical")"},
      {"alertmanager", {}, ""},
      {"icinga", {{open, minor}, ""}, R"("exit_status":2,"plugin_output":"[critical] Example Mail: mail is not accepted and 1 more)"},
      {"icinga", {{minor}, ""}, R"("exit_status":1)"},
      {"icinga", {}, R"("exit_status":0,"plugin_output":"mail gets through: no incident is open")"},
      {"icinga", {{}, "delivery: no fresh | measurement"}, R"("exit_status":3,"plugin_output":"nothing is known of delivery: no fresh / measurement")"},
      {"nrdp", {}, "%22state%22%3A%220%22"},
      {"uptime_kuma", {}, "?status=up&msg=mail%20gets%20through"},
      {"uptime_kuma", {{}, "delivery: no fresh measurement"}, "?status=down&msg=nothing%20is%20known"},
      {"gatus", {{minor}, ""}, "/api/v1/endpoints/mail_delivery/external?success=false&error="},
  };
  for (const auto& row : rows) {
    for (const auto& service : services()) {
      if (service.kind != std::string(row.kind)) continue;
      CAPTURE(row.kind, row.says);
      ChannelBed bed(service.way);
      bed.make(service.kind, service.settings(bed.server));
      CHECK(bed.adapter->repeat_every() > Duration::zero());
      const Delivery delivery = bed.repeat(row.standing);
      CHECK(delivery.outcome == Outcome::delivered);
      REQUIRE(bed.server.requests().size() == (*row.says == '\0' ? 0 : 1));
      if (*row.says == '\0') continue;
      const auto& request = bed.server.requests().front();
      CAPTURE(request.line, request.body);
      CHECK((request.line + request.body).find(row.says) != std::string::npos);
    }
  }
}

TEST_CASE("an end is no all-clear for a service while another incident is open") {
  for (const auto& service : services()) {
    if (service.kind != std::string("icinga")) continue;
    ChannelBed bed(service.way);
    bed.make(service.kind, service.settings(bed.server));
    Notice notice = way_of_an_incident().back();
    notice.beside = Impact::minor;
    bed.deliver(notice);
    CHECK(bed.server.requests().front().body.find(
              R"("exit_status":1,"plugin_output":"[resolved] Example Mail: mail is not accepted; another incident is still open)") !=
          std::string::npos);
  }
}

TEST_CASE("an alert that grows worse is one of its own at Alertmanager, and the milder one ends with it") {
  for (const auto& service : services()) {
    if (service.kind != std::string("alertmanager")) continue;
    ChannelBed bed(service.way);
    bed.make(service.kind, service.settings(bed.server));
    auto way = way_of_an_incident();  // major, critical, resolved
    const Delivery first = bed.deliver(way[0]);
    CHECK(first.remote_ref == "error");
    way[1].remote_ref = first.remote_ref;
    const Delivery second = bed.deliver(way[1]);
    CHECK(second.remote_ref == "critical");
    const auto alerts = nlohmann::json::parse(bed.server.requests()[1].body);
    REQUIRE(alerts.size() == 2);
    CHECK(alerts[0]["labels"]["severity"] == "error");
    CHECK(alerts[0]["endsAt"] == "2026-11-24T13:02:10.000Z");
    CHECK(alerts[1]["labels"]["severity"] == "critical");
    CHECK_FALSE(alerts[1].contains("endsAt"));
  }
}

TEST_CASE("labels that Alertmanager would refuse, or that would make one alert of all, are refused at the start") {
  for (const char* name : {"severity", "incident", "alertname", "9lives", "__name", "a-b"}) {
    CAPTURE(name);
    ChannelBed bed({});
    Channel channel;
    channel.name = ChannelName("am");
    channel.kind = "alertmanager";
    channel.settings = {{"url", plain("http://127.0.0.1:9093")}, {"labels", texts({{name, "x"}})}};
    const auto made = make_channel({bed.loop, bed.http}, channel);
    REQUIRE_FALSE(made);
    CHECK(made.error().message.starts_with("channel am (alertmanager): labels: "));
  }
}
