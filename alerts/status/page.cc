#include "alerts/status/page.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "alerts/status/icons.h"
#include "alerts/status_site.h"
#include "alerts/words.h"
#include "core/text.h"
#include "core/units.h"

namespace mailcanary {
namespace {

using namespace std::chrono_literals;

constexpr Duration past_shown = 24h * 15;

// As often as the page is made anew, but never so often that it cannot be read.
long refresh_seconds(const StatusView& view) {
  return static_cast<long>(
      std::chrono::round<std::chrono::seconds>(std::clamp<Duration>(view.refresh, 2s, 300s)).count());
}

// Several makings missed, and long enough not to blame a reader's clock that is a little off.
long stale_after_seconds(const StatusView& view) { return std::max(10 * refresh_seconds(view), 600L); }

std::string head_html(const StatusView& view, Level level) {
  std::string html = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  html += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
  html += fmt::format("<meta http-equiv=\"refresh\" content=\"{}\">\n", refresh_seconds(view));
  html += fmt::format("<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n", site_policy());
  html += fmt::format("<meta name=\"description\" content=\"{}\">\n", html_text(view.description));
  html += fmt::format("<title>{}: {}</title>\n", html_text(view.title), html_text(view.description));
  html += fmt::format("<link rel=\"icon\" href=\"{}\">\n", favicon_uri(level));
  return html + "<style>" + page_style() + "</style>\n</head>\n";
}

std::string top_html(const StatusView& view, Level level) {
  std::string html = fmt::format("<header>\n<h1>{}</h1>\n", html_text(view.title));
  html += fmt::format(
      "<p id=\"stale\" role=\"alert\" data-after=\"{}\" hidden>This page has not been renewed for a while: "
      "the monitor that makes it may be down, and what it shows may no longer be so.</p>\n",
      stale_after_seconds(view));
  html += fmt::format("<div class=\"banner {}\" role=\"status\">{}<div>{}", css_class_of(level), icon_svg(level),
                      html_text(view.description));
  const std::string moment = format_time(view.generated_at).substr(11, 8);
  return html + fmt::format("<p>as of <time id=\"made\" datetime=\"{}\">{}, {} UTC</time></p></div></div>\n</header>\n",
                            format_time(view.generated_at), date_words(view.generated_at), moment);
}

std::string open_incidents_html(const StatusView& view) {
  std::string html;
  for (const auto& incident : view.incidents)
    if (incident.open()) html += incident_html(incident, view, Fold::open);
  return html.empty() ? html : "<section>\n<h2>What is wrong now</h2>\n" + html + "</section>\n";
}

std::string components_html(const StatusView& view) {
  std::string html = "<section>\n<h2>Mail delivery by provider</h2>\n";
  if (view.components.empty()) return html + "<p class=\"card soft\">Nothing is being measured yet.</p>\n</section>\n";
  html +=
      "<p class=\"soft legend\">One bar a day: green is well, a taller one had trouble, a grey stub was not "
      "measured.</p>\n";
  html += "<ul class=\"components\">\n";
  for (const auto& component : view.components) html += component_html(component, view.generated_at);
  return html + "</ul>\n</section>\n";
}

WallTime end_of(const Incident& incident) { return incident.resolved_at.value_or(incident.updated_at); }

std::string past_incidents_html(const StatusView& view) {
  std::vector<const Incident*> past;
  for (const auto& incident : view.incidents)
    if (!incident.open() && end_of(incident) >= view.generated_at - past_shown) past.push_back(&incident);
  std::stable_sort(past.begin(), past.end(),
                   [](const Incident* a, const Incident* b) { return end_of(*a) > end_of(*b); });

  std::string html = "<section>\n<h2>Past incidents</h2>\n";
  if (past.empty()) return html + "<p class=\"soft\">No incident ended in the last 15 days.</p>\n</section>\n";
  std::string day;
  for (const auto* incident : past) {
    if (const auto date = date_words(end_of(*incident)); date != day) {
      day = date;
      html += fmt::format("<h4>{}</h4>\n", date);
    }
    html += incident_html(*incident, view, Fold::folded);
  }
  return html + "</section>\n";
}

std::string footer_html(const StatusView& view) {
  std::string html = "<footer>\n<p>Real test messages are sent ";
  if (!view.vantage.empty()) html += "from " + html_text(view.vantage) + " ";
  html += "through each provider and looked for in the mailbox where they must arrive";
  return html +
         ".</p>\n<p>For programs: <a href=\"api/v2/summary.json\">summary</a>, <a "
         "href=\"api/v2/status.json\">status</a>, "
         "<a href=\"api/v2/components.json\">components</a>, <a href=\"api/v2/incidents.json\">incidents</a>, "
         "<a href=\"api/v2/incidents/unresolved.json\">unresolved incidents</a>.</p>\n</footer>\n";
}

}  // namespace

std::string html_text(std::string_view text) { return escape_html(one_line(text)); }

std::string time_html(WallTime time, WallTime now) {
  return fmt::format("<time datetime=\"{}\">{}</time>", format_time(time), time_words(time, now));
}

std::string render_page(const StatusView& view) {
  const Level level = level_of_indicator(view.indicator);
  return head_html(view, level) + "<body>\n" + top_html(view, level) + "<main>\n" + open_incidents_html(view) +
         components_html(view) + past_incidents_html(view) + "</main>\n" + footer_html(view) + "<script>" +
         page_script() + "</script>\n</body>\n</html>\n";
}

}  // namespace mailcanary
