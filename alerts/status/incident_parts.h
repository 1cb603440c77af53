// What page and API both need of an incident.
// Pure; any thread. Inside alerts/ only.
#pragma once
#include <string>
#include <vector>

#include "alerts/status_view.h"

namespace mailcanary {

// Its updates as the public sees them, oldest first: never empty, and each has words.
std::vector<IncidentUpdate> public_updates(const Incident& incident);
// A component's id is its provider's name.
bool touches(const Incident& incident, const ComponentView& component);
// "https://status.example/#incident-01J…"; empty when the page has no address.
std::string incident_link(const std::string& page_url, const IncidentId& id);

}  // namespace mailcanary
