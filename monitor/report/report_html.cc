// The report as one page by itself: it loads nothing, runs no script, and can be printed.
#include <algorithm>

#include <fmt/format.h>

#include "alerts/status/icons.h"
#include "alerts/status/page.h"
#include "core/text.h"
#include "core/units.h"
#include "monitor/report/report_style.h"
#include "monitor/report/report_words.h"

namespace mailcanary {
namespace {

constexpr std::size_t routes_shown = 200;

Level level_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kept: return Level::ok;
    case Verdict::broken: return Level::critical;
    case Verdict::unknown: return Level::unknown;
  }
  return Level::unknown;
}

std::string verdict_name(Verdict verdict, const MonthReport& report) {
  switch (verdict) {
    case Verdict::kept: return report.over ? "Promise kept" : "Promise kept so far";
    case Verdict::broken: return "Promise broken";
    case Verdict::unknown: return "Not measured";
  }
  return "Not measured";
}

std::string head_html(const MonthReport& report) {
  std::string html = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  html += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
  html += "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">\n";
  html += fmt::format("<title>{}: {}</title>\n", html_text(report.title), html_text(month_words(report.month)));
  html += fmt::format("<link rel=\"icon\" href=\"{}\">\n", favicon_uri(level_of(report.budget.verdict)));
  return html + "<style>" + page_style() + report_style() + "</style>\n</head>\n";
}

std::string measured_line(const MonthReport& report) {
  std::string line;
  const Duration whole = report.all.measured + report.all.unknown;
  line += fmt::format("{} of the month was measured", percent_words(share_of(report.all.measured, whole)));
  if (report.all.excluded > Duration{}) line += fmt::format(", {} of maintenance left out", minutes_words(report.all.excluded));
  std::string seen;
  for (const auto& vantage : report.vantages) seen += (seen.empty() ? "; seen from " : ", ") + vantage;
  return line + seen + ".";
}

std::string top_html(const MonthReport& report) {
  const Level level = level_of(report.budget.verdict);
  return fmt::format(
      "<header>\n<h1>{}</h1>\n<p class=\"soft\">{}</p>\n<div class=\"banner {}\">{}<div>{}<p>{}</p></div></div>\n</header>\n",
      html_text(report.title), html_text(heading_words(report)), css_class_of(level), icon_svg(level),
      html_text(verdict_words(report)), html_text(measured_line(report)));
}

// A meter of what is spent of the budget; more than all of it fills it.
std::string meter_html(const Budget& budget) {
  const double spent = budget.allowed <= Duration{} ? (budget.spent > Duration{} ? 1 : 0) : share_of(budget.spent, budget.allowed);
  const char* level = spent > 1 ? "critical" : spent > 0.75 ? "major" : spent > 0.5 ? "minor" : "ok";
  return fmt::format(
      "<svg class=\"bars meter\" viewBox=\"0 0 100 6\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{} of the budget is "
      "spent\"><rect class=\"rest\" width=\"100\" height=\"6\"></rect><rect class=\"{}\" width=\"{:.2f}\" height=\"6\"></rect></svg>\n",
      percent_words(spent), level, std::min(spent, 1.0) * 100);
}

std::string figure_html(const std::string& name, const std::string& value, const std::string& says, const std::string& more = "") {
  return fmt::format("<div class=\"card figure\"><p class=\"soft\">{}</p><p class=\"value\">{}</p>{}<p class=\"soft\">{}</p></div>\n",
                     name, html_text(value), more, html_text(says));
}

std::string figures_html(const MonthReport& report) {
  const Tally& all = report.all;
  std::string html = "<section class=\"figures\">\n";
  html += figure_html("Uptime", percent_words(all.uptime()), fmt::format("promised: {}", percent_words(report.budget.objective)));
  const bool measured = report.budget.verdict != Verdict::unknown;
  const bool broken = report.budget.verdict == Verdict::broken;
  html += figure_html(broken ? "Budget overspent by" : "Budget left",
                      !measured ? "-" : minutes_words(broken ? report.budget.spent - report.budget.allowed : report.budget.allowed - report.budget.spent),
                      fmt::format("{} of {} spent", minutes_words(report.budget.spent), minutes_words(report.budget.allowed)),
                      measured ? meter_html(report.budget) : "");
  html += figure_html("Arrived in time", percent_words(all.in_time()),
                      fmt::format("{} of {} canaries", count_words(all.good), count_words(all.valid)));
  html += figure_html("Round trip", time_words(all.latency.p50),
                      fmt::format("95% within {}, 99% within {}", time_words(all.latency.p95), time_words(all.latency.p99)));
  return html + "</section>\n";
}

Level level_of_day(const DayTally& day, double objective, Duration length) {
  if (day.measured <= Duration{}) return day.excluded >= length ? Level::maintenance : Level::unknown;
  const double bad = share_of(day.bad, day.measured);
  if (bad <= 1 - objective) return Level::ok;
  return bad <= 0.05 ? Level::minor : bad <= 0.5 ? Level::major : Level::critical;
}

