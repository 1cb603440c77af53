#include "monitor/operator_frame.h"

#include <algorithm>

#include <fmt/format.h>

#include "alerts/status/html.h"

namespace mailcanary {

std::string operator_frame(const StatusView& view, std::string_view title, std::string_view main) {
  std::string html = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  html += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
  html += "<meta name=\"robots\" content=\"noindex\">\n";
  html += fmt::format("<title>{}: {}</title>\n<link rel=\"icon\" href=\"data:,\">\n", html_text(title),
                      html_text(view.title));
  html += "<link rel=\"stylesheet\" href=\"/style.css\">\n<link rel=\"stylesheet\" href=\"/operator/style.css\">\n";
  html += "</head>\n<body>\n<a class=\"skip\" href=\"#main\">To the content</a>\n<header class=\"wrap wide\">\n";
  html += fmt::format(
      "<div class=\"top\"><a class=\"brand\" href=\"/operator\">{}</a>\n<nav aria-label=\"Site\">"
      "<a href=\"/operator\">Operator</a><a href=\"/\">Public page</a></nav></div>\n</header>\n",
      html_text(view.title));
  html += fmt::format("<main id=\"main\" class=\"wrap wide\" tabindex=\"-1\">\n<h1>{}</h1>\n{}</main>\n",
                      html_text(title), main);
  return html + fmt::format(
                    "<footer class=\"wrap wide\"><p>As of {}, seen from {}. Not public.</p></footer>\n</body>\n"
                    "</html>\n",
                    time_html(view.generated_at), html_text(view.vantage));
}

std::string incident_address_for_operator(const IncidentId& id) { return "/operator/incidents/" + html_text(id.str()); }

std::string notices_table(const std::vector<Notice>& notices, WallTime now) {
  if (notices.empty()) return "<p class=\"card soft\">No notice was due.</p>\n";
  std::vector<const Notice*> newest;
  for (const auto& notice : notices) newest.push_back(&notice);
  std::stable_sort(newest.begin(), newest.end(),
                   [](const Notice* a, const Notice* b) { return a->created_at > b->created_at; });
  std::string html =
      "<div class=\"scroll card\" tabindex=\"0\" role=\"region\" aria-label=\"Notices\"><table>\n<thead><tr>"
      "<th scope=\"col\">When</th><th scope=\"col\">Channel</th><th scope=\"col\">Kind</th><th scope=\"col\">"
      "State</th><th scope=\"col\">Why</th><th scope=\"col\">About</th></tr></thead>\n<tbody>\n";
  for (const auto* notice : newest) {
    html += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td><td class=\"{}\">{}", time_html(notice->created_at, now),
                        html_text(notice->channel.str()), name_of(notice->kind), name_of(notice->state),
                        name_of(notice->state));
    if (notice->attempts > 1) html += fmt::format(", {} attempts", notice->attempts);
    html += fmt::format("</td><td>{}", html_text(notice->reason));
    if (!notice->last_error.empty()) html += "<br><span class=\"soft\">" + html_text(notice->last_error) + "</span>";
    html += fmt::format("</td><td><a href=\"{}\">{}</a></td></tr>\n", incident_address_for_operator(notice->incident),
                        html_text(notice->title));
  }
  return html + "</tbody></table></div>\n";
}

}  // namespace mailcanary
