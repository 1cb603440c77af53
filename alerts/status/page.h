// The status page and the pages behind it: HTML files that work without scripts, load nothing from elsewhere, and can
// be read on a phone, in the dark, without seeing colours, and by a screen reader.
// Pure; the same view gives the same bytes; any thread. Inside alerts/ only.
#pragma once
#include <string>

#include "alerts/status/html.h"
#include "alerts/status_site.h"
#include "alerts/status_view.h"

namespace mailcanary {

std::string render_page(const StatusView& view);          // index.html
SiteFiles render_incident_pages(const StatusView& view);  // incidents/ID.html
SiteFiles render_history_pages(const StatusView& view);   // history/index.html, history/2026-11.html

// Its parts, each an HTML fragment.
enum class Fold { open, folded };  // folded: a line that opens to the whole
std::string component_html(const ComponentView& component, WallTime now, Fold times);
std::string maintenance_html(const MaintenanceView& maintenance, const StatusView& view);
// A card with all its updates, for the page (ages go by the time of the view).
std::string incident_html(const Incident& incident, const StatusView& view);
// A line that names it and says when it was; it leads to the incident's own page.
std::string incident_line_html(const Incident& incident, const StatusView& view, const char* root);

}  // namespace mailcanary
