// One route's newest canaries, each with its stages and hops as bars.
#include <algorithm>

#include <fmt/format.h>

#include "alerts/status/html.h"
#include "core/units.h"
#include "monitor/operator_frame.h"
#include "monitor/operator_page.h"

namespace mailcanary {
namespace {

struct Step {
  std::string name, words;
  Duration took{};
  bool known = false;
};

std::vector<Step> stages_of(const Canary& canary) {
  std::vector<Step> steps;
  for (const auto& stage : canary.stages) {
    if (!stage.took && stage.error.empty()) continue;
    steps.push_back({name_of(stage.stage), stage.error, stage.took.value_or(Duration{}), stage.took.has_value()});
  }
  return steps;
}

std::vector<Step> hops_of(const Canary& canary) {
  std::vector<Step> steps;
  for (const auto& hop : canary.hops) {
    std::string words = hop.protocol;
    for (const auto* more : {&hop.tls, &hop.note})
      if (!more->empty()) words += (words.empty() ? "" : ", ") + *more;
    steps.push_back({"by " + (hop.by.empty() ? "an unnamed host" : hop.by), words,
                     std::max(hop.delay.value_or(Duration{}), Duration{}), hop.delay.has_value()});
  }
  return steps;
}

// Bars share one scale, so that the longest step catches the eye.
std::string steps_html(const char* title, const std::vector<Step>& steps) {
  if (steps.empty()) return {};
  Duration longest{1};
  for (const auto& step : steps) longest = std::max(longest, step.took);
  std::string html = fmt::format("<table class=\"steps\"><caption>{}</caption><tbody>\n", title);
  for (const auto& step : steps) {
    const double width = 100.0 * static_cast<double>(step.took.count()) / static_cast<double>(longest.count());
    html += fmt::format(
        "<tr><th scope=\"row\">{}</th><td class=\"took\">{}</td><td class=\"bar\"><svg viewBox=\"0 0 100 8\" "
        "preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect width=\"{:.1f}\" height=\"8\"/></svg></td>"
        "<td class=\"soft\">{}</td></tr>\n",
        html_text(step.name), step.known ? human_duration(step.took) : "-", std::max(width, 0.6),
        html_text(step.words));
  }
  return html + "</tbody></table>\n";
}

std::string canary_html(const Canary& canary, WallTime now) {
  std::string html =
      fmt::format("<details class=\"canary\"><summary><span class=\"fate {0}\">{0}</span> <span>sent {1}</span>",
                  name_of(canary.fate), time_html(canary.sent_at, now));
  if (canary.round_trip) html += fmt::format("<span>arrived after {}</span>", human_duration(*canary.round_trip));
  if (!canary.reason.empty()) html += "<span class=\"soft\">" + html_text(canary.reason) + "</span>";
  html += "</summary>\n" + steps_html("Stages", stages_of(canary)) + steps_html("Hops", hops_of(canary));
  if (!canary.smtp_reply.empty()) html += "<p>Reply: <code>" + html_text(canary.smtp_reply) + "</code></p>\n";
  const auto& verdicts = canary.verdicts;
  if (!verdicts.spf.empty() || !verdicts.dkim.empty() || !verdicts.dmarc.empty())
    html += fmt::format("<p>SPF {}, DKIM {}, DMARC {}</p>\n", html_text(verdicts.spf), html_text(verdicts.dkim),
                        html_text(verdicts.dmarc));
  return html + fmt::format("<p class=\"soft\">{}{}</p></details>\n", html_text(canary.id.str()),
                            canary.folder.empty() ? "" : ", in folder " + html_text(canary.folder));
}

}  // namespace

std::string operator_route_page(const StatusView& view, const RouteView& route, const std::vector<Canary>& newest) {
  std::string html = fmt::format("<p class=\"facts\"><strong class=\"route {0}\">{0}</strong><span>{1}</span>",
                                 name_of(route.state), html_text(route.reason.empty() ? "well" : route.reason));
  if (route.p50 && route.p95)
    html += fmt::format("<span>in the last hour half within {}, 95% within {}</span>", human_duration(*route.p50),
                        human_duration(*route.p95));
  html += "</p>\n<h2>Newest canaries</h2>\n";
  if (newest.empty())
    html += "<p class=\"card soft\">None was sent yet.</p>\n";
  else
    html += "<div class=\"card canaries\">\n";
  for (const auto& canary : newest) html += canary_html(canary, view.generated_at);
  if (!newest.empty()) html += "</div>\n";
  return operator_frame(view, "Route " + route.name.str(), html);
}

}  // namespace mailcanary
