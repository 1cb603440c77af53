#include "alerts/status/api_v2.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "alerts/incident_object.h"
#include "alerts/pipeline.h"
#include "alerts/status/incident_parts.h"
#include "alerts/status/levels.h"
#include "core/crypto.h"
#include "core/units.h"

namespace mailcanary {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t most_incidents = 50;  // as Statuspage lists
constexpr std::size_t id_length = 12;

// Readers of several pages tell them apart by this. The address is what a page keeps when its title changes.
std::string page_id(const StatusView& view) {
  const std::string& source = view.url.empty() ? view.title : view.url;
  return to_base32_lower(sha256(source)).substr(0, id_length);
}

// A page on which nothing ever happened has not changed since the beginning of time: with the hour of the publication it
// would be another page each time.
WallTime last_change(const StatusView& view) {
  WallTime last{};
  for (const auto& component : view.components) last = std::max(last, component.updated_at);
  for (const auto& incident : view.incidents) last = std::max(last, incident.updated_at);
  return last;
}

ordered_json page_object(const StatusView& view) {
  return {{"id", page_id(view)},
          {"name", view.title},
          {"url", view.url},
          {"time_zone", "Etc/UTC"},
          {"updated_at", format_time(last_change(view))}};
}

// Statuspage knows no "unknown". "none" would claim a health that nobody measured, and "major" an outage that nobody
// saw; so it is "minor", the mildest word that makes a reader look, and the description says what is really the case.
ordered_json status_object(const StatusView& view) {
  const Level level = level_of_indicator(view.indicator);
  return {{"indicator", indicator_of(level == Level::unknown ? Level::minor : level)},
          {"description", view.description}};
}

// The same for a component: "degraded_performance" with a description that says that it is not measured.
ordered_json component_object(const ComponentView& component, int position, const std::string& page) {
  const bool unknown = level_of_component(component) == Level::unknown;
  ordered_json description = nullptr;
  if (component.unknown)
    description = component.unknown_reason.empty() ? "Not measured at the moment"
                                                   : "Not measured at the moment: " + component.unknown_reason;
  return {{"id", component.id},
          {"name", component.name},
          {"status", unknown ? component_status_of(Impact::minor) : component.status},
          {"created_at", format_time(component.since)},
          {"updated_at", format_time(component.updated_at)},
          {"position", position},
          {"description", description},
          {"showcase", true},
          {"start_date", format_time(component.since).substr(0, 10)},
          {"group_id", nullptr},
          {"page_id", page},
          {"group", false},
          {"only_show_if_degraded", false}};
}

ordered_json components_array(const StatusView& view) {
  ordered_json array = ordered_json::array();
  const std::string page = page_id(view);
  int position = 0;
  for (const auto& component : view.components) array.push_back(component_object(component, ++position, page));
  return array;
}

ordered_json update_object(const Incident& incident, std::size_t index, const IncidentUpdate& update) {
  const std::string at = format_time(update.at);
  return {{"id", fmt::format("{}-{}", incident.id.str(), index + 1)},
          {"status", name_of(update.status)},
          {"body", update.public_text},
          {"incident_id", incident.id.str()},
          {"created_at", at},
          {"updated_at", at},
          {"display_at", at},
          {"affected_components", nullptr},
          {"deliver_notifications", true},
          {"custom_tweet", nullptr},
          {"tweet_id", nullptr}};
}

ordered_json updates_array(const Incident& incident) {
  ordered_json array = ordered_json::array();
  const auto updates = public_updates(incident);
  for (std::size_t i = updates.size(); i-- > 0;)
    array.push_back(update_object(incident, i, updates[i]));  // newest first
  return array;
}

// When it began to mend; nothing when it fell back since.
std::optional<WallTime> monitoring_at(const Incident& incident) {
  if (incident.status != IncidentStatus::monitoring && incident.status != IncidentStatus::resolved) return std::nullopt;
  std::optional<WallTime> at;
  for (const auto& update : incident.updates)
    if (update.status == IncidentStatus::monitoring) at = update.at;
  return at;
}

template <class Event>
ordered_json touched_components(const StatusView& view, const Event& event) {
  ordered_json components = ordered_json::array();
  const std::string page = page_id(view);
  int position = 0;
  for (const auto& component : view.components) {
    ++position;
    if (touches(event, component)) components.push_back(component_object(component, position, page));
  }
  return components;
}

ordered_json incident_object_v2(const StatusView& view, const Incident& incident) {
  return {{"id", incident.id.str()},
          {"name", incident.title},
          {"status", name_of(incident.status)},
          {"created_at", format_time(incident.opened_at)},
          {"updated_at", format_time(incident.updated_at)},
          {"monitoring_at", json_time(monitoring_at(incident))},
          {"resolved_at", json_time(incident.resolved_at)},
          {"impact", name_of(incident.impact)},
          {"shortlink", incident_link(view.url, incident.id)},
          {"started_at", format_time(incident.began_at)},
          {"page_id", page_id(view)},
          {"incident_updates", updates_array(incident)},
          {"components", touched_components(view, incident)}};
}

enum class Which { newest, unresolved };
ordered_json incidents_array(const StatusView& view, Which which) {
  ordered_json array = ordered_json::array();
  for (const auto& incident : view.incidents) {
    if (which == Which::unresolved && !incident.open()) continue;
    if (which == Which::newest && array.size() == most_incidents) break;
    array.push_back(incident_object_v2(view, incident));
  }
  return array;
}

// As Statuspage shows what is scheduled: one update for each phase that was reached, newest first.
ordered_json maintenance_updates(const MaintenanceView& maintenance, WallTime now) {
  ordered_json updates = ordered_json::array();
  for (const Phase phase : phases_of(maintenance, now)) {
    const int own = static_cast<int>(phase) + 1;
    const std::string at = format_time(begin_of(phase, maintenance));
    updates.push_back({{"id", fmt::format("{}-{}", maintenance.id, own)},
                       {"status", name_of(phase)},
                       {"body", words_about(maintenance)},
                       {"incident_id", maintenance.id},
                       {"created_at", at},
                       {"updated_at", at},
                       {"display_at", at},
                       {"affected_components", nullptr},
                       {"deliver_notifications", true},
                       {"custom_tweet", nullptr},
                       {"tweet_id", nullptr}});
  }
  return updates;
}

ordered_json maintenance_object(const StatusView& view, const MaintenanceView& maintenance) {
  const Phase phase = phase_of(maintenance, view.generated_at);
  return {{"id", maintenance.id},
          {"name", maintenance.name},
          {"status", name_of(phase)},
          {"created_at", format_time(begin_of(Phase::scheduled, maintenance))},
          {"updated_at", format_time(begin_of(phase, maintenance))},
          {"monitoring_at", nullptr},
          {"resolved_at", phase == Phase::completed ? ordered_json(format_time(maintenance.until)) : ordered_json(nullptr)},
          {"impact", "maintenance"},
          {"shortlink", view.url},
          {"started_at", format_time(maintenance.from)},
          {"page_id", page_id(view)},
          {"incident_updates", maintenance_updates(maintenance, view.generated_at)},
          {"components", touched_components(view, maintenance)},
          {"scheduled_for", format_time(maintenance.from)},
          {"scheduled_until", format_time(std::max(maintenance.from, maintenance.until))}};
}

ordered_json maintenances_array(const StatusView& view, std::initializer_list<Phase> phases) {
  ordered_json array = ordered_json::array();
  const auto add = [&](const MaintenanceView& maintenance) {
    const Phase phase = phase_of(maintenance, view.generated_at);
    if (std::find(phases.begin(), phases.end(), phase) != phases.end() && array.size() < most_incidents)
      array.push_back(maintenance_object(view, maintenance));
  };
  for (const auto& maintenance : view.maintenance) add(maintenance);
  std::for_each(view.past_maintenance.rbegin(), view.past_maintenance.rend(), add);  // the newest first
  return array;
}

std::string document(ordered_json value) { return json_text(value, JsonStyle::readable) + "\n"; }

}  // namespace

