#include "alerts/incident_object.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "alerts/pipeline.h"
#include "core/units.h"

namespace mailcanary {
namespace {

using nlohmann::ordered_json;

// A mesh of a hundred accounts has 9,900 routes; a webhook should stay under some 20 KB. The `_total` fields say how
// many there are.
constexpr std::size_t most_names = 100;
constexpr std::size_t most_updates = 20;

template <class Id>
ordered_json names(const std::vector<Id>& ids) {
  ordered_json list = ordered_json::array();
  for (std::size_t i = 0; i < std::min(ids.size(), most_names); ++i) list.push_back(ids[i].str());
  return list;
}

ordered_json text_or_null(const std::string& text) { return text.empty() ? ordered_json(nullptr) : ordered_json(text); }

ordered_json blame_object(const Blame& blame) {
  return {{"provider", text_or_null(blame.provider.str())},
          {"account", text_or_null(blame.account.str())},
          {"leg", name_of(blame.leg)},
          {"self", blame.self}};
}

ordered_json counts_object(const IncidentCounts& counts) {
  return {{"canaries", counts.canaries}, {"failed", counts.failed},
          {"overdue", counts.overdue},   {"delayed_arrived", counts.delayed_arrived},
          {"bounced", counts.bounced},   {"lost", counts.lost},
          {"not_due", counts.not_due}};
}

// The newest ones, oldest of them first.
ordered_json updates_array(const std::vector<IncidentUpdate>& updates) {
  ordered_json list = ordered_json::array();
  for (std::size_t i = updates.size() - std::min(updates.size(), most_updates); i < updates.size(); ++i)
    list.push_back(
        {{"at", format_time(updates[i].at)},
         {"status", name_of(updates[i].status)},
         {"text", updates[i].text},
         {"by", text_or_null(updates[i].by)}});
  return list;
}

bool same_fields(std::string_view detail, const Incident& incident, std::initializer_list<const char*> fields) {
  const auto before = ordered_json::parse(detail, nullptr, false);
  if (!before.is_object()) return false;
  // Through the text, so that both sides had the same replacements made.
  const auto after = ordered_json::parse(incident_json(incident), nullptr, false);
  return std::all_of(fields.begin(), fields.end(), [&](const char* field) {
    return before.contains(field) && before[field] == after[field];
  });
}

}  // namespace

ordered_json json_time(const std::optional<WallTime>& time) {
  return time ? ordered_json(format_time(*time)) : ordered_json(nullptr);
}

ordered_json json_milliseconds(const std::optional<Duration>& time) {
  if (!time) return nullptr;
  return std::chrono::round<std::chrono::milliseconds>(*time).count();
}

std::string json_text(const ordered_json& value, JsonStyle style) {
  return value.dump(style == JsonStyle::readable ? 2 : -1, ' ', false, ordered_json::error_handler_t::replace);
}

ordered_json incident_object(const Incident& incident) {
  return {
      {"id", incident.id.str()},
      {"key", incident.key},
      {"title", incident.title},
      {"status", name_of(incident.status)},
      {"impact", name_of(incident.impact)},
      {"opened_at", format_time(incident.opened_at)},
      {"updated_at", format_time(incident.updated_at)},
      {"began_at", format_time(incident.began_at)},
      {"resolved_at", json_time(incident.resolved_at)},
      {"acknowledged_at", json_time(incident.acknowledged_at)},
      {"acknowledged_by", text_or_null(incident.acknowledged_by)},
      {"maintenance", text_or_null(incident.maintenance)},
      {"routes", names(incident.routes)},
      {"routes_total", incident.routes.size()},
      {"failing", names(incident.failing)},
      {"failing_total", incident.failing.size()},
      {"components", names(incident.components)},
      {"blames", blame_object(incident.blame)},
      {"rule", incident.rule},
      {"reason", incident.reason},
      {"first_error", text_or_null(incident.first_error)},
      {"provider_says", text_or_null(incident.provider_says)},
      {"counts", counts_object(incident.counts)},
      {"evidence", names(incident.evidence)},
      {"updates", updates_array(incident.updates)},
  };
}

std::string incident_json(const Incident& incident) { return json_text(incident_object(incident), JsonStyle::compact); }

bool same_news(std::string_view detail, const Incident& incident) {
  return same_fields(detail, incident, {"title", "status", "impact", "blames"});
}

bool same_counts(std::string_view detail, const Incident& incident) { return same_fields(detail, incident, {"counts"}); }

}  // namespace mailcanary
