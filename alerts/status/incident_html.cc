// An incident on the pages: a card with its timeline, newest first, or one line that leads to its page.
#include <fmt/format.h>

#include "alerts/status/icons.h"
#include "alerts/status/incident_parts.h"
#include "alerts/status/page.h"
#include "alerts/words.h"
#include "core/units.h"

namespace mailcanary {
namespace {

constexpr std::size_t most_updates = 30;  // on the status page; its own page has them all

std::string on_components(const Incident& incident, const StatusView& view) {
  const std::string names = component_names(incident, view);
  return names.empty() ? "" : " on " + html_text(names);
}

std::string lasted_html(const Incident& incident) {
  const WallTime end = end_of(incident);
  return fmt::format("lasted {}, {}", age_words(incident.began_at, end),
                     span_words(incident.began_at, end, end + std::chrono::hours(48)));
}

std::string timeline_html(const Incident& incident, std::size_t most) {
  const auto updates = public_updates(incident);
  std::string html = "<ol class=\"timeline\">\n";
  for (std::size_t i = updates.size(); i-- > 0 && updates.size() - i <= most;) {
    html +=
        fmt::format("<li class=\"{}\"><p><strong>{}</strong>{}</p><p>{}</p></li>\n", name_of(updates[i].status),
                    capital(name_of(updates[i].status)), time_html(updates[i].at), html_text(updates[i].public_text));
  }
  return html + "</ol>\n";
}

std::string state_html(const Incident& incident) {
  const Level level = incident.open() ? level_of_impact(incident.impact) : Level::ok;
  return fmt::format("<span class=\"state {}\">{}{}</span>", css_class_of(level), icon_svg(level),
                     capital(name_of(incident.status)));
}

// As of nobody's today: an incident's page is made anew only when there is news.
std::string incident_page(const Incident& incident, const StatusView& view) {
  PageFrame frame;
  frame.root = "../";
  const std::string address = incident_address(incident.id);
  frame.address = address.c_str();
  frame.title = incident.title + ": " + view.title;
  frame.description = public_updates(incident).back().public_text;
  frame.level = incident.open() ? level_of_impact(incident.impact) : Level::ok;
  std::string main =
      fmt::format("<article class=\"whole {}\">\n<h1>{}</h1>\n<p class=\"facts\">{}<span>{} impact{}, ",
                  css_class_of(level_of_impact(incident.impact)), html_text(incident.title), state_html(incident),
                  capital(name_of(incident.impact)), on_components(incident, view));
  main += incident.open() ? "since " + time_html(incident.began_at) : lasted_html(incident);
  main += "</span></p>\n<h2 class=\"unseen\">Updates</h2>\n<div class=\"card\">\n" +
          timeline_html(incident, incident.updates.size() + 1) + "</div>\n</article>\n";
  main += "<p class=\"more\"><a href=\"../history/index.html\">All incidents</a></p>\n";
  return page_html(view, frame, "", main);
}

}  // namespace

std::string incident_html(const Incident& incident, const StatusView& view) {
  std::string html = fmt::format("<article class=\"card incident {}\" id=\"incident-{}\">\n",
                                 css_class_of(level_of_impact(incident.impact)), html_text(incident.id.str()));
  html += fmt::format("<div class=\"row\"><h3><a href=\"{}\">{}</a></h3>{}</div>\n", incident_address(incident.id),
                      html_text(incident.title), state_html(incident));
  html += fmt::format("<p class=\"soft\">{} impact{}, since {}", capital(name_of(incident.impact)),
                      on_components(incident, view), time_html(incident.began_at, view.generated_at));
  if (incident.began_at < view.generated_at) html += " (" + age_words(incident.began_at, view.generated_at) + ")";
  return html + "</p>\n" + timeline_html(incident, most_updates) + "</article>\n";
}

std::string incident_line_html(const Incident& incident, const StatusView& view, const char* root) {
  const Level level = level_of_impact(incident.impact);
  std::string html = fmt::format("<li class=\"line {}\"><h3>{}<a href=\"{}{}\">{}</a></h3>\n", css_class_of(level),
                                 icon_svg(level), root, incident_address(incident.id), html_text(incident.title));
  html += fmt::format("<p class=\"soft\">{} impact{}, {}</p>\n<p>{}</p></li>\n", capital(name_of(incident.impact)),
                      on_components(incident, view), incident.open() ? "not over yet" : lasted_html(incident),
                      html_text(public_updates(incident).back().public_text));
  return html;
}

SiteFiles render_incident_pages(const StatusView& view) {
  SiteFiles files;
  for (const auto& incident : view.incidents) files[incident_address(incident.id)] = incident_page(incident, view);
  return files;
}

}  // namespace mailcanary
