// `mailcanary status --json`: everything the operator may see, in the words of the design.
#include <nlohmann/json.hpp>

#include "alerts/incident_object.h"
#include "alerts/status/levels.h"
#include "alerts/status_view.h"
#include "core/units.h"

namespace mailcanary {
namespace {

using nlohmann::ordered_json;

ordered_json text_or_null(const std::string& text) { return text.empty() ? ordered_json(nullptr) : ordered_json(text); }

ordered_json round_trip_object(const std::optional<Duration>& p50, const std::optional<Duration>& p95) {
  return {{"p50", json_milliseconds(p50)}, {"p95", json_milliseconds(p95)}};
}

ordered_json component_object(const ComponentView& component) {
  // Whoever reads only `status` must not take what is not measured for healthy.
  const bool unknown = level_of_component(component) == Level::unknown;
  return {{"id", component.id},
          {"name", component.name},
          {"status", unknown ? "unknown" : component.status},
          {"unknown", component.unknown},
          {"reason", text_or_null(component.unknown_reason)},
          {"last_delivered_at", json_time(component.last_delivered_at)},
          {"round_trip_ms", round_trip_object(component.p50, component.p95)},
          {"provider_says", text_or_null(component.provider_says)},
          {"updated_at", format_time(component.updated_at)}};
}

ordered_json route_object(const RouteView& route) {
  return {{"name", route.name.str()},
          {"state", name_of(route.state)},
          {"reason", route.reason},
          {"last_fate", text_or_null(route.last_fate)},
          {"last_delivered_at", json_time(route.last_delivered_at)},
          {"round_trip_ms", round_trip_object(route.p50, route.p95)}};
}

ordered_json maintenance_object(const MaintenanceView& maintenance) {
  return {{"id", maintenance.id},
          {"name", maintenance.name},
          {"text", text_or_null(maintenance.text)},
          {"from", format_time(maintenance.from)},
          {"until", format_time(maintenance.until)},
          {"components", maintenance.components}};
}

template <class List, class ToObject>
ordered_json array_of(const List& list, ToObject to_object) {
  ordered_json array = ordered_json::array();
  for (const auto& item : list) array.push_back(to_object(item));
  return array;
}

}  // namespace

std::string status_json(const StatusView& view) {
  std::vector<Incident> recent;
  for (const auto& incident : view.incidents)
    if (incident.open() || incident.updated_at >= view.generated_at - std::chrono::hours(24 * 90))
      recent.push_back(incident);
  return json_text({{"generated_at", format_time(view.generated_at)},
                    {"vantage", view.vantage},
                    {"status", {{"indicator", view.indicator}, {"description", view.description}}},
                    {"components", array_of(view.components, component_object)},
                    {"incidents", array_of(recent, incident_object)},
                    {"maintenance", array_of(view.maintenance, maintenance_object)},
                    {"routes", array_of(view.routes, route_object)}},
                   JsonStyle::readable) +
         "\n";
}

}  // namespace mailcanary
