// One incident as the people on call see it, with what they can do: take it, say something, close it. Also the small
// page behind a notice's link.
#include <fmt/format.h>

#include "alerts/status/html.h"
#include "monitor/operator_frame.h"
#include "monitor/operator_page.h"

namespace mailcanary {
namespace {

std::string fact(const char* name, const std::string& value) {
  return value.empty() ? "" : fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", name, html_text(value));
}

std::string facts_html(const Incident& incident, const std::string& link) {
  std::string routes;
  for (const auto& route : incident.routes) routes += (routes.empty() ? "" : ", ") + route.str();
  std::string html = "<dl class=\"card facts-list\">\n" + fact("State", name_of(incident.status)) +
                     fact("Impact", name_of(incident.impact)) + fact("Rule", incident.rule) +
                     fact("Why", incident.reason) + fact("Routes", routes) + fact("First error", incident.first_error) +
                     fact("The provider says", incident.provider_says) + fact("Taken by", incident.acknowledged_by) +
                     fact("Link that takes it", link) + fact("Id", incident.id.str());
  return html + "</dl>\n";
}

std::string updates_html(const Incident& incident) {
  std::string html = "<ol class=\"timeline card\">\n";
  for (auto update = incident.updates.rbegin(); update != incident.updates.rend(); ++update)
    html += fmt::format("<li><p><strong>{}</strong>{}{}</p><p>{}</p></li>\n", capital(name_of(update->status)),
                        time_html(update->at), update->by.empty() ? "" : " by " + html_text(update->by),
                        html_text(update->text));
  return html + "</ol>\n";
}

std::string name_field() {
  return "<label>Your name <input name=\"who\" required maxlength=\"60\" autocomplete=\"name\"></label>\n";
}

std::string forms_html(const Incident& incident) {
  if (!incident.open()) return {};
  const std::string here = incident_address_for_operator(incident.id);
  std::string html = "<section><h2>What to do</h2>\n<div class=\"forms\">\n";
  if (!incident.acknowledged_at)
    html += fmt::format(
        "<form class=\"card\" method=\"post\" action=\"{}/acknowledge\">\n<h3>Take it</h3>\n{}"
        "<button>Acknowledge</button></form>\n",
        here, name_field());
  html += fmt::format(
      "<form class=\"card\" method=\"post\" action=\"{}/post\">\n<h3>Say something</h3>\n{}"
      "<label>For the people on call <textarea name=\"text\" required maxlength=\"2000\" "
      "rows=\"3\"></textarea></label>\n"
      "<label>For the public page <textarea name=\"public\" maxlength=\"2000\" rows=\"3\"></textarea></label>\n"
      "<label>State <select name=\"status\"><option value=\"\">as it is</option><option>identified</option>"
      "<option>monitoring</option></select></label>\n<button>Post</button></form>\n",
      here, name_field());
  html += fmt::format(
      "<form class=\"card\" method=\"post\" action=\"{}/resolve\">\n<h3>Close it</h3>\n{}"
      "<label>For the people on call <textarea name=\"text\" required maxlength=\"2000\" "
      "rows=\"3\"></textarea></label>\n"
      "<label>For the public page <textarea name=\"public\" maxlength=\"2000\" rows=\"3\"></textarea></label>\n"
      "<button>Resolve</button></form>\n",
      here, name_field());
  return html + "</div></section>\n";
}

}  // namespace

std::string operator_incident_page(const StatusView& view, const Incident& incident, const std::vector<Notice>& notices,
                                   const std::string& ack_link) {
  const std::string link = incident.open() && !incident.acknowledged_at ? ack_link : "";
  return operator_frame(view, incident.title,
                        facts_html(incident, link) + forms_html(incident) + "<section><h2>Timeline</h2>\n" +
                            updates_html(incident) + "</section>\n<section><h2>Notices, sent and held back</h2>\n" +
                            notices_table(notices, view.generated_at) + "</section>\n");
}

std::string acknowledge_page(const Incident& incident) {
  std::string html =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"robots\" content=\"noindex\">\n";
  html += fmt::format(
      "<title>Acknowledge: {}</title>\n<link rel=\"icon\" href=\"data:,\">\n"
      "<link rel=\"stylesheet\" href=\"/style.css\">\n</head>\n<body>\n<main class=\"wrap asked\">\n",
      html_text(incident.title));
  html += fmt::format("<h1>{}</h1>\n<p class=\"facts\"><span>{} impact, since {}</span></p>\n",
                      html_text(incident.title), capital(name_of(incident.impact)), time_html(incident.began_at));
  if (!incident.open()) {
    html += "<p class=\"card\">This is over; nothing is left to do.</p>\n";
  } else if (incident.acknowledged_at) {
    html += fmt::format("<p class=\"card\" role=\"status\">Taken by {} at {}. Nobody else will be called for it.</p>\n",
                        html_text(incident.acknowledged_by), time_html(*incident.acknowledged_at));
  } else {
    html += "<form class=\"card\" method=\"post\">\n<p>Whoever takes it keeps others from being called.</p>\n" +
            name_field() + "<button>Acknowledge</button></form>\n";
  }
  return html + fmt::format(
                    "<p class=\"more\"><a href=\"/incidents/{}.html\">What the public reads</a></p>\n</main>\n"
                    "</body>\n</html>\n",
                    html_text(incident.id.str()));
}

}  // namespace mailcanary