std::string day_title(const MonthReport& report, std::size_t i, const DayTally& day) {
  std::string words = day_words(report.month, report.month.days[i]) + ": ";
  if (day.measured <= Duration{}) return words + (day.excluded > Duration{} ? "maintenance" : "not measured");
  words += fmt::format("{} well", percent_words(1 - share_of(day.bad, day.measured)));
  if (day.bad > Duration{}) words += fmt::format(", {} bad", minutes_words(day.bad));
  const Duration counts = std::min(report.until, report.month.days[i].until) - report.month.days[i].from - day.excluded;
  if (day.measured < counts) words += fmt::format("; {} of it measured", percent_words(share_of(day.measured, counts)));
  return words;
}

std::string days_html(const MonthReport& report, const std::vector<DayTally>& days, double objective) {
  std::string html = fmt::format(
      "<svg class=\"bars\" viewBox=\"0 0 {} 40\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"Day by day\">\n", days.size() * 10 - 3);
  for (std::size_t i = 0; i < days.size(); ++i) {
    const TimeSpan& span = report.month.days[i];
    if (span.from >= report.until) continue;
    const Level level = level_of_day(days[i], objective, span.until - span.from);
    // Height carries it too: trouble is tall, a good day middling, a day nobody measured a stub.
    const int height = level == Level::ok || level == Level::maintenance ? 28 : level == Level::unknown ? 8 : 40;
    // As wide as it was measured; beside it the stub of what nobody knows.
    const Duration counts = std::min(span.until, report.until) - span.from - days[i].excluded;
    const double wide = level == Level::unknown || level == Level::maintenance ? 7 : 7 * std::min(1.0, share_of(days[i].measured, counts));
    html += fmt::format("<g><title>{}</title><rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"{:.4g}\" height=\"{}\"></rect>",
                        html_text(day_title(report, i, days[i])), css_class_of(level), i * 10, 40 - height, wide, height);
    if (wide < 6.9)
      html += fmt::format("<rect class=\"unknown\" x=\"{:.6g}\" y=\"32\" width=\"{:.4g}\" height=\"8\"></rect>",
                          static_cast<double>(i * 10) + wide, 7 - wide);
    html += "</g>\n";
  }
  return html + fmt::format("</svg>\n<div class=\"axis\"><span>{}</span><span>{}</span></div>\n",
                            html_text(day_words(report.month, report.month.days.front())),
                            html_text(day_words(report.month, report.month.days.back())));
}

std::string term_html(const std::string& name, const std::string& value) {
  return fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", name, html_text(value));
}

std::string provider_html(const ReportedProvider& provider, const MonthReport& report) {
  const Tally& tally = provider.tally;
  const Budget& budget = provider.budget;
  const Level level = level_of(budget.verdict);
  std::string html = fmt::format("<li class=\"card\">\n<div class=\"row\"><h3>{}</h3><span class=\"state {}\">{}{}</span></div>\n",
                                 html_text(provider.title), css_class_of(level), icon_svg(level),
                                 verdict_name(budget.verdict, report));
  html += days_html(report, provider.days, budget.objective) + "<dl>\n";
  html += term_html("Uptime", fmt::format("{} (promised {})", percent_words(tally.uptime()), percent_words(budget.objective)));
  std::string left = left_words(budget);
  if (budget.verdict != Verdict::unknown)
    left = fmt::format("{}; {} of {} spent", left, minutes_words(budget.spent), minutes_words(budget.allowed));
  if (budget.ran_out_at) left += ", ran out " + local_words(report.month, *budget.ran_out_at);
  html += term_html("Budget left", left);
  html += term_html("By incidents", fmt::format("down: {}, degraded: {}", minutes_words(provider.down), minutes_words(provider.degraded)));
  html += term_html("Measured", fmt::format("{}, {} unknown", percent_words(share_of(tally.measured, tally.measured + tally.unknown)),
                                            minutes_words(tally.unknown)));
  html += term_html("Canaries in time", fmt::format("{} of {} ({})", count_words(tally.good), count_words(tally.valid), percent_words(tally.in_time())));
  html += term_html("Otherwise", fmt::format("{} late, {} junked, {} failed", count_words(tally.by_fate[static_cast<std::size_t>(Fate::late)]),
                                             count_words(tally.by_fate[static_cast<std::size_t>(Fate::junked)]), count_words(failed_of(tally))));
  if (left_out_of(tally) > 0)
    html += term_html("Left out", fmt::format("{} in maintenance, {} of others, {} our own fault", count_words(tally.in_maintenance),
                                              count_words(tally.of_others), count_words(tally.own_fault)));
  html += term_html("Round trip", fmt::format("half within {}, 95% within {}, 99% within {}", time_words(tally.latency.p50),
                                              time_words(tally.latency.p95), time_words(tally.latency.p99)));
  return html + "</dl>\n</li>\n";
}

