// An incident's card with its timeline, newest first.
#include <fmt/format.h>

#include "alerts/status/icons.h"
#include "alerts/status/incident_parts.h"
#include "alerts/status/page.h"
#include "alerts/words.h"
#include "core/text.h"
#include "core/units.h"

namespace mailcanary {
namespace {

constexpr std::size_t most_updates = 30;  // on the page; the API has them all

std::string capital(std::string word) {
  if (!word.empty() && word[0] >= 'a' && word[0] <= 'z') word[0] = static_cast<char>(word[0] - 'a' + 'A');
  return word;
}

std::string component_names(const Incident& incident, const StatusView& view) {
  std::string names;
  for (const auto& component : view.components)
    if (touches(incident, component)) names += (names.empty() ? "" : ", ") + component.name;
  return names;
}

std::string facts_html(const Incident& incident, const StatusView& view) {
  const WallTime now = view.generated_at;
  std::string html = capital(name_of(incident.impact)) + " impact";
  if (const auto names = component_names(incident, view); !names.empty()) html += " on " + html_text(names);
  if (incident.open()) {
    html += ", since " + time_html(incident.began_at, now);
    if (incident.began_at < now) html += " (" + age_words(incident.began_at, now) + ")";
  } else {
    const WallTime end = incident.resolved_at.value_or(incident.updated_at);
    html += fmt::format(", lasted {}: {}", age_words(incident.began_at, end), span_words(incident.began_at, end, now));
  }
  return html;
}

std::string timeline_html(const Incident& incident, WallTime now) {
  const auto updates = public_updates(incident);
  std::string html = "<ol class=\"timeline\">\n";
  for (std::size_t i = updates.size(); i-- > 0 && updates.size() - i <= most_updates;) {
    html += fmt::format("<li><strong>{}</strong>{}<p>{}</p></li>\n", capital(name_of(updates[i].status)),
                        time_html(updates[i].at, now), html_text(updates[i].public_text));
  }
  return html + "</ol>\n";
}

}  // namespace

std::string incident_html(const Incident& incident, const StatusView& view, Fold fold) {
  const Level level = level_of_impact(incident.impact);
  std::string html = fmt::format("<article class=\"card incident {}\" id=\"incident-{}\">\n", css_class_of(level),
                                 html_text(incident.id.str()));
  if (fold == Fold::folded) {
    html += fmt::format("<details><summary><span class=\"title\">{}</span><span class=\"soft\">{}</span></summary>\n",
                        html_text(incident.title), facts_html(incident, view));
    return html + timeline_html(incident, view.generated_at) + "</details>\n</article>\n";
  }
  html += fmt::format(
      "<div class=\"row\"><h3>{}</h3><span class=\"state {}\">{}{}</span></div>\n<p class=\"soft\">{}</p>\n",
      html_text(incident.title), css_class_of(level), icon_svg(level), capital(name_of(incident.status)),
      facts_html(incident, view));
  return html + timeline_html(incident, view.generated_at) + "</article>\n";
}

}  // namespace mailcanary
