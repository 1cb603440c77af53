#include "monitor/operator_page.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "alerts/status/html.h"
#include "core/units.h"
#include "monitor/operator_frame.h"

namespace mailcanary {
namespace {

constexpr std::size_t incidents_shown = 10;

std::string route_address(const RouteName& name) { return "/operator/routes/" + html_text(name.str()); }

std::string cell_html(const RouteView& route) {
  std::string html = fmt::format("<a class=\"route {}\" href=\"{}\" title=\"{}: {}\"><strong>{}</strong>",
                                 name_of(route.state), route_address(route.name), html_text(route.name.str()),
                                 html_text(route.reason.empty() ? "well" : route.reason), name_of(route.state));
  if (route.p50) html += fmt::format("<span>{}</span>", human_duration(*route.p50));
  return html + "</a>";
}

// Rows are senders, columns receivers; state in words and colour.
std::string matrix_html(const Config& config, const StatusView& view) {
  std::map<std::pair<AccountName, AccountName>, std::string> cells;
  std::vector<AccountName> senders, receivers;
  const auto remember = [](std::vector<AccountName>& names, const AccountName& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  for (const auto& shown : view.routes) {
    const Route* route = config.route(shown.name);
    if (!route) continue;
    remember(senders, route->from);
    remember(receivers, route->to);
    cells[{route->from, route->to}] += cell_html(shown);
  }
  std::string html =
      "<div class=\"scroll card\" tabindex=\"0\" role=\"region\" aria-label=\"Routes\"><table class=\"matrix\">\n"
      "<caption class=\"unseen\">State of each route: rows send, columns receive</caption>\n"
      "<thead><tr><td>from \\ to</td>";
  for (const auto& to : receivers) html += fmt::format("<th scope=\"col\">{}</th>", html_text(to.str()));
  html += "</tr></thead>\n<tbody>\n";
  for (const auto& from : senders) {
    html += fmt::format("<tr><th scope=\"row\">{}</th>", html_text(from.str()));
    for (const auto& to : receivers) {
      const auto cell = cells.find({from, to});
      html += cell == cells.end() ? "<td class=\"none\">&ndash;</td>" : "<td>" + cell->second + "</td>";
    }
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

std::string incidents_html(const StatusView& view) {
  std::string html;
  for (const auto* incident : incidents_for_operator(view)) {
    html += fmt::format(
        "<li class=\"line {}\"><h3><a href=\"{}\">{}</a></h3><p class=\"soft\">{}, {} impact, since {}{}</p>",
        name_of(incident->impact), incident_address_for_operator(incident->id), html_text(incident->title),
        name_of(incident->status), name_of(incident->impact), time_html(incident->began_at, view.generated_at),
        incident->acknowledged_at ? ", taken by " + html_text(incident->acknowledged_by) : "");
    html += "<p>" + html_text(incident->reason) + "</p></li>\n";
  }
  return html.empty() ? "<p class=\"card soft\">There was no incident.</p>\n"
                      : "<ul class=\"lines card\">\n" + html + "</ul>\n";
}

}  // namespace

std::vector<const Incident*> incidents_for_operator(const StatusView& view) {
  std::vector<const Incident*> shown;
  std::size_t past = 0;
  for (const auto& incident : view.incidents)
    if (incident.open() || ++past <= incidents_shown) shown.push_back(&incident);
  return shown;
}

std::string operator_page(const Config& config, const StatusView& view, const std::vector<ReaderFault>& faults,
                          const std::vector<Notice>& notices) {
  std::string html;
  for (const auto& fault : faults)
    html += fmt::format("<p class=\"card fault\"><strong>{} cannot be read:</strong> {}</p>\n",
                        html_text(fault.account.str()), html_text(fault.fault));
  html += "<section><h2>Routes</h2>\n" + matrix_html(config, view) + "</section>\n<section><h2>Incidents</h2>\n" +
          incidents_html(view) + "</section>\n<section><h2>Notices, sent and held back</h2>\n" +
          notices_table(notices, view.generated_at) + "</section>\n";
  return operator_frame(view, "Operator's page", html);
}

}  // namespace mailcanary
