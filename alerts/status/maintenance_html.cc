// Announced maintenance, now and to come.
#include <algorithm>

#include <fmt/format.h>

#include "alerts/status/icons.h"
#include "alerts/status/incident_parts.h"
#include "alerts/status/page.h"
#include "alerts/words.h"
#include "core/units.h"

namespace mailcanary {

std::string maintenance_html(const MaintenanceView& maintenance, const StatusView& view) {
  std::string html =
      fmt::format("<article class=\"card incident maintenance\" id=\"maintenance-{}\">\n", html_text(maintenance.id));
  html += fmt::format("<div class=\"row\"><h3>{}</h3><span class=\"state maintenance\">{}{}</span></div>\n",
                      html_text(maintenance.name), icon_svg(Level::maintenance),
                      words_of_phase(phase_of(maintenance, view.generated_at), maintenance));
  html += fmt::format("<p class=\"soft\"><time datetime=\"{}\">{}</time>", format_time(maintenance.from),
                      span_words(maintenance.from, maintenance.until, maintenance.from + std::chrono::hours(48)));
  const std::string names = component_names(maintenance, view);
  if (!names.empty()) html += ", " + html_text(names);
  html += "</p>\n";
  if (!maintenance.text.empty()) html += "<p>" + html_text(maintenance.text) + "</p>\n";
  return html + "</article>\n";
}

}  // namespace mailcanary
