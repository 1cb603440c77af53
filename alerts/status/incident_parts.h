// What pages, feeds and API need of an incident or of maintenance.
// Pure; any thread. Inside alerts/ only.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "alerts/status_view.h"

namespace mailcanary {

// Its updates as the public sees them, oldest first: never empty, and each has words.
std::vector<IncidentUpdate> public_updates(const Incident& incident);
// A component's id is its provider's name.
bool touches(const Incident& incident, const ComponentView& component);
bool touches(const MaintenanceView& maintenance, const ComponentView& component);
std::string component_names(const Incident& incident, const StatusView& view);  // "Example Mail, Other Mail"
std::string component_names(const MaintenanceView& maintenance, const StatusView& view);
WallTime end_of(const Incident& incident);  // so far, while it is open

// As Statuspage calls what becomes of maintenance. One that was called off before it began (it ends before its beginning)
// is completed from then on, and never was in progress.
enum class Phase { scheduled, in_progress, completed };
Phase phase_of(const MaintenanceView& maintenance, WallTime now);
std::vector<Phase> phases_of(const MaintenanceView& maintenance, WallTime now);  // that were reached, newest first
const char* name_of(Phase phase);  // "in_progress"
const char* words_of_phase(Phase phase, const MaintenanceView& maintenance);  // "In progress"; "Cancelled"
WallTime begin_of(Phase phase, const MaintenanceView& maintenance);
std::string words_about(const MaintenanceView& maintenance);  // its text, or its name

// A file's name from an id: the id itself where it is harmless, else a digest of it.
std::string file_name_of(std::string_view id);
// "incidents/01J….html", from the top of the site.
std::string incident_address(const IncidentId& id);
// "https://status.example/incidents/01J….html"; empty when the page has no address.
std::string incident_link(const std::string& page_url, const IncidentId& id);
// "https://status.example/history.atom"; the file alone when the page has no address.
std::string site_link(const std::string& page_url, std::string_view file);

}  // namespace mailcanary
