// The report for a terminal or a mail.
#include <algorithm>

#include <fmt/format.h>

#include "core/text.h"
#include "core/units.h"
#include "monitor/report/report_words.h"

namespace mailcanary {
namespace {

constexpr std::size_t routes_shown = 40;

// Columns as wide as their widest entry; the first ones to the left, numbers to the right.
class Table {
 public:
  using Row = std::vector<std::string>;
  explicit Table(Row heads, std::size_t left) : rows_{std::move(heads)}, left_(left) {}
  void add(Row row) { rows_.push_back(std::move(row)); }
  std::string text() const {
    std::vector<std::size_t> widths(rows_.front().size());
    for (const auto& row : rows_)
      for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], letters(row[i]));
    std::string text;
    for (const auto& row : rows_) {
      std::string line;
      for (std::size_t i = 0; i < row.size(); ++i) {
        const std::string gap(i == 0 ? 0 : 2, ' '), rest(widths[i] - letters(row[i]), ' ');
        line += gap + (i < left_ ? row[i] + rest : rest + row[i]);
      }
      while (!line.empty() && line.back() == ' ') line.pop_back();
      text += line + "\n";
    }
    return text;
  }

 private:
  static std::size_t letters(const std::string& utf8) {
    return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) { return (c & 0xC0) != 0x80; }));
  }

  std::vector<Row> rows_;
  std::size_t left_;
};

std::string measured_words(const Tally& tally) {
  const Duration whole = tally.measured + tally.unknown;
  return whole == Duration{} ? "-" : percent_words(share_of(tally.measured, whole));
}

std::string promises_text(const MonthReport& report) {
  Table table({"", "promise", "", "uptime", "bad", "budget left", "ran out", "down", "degraded", "measured"}, 3);
  const auto add = [&](const std::string& name, const Tally& tally, const Budget& budget, const std::string& down,
                       const std::string& degraded) {
    table.add({name, percent_words(budget.objective), name_of(budget.verdict), percent_words(tally.uptime()),
               tally.measured > Duration{} ? minutes_words(tally.bad) : "-", left_words(budget),
               budget.ran_out_at ? local_words(report.month, *budget.ran_out_at) : "-", down, degraded, measured_words(tally)});
  };
  for (const auto& provider : report.providers)
    add(provider.title, provider.tally, provider.budget, minutes_words(provider.down), minutes_words(provider.degraded));
  add("everything", report.all, report.budget, "", "");
  return table.text();
}

std::string canaries_text(const MonthReport& report) {
  Table table({"", "canaries", "in time", "late", "junked", "failed", "left out", "p50", "p95", "p99"}, 1);
  const auto add = [&](const std::string& name, const Tally& tally) {
    const auto of = [&](Fate fate) { return count_words(tally.by_fate[static_cast<std::size_t>(fate)]); };
    table.add({name, count_words(tally.sent()), percent_words(tally.in_time()), of(Fate::late), of(Fate::junked),
               count_words(failed_of(tally)), count_words(left_out_of(tally)), time_words(tally.latency.p50),
               time_words(tally.latency.p95), time_words(tally.latency.p99)});
  };
  for (const auto& provider : report.providers) add(provider.title, provider.tally);
  add("everything", report.all);
  return table.text();
}

std::string routes_text(const MonthReport& report) {
  Table table({"route", "uptime", "bad", "measured", "canaries", "in time", "p50", "p95", "p99"}, 1);
  for (std::size_t i = 0; i < std::min(routes_shown, report.routes.size()); ++i) {
    const auto& [name, from, to, standing, tally] = report.routes[i];
    table.add({name.str() + (standing == ReportedRoute::Standing::gone ? " (not configured now)" : ""),
               percent_words(tally.uptime()), tally.measured > Duration{} ? minutes_words(tally.bad) : "-", measured_words(tally), count_words(tally.sent()),
               percent_words(tally.in_time()), time_words(tally.latency.p50), time_words(tally.latency.p95),
               time_words(tally.latency.p99)});
  }
  std::string text = table.text();
  if (report.routes.size() > routes_shown)
    text += fmt::format("and {} that did no worse; --json has them all\n",
                        count_noun(static_cast<long long>(report.routes.size() - routes_shown), "more route", "more routes"));
  return text;
}

std::string incidents_text(const MonthReport& report) {
  if (report.incidents.empty()) return "No incidents.\n";
  Table table({"began", "lasted", "impact", "culprit", "incident", "id"}, 6);
  for (const auto& [incident, culprit, span] : report.incidents)
    table.add({local_words(report.month, span.from),
               minutes_words(span.until - span.from) + (incident.open() ? ", still open" : ""), name_of(incident.impact),
               culprit.empty() ? "not named" : one_line(culprit),
               one_line(incident.title) + (incident.maintenance.empty() ? "" : " (in maintenance)"), incident.id.str()});
  return table.text();
}

}  // namespace

std::string report_text(const MonthReport& report) {
  std::string text = fmt::format("{}: {}\n{}\n", one_line(report.title), heading_words(report), verdict_words(report));
  std::string seen;
  for (const auto& vantage : report.vantages) seen += (seen.empty() ? "" : ", ") + vantage;
  text += fmt::format("Seen from {}; {} of the month was measured", seen, measured_words(report.all));
  if (report.all.excluded > Duration{}) text += fmt::format(", {} of maintenance left out", minutes_words(report.all.excluded));
  text += ".\n\n" + promises_text(report) + "\n" + canaries_text(report) + "\n" + routes_text(report) + "\n" +
          incidents_text(report) + "\n";
  for (const auto& gap : report.gaps)
    text += fmt::format("{}: {}\n", day_words(report.month, gap.span), words_of(gap));
  for (const auto& remark : report.remarks) text += remark + "\n";
  return text + sum_words(report.all) + "\n" + balance_words(report) + "\n";
}

}  // namespace mailcanary
