#include "tests/alerts/samples.h"

#include "alerts/pipeline.h"

namespace mailcanary {
namespace {

using namespace std::chrono_literals;

constexpr const char* sample_now = "2026-11-24T13:05:07Z";

// Ninety days, or fewer; each like the others but for what the position decides.
std::vector<DayBar> sample_days(int count) {
  std::vector<DayBar> days;
  const WallTime today = at("2026-11-24T00:00:00Z");
  for (int age = count - 1; age >= 0; --age) {
    DayBar day;
    day.day = today - 24h * age;
    day.delivered = age == 0 ? 157 : 288;
    if (age % 13 == 4) day.late = 2, day.delivered -= 2;
    if (age == 1) day.late = 41, day.delivered -= 41, day.worst = Impact::minor;
    if (age == 37) day.failed = 96, day.delivered -= 96, day.worst = Impact::critical;
    if (age == 61) day.delivered = 0;
    days.push_back(day);
  }
  return days;
}

// A quiet night, a busy morning, two hours in which nothing arrived.
std::vector<TimePoint> sample_hours() {
  std::vector<TimePoint> points;
  const WallTime first = at("2026-11-23T14:00:00Z");
  for (int hour = 0; hour < 24; ++hour) {
    if (hour == 3 || hour == 4) continue;
    const Duration p50 = 2900ms + 120ms * (hour % 5) + (hour > 17 ? 900ms : 0ms);
    points.push_back({first + 1h * hour, p50, p50 * 2 + 350ms * (hour % 7)});
  }
  return points;
}

std::vector<TimePoint> sample_month() {
  std::vector<TimePoint> points;
  const WallTime first = at("2026-10-26T00:00:00Z");
  for (int day = 0; day < 30; ++day) {
    const Duration p50 = 3100ms + 90ms * (day % 6);
    points.push_back({first + 24h * day, p50, day == 28 ? Duration(95s) : p50 * 2 + 500ms * (day % 4)});
  }
  return points;
}

ComponentView sample_component(const char* id, const char* name, int days) {
  ComponentView component;
  component.id = id;
  component.name = name;
  component.status = "operational";
  component.last_delivered_at = at("2026-11-24T13:04:12Z");
  component.p50 = 3214ms;
  component.p95 = 8120ms;
  component.since = at("2026-06-01T08:00:00Z");
  component.updated_at = at("2026-11-23T11:40:00Z");
  component.days = sample_days(days);
  component.by_hour = sample_hours();
  component.by_day = sample_month();
  return component;
}

RouteView sample_route(const char* name, RouteState state, const char* reason, const char* fate) {
  RouteView route;
  route.name = RouteName(name);
  route.state = state;
  route.reason = reason;
  route.last_fate = fate;
  route.last_delivered_at = at("2026-11-24T12:51:03Z");
  route.p50 = 3214ms;
  route.p95 = 8120ms;
  return route;
}

void settle(StatusView& view) {
  const Overall overall = overall_of(view.components, view.incidents);
  view.indicator = overall.indicator;
  view.description = overall.description;
}

void tell(Incident& incident, const char* time, IncidentStatus status, IncidentCounts counts) {
  incident.status = status;
  incident.counts = counts;
  incident.updated_at = at(time);
  if (status == IncidentStatus::resolved) incident.resolved_at = at(time);
  incident.updates.push_back(
      {at(time), status, notice_text(NoticeKind::updated, incident, at(time)), public_text(incident, at(time))});
}

}  // namespace

Incident sample_outage() {
  Incident incident;
  incident.id = IncidentId("01JDF0Q8M0SAMPLE0UTAGE0001");
  incident.key = "example-mail.submit";
  incident.title = "Example Mail: mail is not accepted";
  incident.impact = Impact::major;
  incident.opened_at = at("2026-11-24T12:58:30Z");
  incident.began_at = at("2026-11-24T12:56:00Z");
  incident.blame.provider = ProviderName("example-mail");
  incident.blame.leg = Leg::submit;
  for (const char* name : {"shop-watch", "shop-office", "watch-shop"}) incident.routes.emplace_back(name);
  incident.failing = {RouteName("shop-watch"), RouteName("shop-office")};
  incident.components = {ProviderName("example-mail")};
  incident.rule = "failing";
  incident.reason = "3 of 3 canaries failed over 15 min (limit 50%)";
  incident.first_error = "450 4.3.2 mx1.example.net: too many connections from 192.0.2.7";
  incident.evidence = {CanaryId("01JDF0KAAA0000000000000001"), CanaryId("01JDF0KAAA0000000000000002")};
  tell(incident, "2026-11-24T12:58:30Z", IncidentStatus::investigating, {3, 3, 0, 0});
  incident.impact = Impact::critical;
  tell(incident, "2026-11-24T13:02:10Z", IncidentStatus::identified, {14, 12, 2, 0, 0, 1});
  return incident;
}

Incident sample_past_delay() {
  Incident incident;
  incident.id = IncidentId("01JDCAVV00SAMPLEDE1AY00001");
  incident.key = "fastmail.inbound";
  incident.title = "Mail to Fastmail is delayed";
  incident.impact = Impact::minor;
  incident.opened_at = at("2026-11-23T10:20:00Z");
  incident.began_at = at("2026-11-23T10:11:00Z");
  incident.blame.provider = ProviderName("fastmail");
  incident.blame.leg = Leg::inbound;
  incident.routes = {RouteName("shop-watch")};
  incident.components = {ProviderName("fastmail")};
  incident.rule = "late";
  incident.reason = "65% of 20 canaries were late over 30 min (limit 50%)";
  tell(incident, "2026-11-23T10:20:00Z", IncidentStatus::investigating, {20, 0, 9, 4});
  tell(incident, "2026-11-23T11:31:00Z", IncidentStatus::monitoring, {44, 0, 3, 38});
  tell(incident, "2026-11-23T11:40:00Z", IncidentStatus::resolved, {44, 0, 0, 41});
  return incident;
}

MaintenanceView sample_maintenance() {
  MaintenanceView maintenance{"01JDSAMPLEMA1NTENANCE00001",
                              "Move to new storage",
                              "Mail waits for up to two hours and is delivered afterwards.",
                              at("2026-11-28T02:00:00Z"),
                              at("2026-11-28T04:00:00Z"),
                              {"fastmail"}};
  maintenance.announced_at = at("2026-11-20T09:15:00Z");
  return maintenance;
}

StatusView sample_all_well() {
  StatusView view;
  view.generated_at = at(sample_now);
  view.vantage = view.public_vantage = "fra1";
  view.title = "Example Mail status";
  view.url = "https://status.example";
  view.components = {sample_component("example-mail", "Example Mail", 90), sample_component("fastmail", "Fastmail", 90),
                     sample_component("newcomer", "Newcomer Post", 12)};
  view.incidents = {sample_past_delay()};
  view.maintenance = {sample_maintenance()};
  view.past_maintenance = {sample_maintenance()};
  MaintenanceView& past = view.past_maintenance[0];
  past.id = "01JDSAMPLEMA1NTENANCE00000";
  past.name = past.text = "Renewal of certificates";
  past.announced_at = at("2026-10-30T08:00:00Z");
  past.from = at("2026-11-03T22:00:00Z");
  past.until = at("2026-11-03T22:30:00Z");
  past.components = {"example-mail", "newcomer"};
  view.routes = {sample_route("shop-watch", RouteState::ok, "", "delivered"),
                 sample_route("watch-shop", RouteState::ok, "", "delivered")};
  settle(view);
  return view;
}

StatusView sample_outage_view() {
  StatusView view = sample_all_well();
  view.incidents = {sample_outage(), sample_past_delay()};
  ComponentView& broken = view.components[0];
  broken.status = "major_outage";
  broken.updated_at = at("2026-11-24T12:58:30Z");
  broken.last_delivered_at = at("2026-11-24T12:51:03Z");
  broken.p50.reset();
  broken.p95.reset();
  broken.days.back().failed = 14;
  broken.days.back().worst = Impact::critical;
  view.components[2].unknown = true;
  view.components[2].unknown_reason = "no fresh measurement";
  view.routes[0] =
      sample_route("shop-watch", RouteState::down, "3 of 3 canaries failed over 15 min (limit 50%)", "deferred");
  settle(view);
  return view;
}

StatusView sample_unknown_view() {
  StatusView view = sample_all_well();
  view.incidents.clear();
  view.maintenance.clear();
  view.past_maintenance.clear();
  view.components[1].unknown = true;
  view.components[1].unknown_reason = "our own resolver does not answer";
  view.components[1].by_hour.clear();
  view.routes[1] = sample_route("watch-shop", RouteState::unknown, "our own resolver does not answer", "");
  settle(view);
  return view;
}

StatusView sample_hostile_view() {
  const std::string attack = "</title><script>alert(1)</script>\"'&\x1b[31m\r\n\xE2\x80\xAE\xFF";
  StatusView view = sample_outage_view();
  view.title = view.vantage = view.public_vantage = attack;
  view.url = "https://status.example/\"><script>alert(2)</script>";
  for (auto& component : view.components) component.id = component.name = component.unknown_reason = attack;
  for (auto& incident : view.incidents) {
    incident.title = incident.key = incident.rule = incident.reason = incident.first_error = attack;
    incident.id = IncidentId(attack);
    incident.components = {ProviderName(attack)};
    for (auto& update : incident.updates) update.text = update.public_text = attack;
  }
  for (auto* list : {&view.maintenance, &view.past_maintenance})
    for (auto& maintenance : *list) {
      maintenance.id = maintenance.name = maintenance.text = attack;
      maintenance.components = {attack};
    }
  for (auto& route : view.routes) {
    route.name = RouteName(attack);
    route.reason = route.last_fate = attack;
  }
  view.components[1].unknown = true;
  settle(view);
  return view;
}

}  // namespace mailcanary
