// Debian's own Alertmanager and Prometheus take what we say.
#include <algorithm>
#include <thread>

#include <fmt/format.h>

#include "alerts/channel.h"
#include "alerts/pipeline.h"
#include "tests/catch.h"
#include "tests/e2e/prometheus.h"
#include "tests/places.h"

using namespace mailcanary::testbed;
using namespace std::chrono_literals;

namespace mailcanary::testbed {
namespace {

Incident outage(Impact impact) {
  Incident incident;
  const WallTime now = real_clock().now().wall;
  incident.id = IncidentId(make_ulid(now));
  incident.key = "example-mail.submit";
  incident.title = "Example Mail: mail is not accepted";
  incident.impact = impact;
  incident.opened_at = incident.updated_at = now;
  incident.began_at = now - std::chrono::minutes(3);
  return incident;
}

Notice notice_of(NoticeKind kind, const Incident& incident) {
  Notice notice;
  const WallTime now = real_clock().now().wall;
  notice.id = NoticeId(make_ulid(now));
  notice.incident = incident.id;
  notice.incident_key = incident.key;
  notice.kind = kind;
  notice.impact = incident.impact;
  notice.created_at = now;
  notice.title = notice_title(kind, incident);
  notice.text = notice_text(kind, incident, now);
  notice.detail = incident_json(incident);
  return notice;
}

// The channel as `run` has it, and the alerts that it left at Alertmanager.
class AlertBed {
 public:
  AlertBed() {
    Channel channel;
    channel.name = ChannelName("alerts");
    channel.kind = "alertmanager";
    channel.settings["url"].text = manager.url();
    channel.settings["labels"].texts = {{"team", "mail"}};
    adapter_ = std::move(*make_channel({loop_, http_}, channel));
  }
  void deliver(NoticeKind kind, const Incident& incident) {
    Notice notice = notice_of(kind, incident);
    notice.remote_ref = ref_;
    Delivery delivery;
    loop_.run_until_done(deliver_into(adapter_.get(), notice, &delivery));
    REQUIRE(delivery.outcome == Delivery::Outcome::delivered);
    ref_ = delivery.remote_ref;
    last_ = notice;
    last_.remote_ref = ref_;
  }
  void repeat() {
    Delivery delivery;
    loop_.run_until_done(repeat_into(adapter_.get(), Standing{{last_}, ""}, &delivery));
    REQUIRE(delivery.outcome == Delivery::Outcome::delivered);
  }
  std::vector<std::string> severities() const {
    std::vector<std::string> found;
    for (const auto& alert : manager.alerts()) found.push_back(alert.at("labels").at("severity"));
    std::sort(found.begin(), found.end());
    return found;
  }

  Alertmanager manager{3s};

