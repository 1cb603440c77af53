// What all channels have in common, one row a kind: a local server speaks by the rules of each service.
#include <nlohmann/json.hpp>

#include "config/channel_kinds.h"
#include "core/text.h"
#include "tests/alerts/channel_bed.h"
#include "tests/alerts/channel_services.h"
#include "tests/alerts/golden.h"

using namespace mailcanary;
using namespace std::chrono_literals;
using Outcome = Delivery::Outcome;

namespace {

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