std::string incident_row_html(const ReportedIncident& reported, const MonthReport& report) {
  const auto& [incident, culprit, span] = reported;
  const std::string end = incident.open() ? ", still open" : "";
  const std::string maintenance = incident.maintenance.empty() ? "" : "; in maintenance, left out";
  return fmt::format(
      "<li class=\"card incident {}\"><h3>{}</h3>\n<p>{} for {}{}: {}</p>\n<p class=\"soft\">{}{}</p></li>\n",
      name_of(incident.impact), html_text(incident.title), html_text(local_words(report.month, span.from)),
      minutes_words(span.until - span.from), end,
      html_text(culprit.empty() ? "no culprit was named" : "culprit: " + culprit),
      html_text(fmt::format("{} impact, {}", name_of(incident.impact),
                            count_noun(static_cast<long long>(incident.routes.size()), "route", "routes"))),
      maintenance);
}

std::string incidents_html(const MonthReport& report) {
  std::string html = "<section>\n<h2>Incidents</h2>\n";
  if (report.incidents.empty()) return html + "<p class=\"card soft\">There was none.</p>\n</section>\n";
  html += "<ul class=\"components\">\n";
  for (const auto& incident : report.incidents) html += incident_row_html(incident, report);
  return html + "</ul>\n</section>\n";
}

std::string routes_html(const MonthReport& report) {
  std::string html =
      "<section>\n<h2>Routes, the worst first</h2>\n<div class=\"card wide\"><table>\n<thead><tr><th>route</th><th>uptime</th><th>bad</th>"
      "<th>measured</th><th>canaries</th><th>in time</th><th>p50</th><th>p95</th><th>p99</th></tr></thead>\n<tbody>\n";
  for (std::size_t i = 0; i < std::min(routes_shown, report.routes.size()); ++i) {
    const auto& [name, from, to, standing, tally] = report.routes[i];
    html += fmt::format("<tr><th>{}</th>", html_text(name.str() + (standing == ReportedRoute::Standing::gone ? " (not configured now)" : "")));
    for (const auto& value :
         {percent_words(tally.uptime()), tally.measured > Duration{} ? minutes_words(tally.bad) : "-",
          percent_words(share_of(tally.measured, tally.measured + tally.unknown)), count_words(tally.sent()), percent_words(tally.in_time()),
          time_words(tally.latency.p50), time_words(tally.latency.p95), time_words(tally.latency.p99)})
      html += fmt::format("<td>{}</td>", value);
    html += "</tr>\n";
  }
  html += "</tbody>\n</table></div>\n";
  if (report.routes.size() > routes_shown)
    html += fmt::format("<p class=\"soft\">And {} more that did no worse.</p>\n", count_words(static_cast<std::int64_t>(report.routes.size() - routes_shown)));
  return html + "</section>\n";
}

std::string books_html(const MonthReport& report) {
  std::string html = "<section>\n<h2>The books</h2>\n<div class=\"card\">\n";
  html += fmt::format("<p>{}.</p>\n<p class=\"soft\">{}.</p>\n", html_text(sum_words(report.all)), html_text(sentence_start(balance_words(report))));
  for (const auto& gap : report.gaps)
    html += fmt::format("<p class=\"soft\">{}: {}.</p>\n", html_text(day_words(report.month, gap.span)), words_of(gap));
  for (const auto& remark : report.remarks) html += fmt::format("<p class=\"soft\">{}.</p>\n", html_text(sentence_start(remark)));
  return html + "</div>\n</section>\n";
}

std::string footer_html(const MonthReport& report) {
  return fmt::format(
      "<footer>\n<p>Uptime is the share of the measured time that was well. Each {} counts as bad by its share of test messages that "
      "failed or came late, and holds until the next one. What nobody measured is unknown: neither up nor down. A failure that an "
      "incident lays at another provider's door, or at our own, is not held against this one.</p>\n"
      "<p>Made on <time datetime=\"{}\">{} UTC</time>.</p>\n</footer>\n",
      slot_words(report.slot), format_time(report.generated_at), format_time(report.generated_at).replace(10, 1, " ").substr(0, 16));
}

}  // namespace

std::string report_html(const MonthReport& report) {
  std::string html = head_html(report) + "<body class=\"report\">\n" + top_html(report) + "<main>\n" + figures_html(report);
  html += "<section>\n<h2>Day by day</h2>\n<p class=\"soft legend\">One bar a day: green kept the promise, a taller one did not, grey was not measured.</p>\n"
          "<div class=\"card\">\n" + days_html(report, report.days, report.budget.objective) + "</div>\n</section>\n";
  html += "<section>\n<h2>Providers</h2>\n<ul class=\"components\">\n";
  for (const auto& provider : report.providers) html += provider_html(provider, report);
  return html + "</ul>\n</section>\n" + incidents_html(report) + routes_html(report) + books_html(report) + "</main>\n" +
         footer_html(report) + "</body>\n</html>\n";
}

}  // namespace mailcanary
