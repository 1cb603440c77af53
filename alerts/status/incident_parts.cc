#include "alerts/status/incident_parts.h"

#include <algorithm>

#include "core/crypto.h"

namespace mailcanary {
namespace {

// For an update that came without public words.
const char* plain_words(IncidentStatus status) {
  switch (status) {
    case IncidentStatus::investigating: return "We are looking into it.";
    case IncidentStatus::identified: return "We know where the fault lies.";
    case IncidentStatus::monitoring: return "Mail gets through again; we keep watching.";
    case IncidentStatus::resolved: return "This is over.";
  }
  return "";
}

template <class Event>
std::string names_of(const Event& event, const StatusView& view) {
  std::string names;
  for (const auto& component : view.components)
    if (touches(event, component)) names += (names.empty() ? "" : ", ") + component.name;
  return names;
}

bool is_cancelled(const MaintenanceView& maintenance) { return maintenance.until <= maintenance.from; }

}  // namespace

std::vector<IncidentUpdate> public_updates(const Incident& incident) {
  std::vector<IncidentUpdate> updates;
  for (const auto& update : incident.updates) {
    // What people of the house tell each other, an acknowledgement say, is no news for the public.
    const bool internal = !update.by.empty() && update.public_text.empty();
    if (internal && !updates.empty() && updates.back().status == update.status) continue;
    updates.push_back(update);
  }
  if (updates.empty()) updates.push_back({incident.updated_at, incident.status, "", ""});
  for (auto& update : updates)
    if (update.public_text.empty()) update.public_text = plain_words(update.status);
  return updates;
}

bool touches(const Incident& incident, const ComponentView& component) {
  return std::any_of(incident.components.begin(), incident.components.end(),
                     [&](const ProviderName& name) { return name.str() == component.id; });
}

bool touches(const MaintenanceView& maintenance, const ComponentView& component) {
  const auto& ids = maintenance.components;
  return std::find(ids.begin(), ids.end(), component.id) != ids.end();
}

std::string component_names(const Incident& incident, const StatusView& view) { return names_of(incident, view); }
std::string component_names(const MaintenanceView& maintenance, const StatusView& view) {
  return names_of(maintenance, view);
}

WallTime end_of(const Incident& incident) { return incident.resolved_at.value_or(incident.updated_at); }

Phase phase_of(const MaintenanceView& maintenance, WallTime now) {
  if (now >= maintenance.until) return Phase::completed;
  return now < maintenance.from ? Phase::scheduled : Phase::in_progress;
}

std::vector<Phase> phases_of(const MaintenanceView& maintenance, WallTime now) {
  std::vector<Phase> reached = {Phase::scheduled};
  const Phase last = phase_of(maintenance, now);
  if (last != Phase::scheduled && !is_cancelled(maintenance)) reached.insert(reached.begin(), Phase::in_progress);
  if (last == Phase::completed) reached.insert(reached.begin(), Phase::completed);
  return reached;
}

const char* name_of(Phase phase) {
  switch (phase) {
    case Phase::scheduled: return "scheduled";
    case Phase::in_progress: return "in_progress";
    case Phase::completed: return "completed";
  }
  return "scheduled";
}

const char* words_of_phase(Phase phase, const MaintenanceView& maintenance) {
  switch (phase) {
    case Phase::scheduled: return "Scheduled";
    case Phase::in_progress: return "In progress";
    case Phase::completed: return is_cancelled(maintenance) ? "Cancelled" : "Completed";
  }
  return "Scheduled";
}

WallTime begin_of(Phase phase, const MaintenanceView& maintenance) {
  switch (phase) {
    case Phase::scheduled: return std::min(maintenance.announced_at, maintenance.from);
    case Phase::in_progress: return maintenance.from;
    case Phase::completed: return maintenance.until;
  }
  return maintenance.from;
}

std::string words_about(const MaintenanceView& maintenance) {
  return maintenance.text.empty() ? maintenance.name : maintenance.text;
}

std::string file_name_of(std::string_view id) {
  const bool harmless = !id.empty() && id.size() <= 64 && id.front() != '.' &&
                        id.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") ==
                            std::string_view::npos;
  return harmless ? std::string(id) : "x" + to_base32_lower(sha256(id)).substr(0, 26);
}

std::string incident_address(const IncidentId& id) { return "incidents/" + file_name_of(id.str()) + ".html"; }

std::string incident_link(const std::string& page_url, const IncidentId& id) {
  return page_url.empty() ? std::string() : site_link(page_url, incident_address(id));
}

std::string site_link(const std::string& page_url, std::string_view file) {
  if (page_url.empty()) return std::string(file);
  const std::string_view folder = std::string_view(page_url).substr(
      0, page_url.ends_with(".html") ? page_url.rfind('/') : page_url.find_last_not_of('/') + 1);
  return std::string(folder) + "/" + std::string(file);
}

}  // namespace mailcanary
