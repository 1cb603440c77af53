#include "tests/alerts/golden.h"

#include "alerts/pipeline.h"
#include "alerts/status_site.h"
#include "tests/alerts/samples.h"

using namespace mailcanary;

namespace {

void check_site(const std::string& folder, const StatusView& view) {
  for (const auto& [path, bytes] : render_site(view)) check_golden(folder + "/" + path, bytes);
  check_golden(folder + "/status.json", status_json(view));
}

}  // namespace

TEST_CASE("the site of a day on which all is well is as it was agreed") { check_site("all_well", sample_all_well()); }

TEST_CASE("the site during an outage is as it was agreed") { check_site("outage", sample_outage_view()); }

TEST_CASE("the site while something is not measured is as it was agreed") {
  check_site("unknown", sample_unknown_view());
}

TEST_CASE("every kind of notice reads as it was agreed") {
  const WallTime now = at("2026-11-24T13:05:07Z");
  Incident outage = sample_outage();
  std::string all;
  const auto add = [&](NoticeKind kind, const Incident& incident, WallTime when) {
    all += notice_title(kind, incident) + "\n" + notice_text(kind, incident, when) + "\n\n";
  };
  add(NoticeKind::opened, outage, now);
  add(NoticeKind::updated, outage, now);
  add(NoticeKind::reminder, outage, at("2026-11-24T13:31:00Z"));
  add(NoticeKind::escalated, outage, at("2026-11-25T00:10:00Z"));
  add(NoticeKind::resolved, sample_past_delay(), now);

  Incident delay = sample_past_delay();
  delay.status = IncidentStatus::monitoring;
  delay.resolved_at.reset();
  add(NoticeKind::updated, delay, at("2026-11-23T11:35:00Z"));
  delay.counts = {7, 0, 7, 0};
  delay.status = IncidentStatus::investigating;
  add(NoticeKind::opened, delay, at("2026-11-23T10:20:00Z"));

  outage.status = IncidentStatus::resolved;
  outage.resolved_at = at("2026-11-24T14:20:00Z");
  outage.counts = {60, 51, 0, 9, 2, 1};
  add(NoticeKind::resolved, outage, *outage.resolved_at);

  Incident own;
  own.title = "Our own resolver does not answer";
  own.impact = Impact::minor;
  own.opened_at = own.began_at = at("2026-11-24T13:00:00Z");
  own.blame.self = true;
  own.routes = {RouteName("shop-watch"), RouteName("watch-shop")};
  own.failing = own.routes;
  own.counts = {4, 0, 0, 0};
  add(NoticeKind::opened, own, now);
  // Nothing arrives, and nobody knows yet whether it will.
  Incident hole = sample_outage();
  hole.title = "Mail to Fastmail does not arrive";
  hole.blame.provider = ProviderName("fastmail");
  hole.blame.leg = Leg::inbound;
  hole.counts = {7, 0, 1, 0, 0, 0, 6};
  add(NoticeKind::opened, hole, now);
  hole.counts = {20, 0, 20, 0};
  add(NoticeKind::updated, hole, now + std::chrono::minutes(30));
  hole.counts = {41, 0, 29, 12};
  add(NoticeKind::updated, hole, now + std::chrono::minutes(60));
  hole.status = IncidentStatus::resolved;
  hole.resolved_at = now + std::chrono::minutes(70);
  hole.counts = {20, 0, 20, 0};
  add(NoticeKind::resolved, hole, now + std::chrono::minutes(70));
  check_golden("notices.txt", all);
}

TEST_CASE("every kind of public text reads as it was agreed") {
  const WallTime now = at("2026-11-24T13:05:07Z");
  std::string all;
  for (const Leg leg : {Leg::unknown, Leg::submit, Leg::outbound, Leg::inbound, Leg::mailbox}) {
    for (const IncidentCounts& counts : {IncidentCounts{}, IncidentCounts{14, 12, 2, 0}, IncidentCounts{20, 0, 9, 4},
                                         IncidentCounts{7, 0, 1, 0, 0, 0, 6}}) {
      Incident incident = sample_outage();
      incident.blame.leg = leg;
      incident.counts = counts;
      all += public_text(incident, now) + "\n";
    }
  }
  Incident incident = sample_outage();
  incident.status = IncidentStatus::monitoring;
  all += public_text(incident, now) + "\n";
  incident.blame.self = true;
  all += public_text(incident, now) + "\n";
  all += public_text(sample_past_delay(), now) + "\n";
  check_golden("public_texts.txt", all);
}
