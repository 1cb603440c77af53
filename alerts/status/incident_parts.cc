#include "alerts/status/incident_parts.h"

#include <algorithm>

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

std::string incident_link(const std::string& page_url, const IncidentId& id) {
  if (page_url.empty()) return {};
  const bool needs_slash = !page_url.ends_with('/') && !page_url.ends_with(".html");
  return page_url + (needs_slash ? "/" : "") + "#incident-" + id.str();
}

}  // namespace mailcanary
