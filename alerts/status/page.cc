// The status page itself: how it stands, what is wrong, what is announced, the providers, what was.
#include "alerts/status/page.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "alerts/status/icons.h"
#include "alerts/status/incident_parts.h"
#include "alerts/words.h"
#include "core/units.h"

namespace mailcanary {
namespace {

using namespace std::chrono_literals;

constexpr Duration past_shown = 24h * 15;
constexpr std::size_t most_charts_open = 4;  // of more providers each chart opens when asked for

std::string banner_html(const StatusView& view, Level level) {
  const std::string moment = format_time(view.generated_at).substr(11, 8);
  return fmt::format(
      "<div id=\"banner\" class=\"banner {}\">{}<div><h1>{}</h1>\n<p>As of <time id=\"made\" "
      "datetime=\"{}\">{}, {} UTC</time></p></div></div>\n",
      css_class_of(level), icon_svg(level), html_text(view.description), format_time(view.generated_at),
      date_words(view.generated_at), moment);
}

std::string section_html(const char* title, const std::string& content) {
  return content.empty() ? content : fmt::format("<section>\n<h2>{}</h2>\n{}</section>\n", title, content);
}

std::string open_incidents_html(const StatusView& view) {
  std::string html;
  for (const auto& incident : view.incidents)
    if (incident.open()) html += incident_html(incident, view);
  return section_html("What is wrong now", html);
}

std::string maintenances_html(const StatusView& view, Phase phase) {
  std::string html;
  for (const auto& maintenance : view.maintenance)
    if (phase_of(maintenance, view.generated_at) == phase) html += maintenance_html(maintenance, view);
  return html;
}

std::string components_html(const StatusView& view) {
  if (view.components.empty())
    return section_html("Mail delivery by provider", "<p class=\"card soft\">Nothing is being measured yet.</p>\n");
  std::string html =
      "<p class=\"soft legend\">One bar a day: green is well, a taller one had trouble, a grey stub was not "
      "measured.</p>\n<ul class=\"components card\">\n";
  const Fold times = view.components.size() <= most_charts_open ? Fold::open : Fold::folded;
  for (const auto& component : view.components) html += component_html(component, view.generated_at, times);
  return section_html("Mail delivery by provider", html + "</ul>\n");
}

std::string past_incidents_html(const StatusView& view) {
  std::vector<const Incident*> past;
  for (const auto& incident : view.incidents)
    if (!incident.open() && end_of(incident) >= view.generated_at - past_shown) past.push_back(&incident);
  std::stable_sort(past.begin(), past.end(),
                   [](const Incident* a, const Incident* b) { return end_of(*a) > end_of(*b); });
  std::string html;
  if (past.empty()) {
    html = "<p class=\"card soft\">No incident ended in the last 15 days.</p>\n";
  } else {
    html = "<ul class=\"lines card\">\n";
    for (const auto* incident : past) html += incident_line_html(*incident, view, "");
    html += "</ul>\n";
  }
  return section_html("Past incidents",
                      html + "<p class=\"more\"><a href=\"history/index.html\">Incident history</a></p>\n");
}

}  // namespace

std::string render_page(const StatusView& view) {
  PageFrame frame;
  frame.address = "index.html";
  frame.title = view.title + ": " + view.description;
  frame.description = view.description;
  frame.level = level_of_indicator(view.indicator);
  return page_html(
      view, frame, banner_html(view, frame.level),
      open_incidents_html(view) + section_html("Maintenance now", maintenances_html(view, Phase::in_progress)) +
          components_html(view) + section_html("Announced maintenance", maintenances_html(view, Phase::scheduled)) +
          past_incidents_html(view));
}

}  // namespace mailcanary
