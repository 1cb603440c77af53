// The report for programs. Field names are stable.
#include <nlohmann/json.hpp>

#include "core/units.h"
#include "monitor/report/report.h"

namespace mailcanary {
namespace {

using Json = nlohmann::ordered_json;

double in_minutes(Duration time) { return static_cast<double>(time.count()) / 60e6; }
Json maybe(const std::optional<double>& number) { return number ? Json(*number) : Json(nullptr); }
Json maybe(const std::optional<WallTime>& time) { return time ? Json(format_time(*time)) : Json(nullptr); }
Json milliseconds(const std::optional<Duration>& time) {
  return time ? Json(static_cast<double>(time->count()) / 1000) : Json(nullptr);
}

void put_tally(Json& json, const Tally& tally) {
  json["uptime"] = maybe(tally.uptime());
  json["minutes"] = {{"measured", in_minutes(tally.measured)},
                     {"bad", in_minutes(tally.bad)},
                     {"maintenance", in_minutes(tally.excluded)},
                     {"unknown", in_minutes(tally.unknown)}};
  json["in_time"] = maybe(tally.in_time());
  json["canaries"] = {{"sent", tally.sent()},
                      {"valid", tally.valid},
                      {"good", tally.good},
                      {"in_maintenance", tally.in_maintenance},
                      {"of_others", tally.of_others},
                      {"own_fault", tally.own_fault}};
  for (std::size_t fate = 0; fate < tally.by_fate.size(); ++fate)
    json["fates"][name_of(static_cast<Fate>(fate))] = tally.by_fate[fate];
  json["round_trip_ms"] = {{"p50", milliseconds(tally.latency.p50)},
                           {"p95", milliseconds(tally.latency.p95)},
                           {"p99", milliseconds(tally.latency.p99)}};
}

void put_budget(Json& json, const Budget& budget) {
  json["objective"] = budget.objective;
  json["verdict"] = name_of(budget.verdict);
  json["budget"] = {{"minutes", in_minutes(budget.allowed)},
                    {"minutes_spent", in_minutes(budget.spent)},
                    {"minutes_left", in_minutes(budget.allowed - budget.spent)},
                    {"canaries", budget.canaries_allowed},
                    {"canaries_spent", budget.canaries_spent},
                    {"canaries_left", budget.canaries_allowed - budget.canaries_spent},
                    {"ran_out_at", maybe(budget.ran_out_at)}};
}

Json json_of(const Month& month, const std::vector<DayTally>& days) {
  Json list = Json::array();
  for (std::size_t i = 0; i < days.size(); ++i)
    list.push_back({{"from", format_time(month.days[i].from)},
                    {"measured_minutes", in_minutes(days[i].measured)},
                    {"bad_minutes", in_minutes(days[i].bad)},
                    {"maintenance_minutes", in_minutes(days[i].excluded)}});
  return list;
}

Json json_of(const ReportedIncident& reported) {
  const Incident& incident = reported.incident;
  Json routes = Json::array();
  for (const auto& route : incident.routes) routes.push_back(route.str());
  return {{"id", incident.id.str()},
          {"name", incident.title},
          {"impact", name_of(incident.impact)},
          {"status", name_of(incident.status)},
          {"culprit", reported.culprit},
          {"leg", name_of(incident.blame.leg)},
          {"began_at", format_time(incident.began_at)},
          {"resolved_at", maybe(incident.resolved_at)},
          {"minutes_in_month", in_minutes(reported.span.until - reported.span.from)},
          {"in_maintenance", !incident.maintenance.empty()},
          {"routes", std::move(routes)}};
}

Json balance_json(const MonthReport& report) {
  if (!report.balanced_days) return {{"balanced", nullptr}};
  return {{"balanced", report.books.faults.empty()},
          {"from", format_time(report.balanced_days->from)},
          {"until", format_time(report.balanced_days->until)},
          {"sent", report.books.sent},
          {"faults", report.books.faults}};
}

}  // namespace

std::string report_json(const MonthReport& report) {
  Json json = {{"month", report.month.text},
               {"zone", report.month.zone},
               {"from", format_time(report.month.span.from)},
               {"until", format_time(report.until)},
               {"over", report.over},
               {"generated_at", format_time(report.generated_at)},
               {"vantages", report.vantages},
               {"slot", format_duration(report.slot)}};
  put_budget(json, report.budget);
  put_tally(json, report.all);
  json["days"] = json_of(report.month, report.days);
  json["providers"] = Json::array();
  for (const auto& provider : report.providers) {
    Json one = {{"id", provider.name.str()}, {"name", provider.title}, {"routes", provider.routes}};
    put_budget(one, provider.budget);
    put_tally(one, provider.tally);
    one["incident_minutes"] = {{"down", in_minutes(provider.down)}, {"degraded", in_minutes(provider.degraded)}};
    one["days"] = json_of(report.month, provider.days);
    json["providers"].push_back(std::move(one));
  }
  json["routes"] = Json::array();
  for (const auto& route : report.routes) {
    Json one = {{"name", route.name.str()},
                {"from", route.from.str()},
                {"to", route.to.str()},
                {"configured", route.standing == ReportedRoute::Standing::configured}};
    put_tally(one, route.tally);
    json["routes"].push_back(std::move(one));
  }
  json["incidents"] = Json::array();
  for (const auto& incident : report.incidents) json["incidents"].push_back(json_of(incident));
  json["unknown_days"] = Json::array();
  for (const auto& gap : report.gaps)
    json["unknown_days"].push_back(
        {{"from", format_time(gap.span.from)}, {"until", format_time(gap.span.until)}, {"reason", words_of(gap.why)}});
  json["balance"] = balance_json(report);
  json["remarks"] = report.remarks;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace mailcanary