 private:
  static Task<void> deliver_into(ChannelAdapter* adapter, Notice notice, Delivery* result) {
    Delivery delivery = co_await adapter->deliver(std::move(notice));
    *result = std::move(delivery);
  }
  static Task<void> repeat_into(ChannelAdapter* adapter, Standing standing, Delivery* result) {
    Delivery delivery = co_await adapter->repeat(std::move(standing));
    *result = std::move(delivery);
  }
  EventLoop loop_;
  HttpClient http_{loop_};
  std::unique_ptr<ChannelAdapter> adapter_;
  std::string ref_;
  Notice last_;
};

using Severities = std::vector<std::string>;

}  // namespace

TEST_CASE("alerts appear at a real Alertmanager, stay while they are repeated, grow worse and resolve") {
  AlertBed bed;
  Incident incident = outage(Impact::minor);
  bed.deliver(NoticeKind::opened, incident);
  REQUIRE(eventually([&] { return bed.severities() == Severities{"warning"}; }));
  CHECK(bed.manager.alerts()[0]["labels"]["team"] == "mail");
  CHECK(bed.manager.alerts()[0]["labels"]["incident"] == "example-mail.submit");
  CHECK(bed.manager.alerts()[0]["annotations"]["summary"] == "[minor] Example Mail: mail is not accepted");

  const auto twice_the_timeout = std::chrono::steady_clock::now() + 6s;
  while (std::chrono::steady_clock::now() < twice_the_timeout) {
    bed.repeat();
    CHECK(bed.severities() == Severities{"warning"});
    std::this_thread::sleep_for(500ms);
  }

  incident.impact = Impact::critical;
  bed.deliver(NoticeKind::updated, incident);
  CHECK(eventually([&] { return bed.severities() == Severities{"critical"}; }));

  incident.status = IncidentStatus::resolved;
  incident.resolved_at = real_clock().now().wall;
  bed.deliver(NoticeKind::resolved, incident);
  CHECK(eventually([&] { return bed.severities().empty(); }));
}

TEST_CASE("an alert that is not repeated ends at a real Alertmanager, which is why open ones are") {
  AlertBed bed;
  bed.deliver(NoticeKind::opened, outage(Impact::major));
  REQUIRE(eventually([&] { return bed.severities() == Severities{"error"}; }));
  CHECK(eventually([&] { return bed.severities().empty(); }));
}

TEST_CASE("a real Prometheus scrapes run, and every rule in packaging can be evaluated") {
  const MailBed mail;
  const Watch watch({account_of(mail, "shop"), account_of(mail, "watch")},
                    "\nroutes:\n  - {mesh: [shop, watch], every: 1s, late_after: 30s, lost_after: 10m}\n");
  const Daemon daemon(watch);
  const Prometheus prometheus(watch.port());
  CHECK(eventually([&] { return prometheus.query("up", "job") == std::map<std::string, double>{{"mailcanary", 1}}; }));
  CHECK(eventually([&] {
    return prometheus.query("mailcanary_route_state{state=\"ok\"}", "route") ==
           std::map<std::string, double>{{"shop-watch", 1}, {"watch-shop", 1}};
  }));
  CHECK(eventually([&] { return prometheus.query("sum by (stage) (mailcanary_stage_seconds_count)", "stage").contains("submit"); }));
  CHECK(eventually([&] {
    const json rules = prometheus.rules();
    return !rules.empty() && std::all_of(rules.begin(), rules.end(), [](const json& rule) { return rule["health"] == "ok"; });
  }));

  const auto checked = run_program({{"promtool", "check", "metrics"}, get(watch, "/metrics").body, {}, {}}, patience);
  CHECK(checked.exit_code == 0);
  CHECK(checked.out + checked.err == "");
  const auto rules = source_folder() / "packaging/prometheus.rules.yaml";
  const auto proven = run_program({{"promtool", "check", "rules", "--lint=all", "--lint-fatal", rules.string()}, {}, {}, {}}, patience);
  CAPTURE(proven.out, proven.err);
  CHECK(proven.exit_code == 0);
}

TEST_CASE("the rule for a daemon that stands still is quiet beside ticks, and ticks that stop have one of their own") {
  const std::string series = R"(evaluation_interval: 1m
tests:
  # tick by cron every five minutes, and then no more.
  - interval: 5m
    input_series:
      - {series: 'mailcanary_last_turn_timestamp_seconds{job="node"}', values: '0 300 600 600 600 600 600 600'}
    alert_rule_test:
      - {eval_time: 14m, alertname: MailcanaryStandsStill}
      - {eval_time: 14m, alertname: MailcanaryTicksStopped}
      - eval_time: 27m
        alertname: MailcanaryTicksStopped
        exp_alerts:
          - exp_labels: {severity: critical, job: node}
            exp_annotations: {summary: "mailcanary tick has not run for 15 minutes: mail is not being watched"}
  # run, whose loop stands still.
  - interval: 15s
    input_series:
      - {series: 'mailcanary_last_turn_timestamp_seconds{job="mailcanary"}', values: '0 15 30 30 30 30 30 30 30 30 30 30'}
    alert_rule_test:
      - {eval_time: 1m, alertname: MailcanaryStandsStill}
      - eval_time: 2m
        alertname: MailcanaryStandsStill
        exp_alerts:
          - exp_labels: {severity: critical, job: mailcanary}
            exp_annotations: {summary: "Mailcanary answers but does no work: mail is not being watched"}
)";
  const TestFolder folder;
  const auto file = folder.path / "rules_test.yaml";
  const auto rules = source_folder() / "packaging/prometheus.rules.yaml";
  write_file(file, fmt::format("rule_files: [\"{}\"]\n", rules.string()) + series);
  const auto proven = run_program({{"promtool", "test", "rules", file.string()}, {}, {}, {}}, patience);
  CAPTURE(proven.out, proven.err);
  CHECK(proven.exit_code == 0);
}

}  // namespace mailcanary::testbed