SiteFiles render_api_v2(const StatusView& view) {
  const ordered_json page = page_object(view);
  const ordered_json status = status_object(view);
  const ordered_json components = components_array(view);
  const ordered_json unresolved = incidents_array(view, Which::unresolved);
  const auto maintenances = [&](std::initializer_list<Phase> phases) {
    return document({{"page", page}, {"scheduled_maintenances", maintenances_array(view, phases)}});
  };
  return {
      {"api/v2/summary.json",
       document({{"page", page},
                 {"components", components},
                 {"incidents", unresolved},
                 {"scheduled_maintenances", maintenances_array(view, {Phase::scheduled, Phase::in_progress})},
                 {"status", status}})},
      {"api/v2/status.json", document({{"page", page}, {"status", status}})},
      {"api/v2/components.json", document({{"page", page}, {"components", components}})},
      {"api/v2/incidents.json", document({{"page", page}, {"incidents", incidents_array(view, Which::newest)}})},
      {"api/v2/incidents/unresolved.json", document({{"page", page}, {"incidents", unresolved}})},
      {"api/v2/scheduled-maintenances.json", maintenances({Phase::scheduled, Phase::in_progress, Phase::completed})},
      {"api/v2/scheduled-maintenances/upcoming.json", maintenances({Phase::scheduled})},
      {"api/v2/scheduled-maintenances/active.json", maintenances({Phase::in_progress})},
  };
}

}  // namespace mailcanary
