#include "monitor/report/report.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "core/units.h"
#include "monitor/maintenance.h"
#include "monitor/report/assembly.h"
#include "monitor/report/charges.h"

namespace mailcanary {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr Duration day = hours(24);
// Above this sums of an hour are read instead of those of 5 minutes: 500 routes, about.
constexpr std::int64_t most_rows = 4'500'000;

WallTime ceil_day(WallTime time) { return std::chrono::ceil<std::chrono::days>(time); }
WallTime floor_day(WallTime time) { return std::chrono::floor<std::chrono::days>(time); }

// The finest sums that the whole month still has; days when not even they are complete.
Duration choose_slot(const KeptFrom& kept, TimeSpan month, std::size_t lanes) {
  const auto rows = static_cast<std::int64_t>(lanes) * ((month.until - month.from) / minutes(5));
  if (kept.rollups_5m <= month.from && rows <= most_rows) return minutes(5);
  return kept.rollups_1h <= month.from ? Duration(hours(1)) : day;
}

std::optional<WallTime> ledger_begins(const std::map<std::string, std::string>& facts) {
  std::optional<WallTime> first;
  for (const auto& [name, value] : facts) {
    if (!name.starts_with("since.")) continue;
    const auto time = parse_time(value);
    if (time && (!first || *time < *first)) first = *time;
  }
  return first;
}

// Days without measurement, or with little; those in a row as one.
std::vector<Gap> gaps_of(const Month& month, const std::vector<DayTally>& days, WallTime until, WallTime kept,
                         std::optional<WallTime> begins) {
  std::vector<Gap> gaps;
  for (std::size_t i = 0; i < days.size(); ++i) {
    const TimeSpan& span = month.days[i];
    if (span.from >= until) break;
    const Duration counts = std::min(span.until, until) - span.from - days[i].excluded;
    if (counts <= Duration{} || 2 * days[i].measured >= counts) continue;
    Gap gap{{span.from, std::min(span.until, until)}, days[i].measured, Gap::Why::not_measured};
    if (begins && span.until <= *begins) gap.why = Gap::Why::before_the_ledger;
    if (span.from < kept) gap.why = Gap::Why::dropped_by_retention;
    if (!gaps.empty() && gaps.back().why == gap.why && gaps.back().span.until == gap.span.from) {
      gaps.back().span.until = gap.span.until;
      gaps.back().measured += gap.measured;
    } else {
      gaps.push_back(gap);
    }
  }
  return gaps;
}

std::string culprit_words(const Config& config, const Incident& incident) {
  if (incident.blame.self) return "our own side";
  const Provider* provider = config.provider(blamed_provider(config, incident));
  std::string words = provider != nullptr ? provider->title : incident.blame.provider.str();
  if (!incident.blame.account.empty()) words += (words.empty() ? "account " : ", account ") + incident.blame.account.str();
  if (incident.blame.leg != Leg::unknown && !words.empty()) words += fmt::format(", {}", name_of(incident.blame.leg));
  return words;
}

void add_incidents(const Config& config, const std::vector<Incident>& incidents, MonthReport& report) {
  const TimeSpan within{report.month.span.from, report.until};
  for (const auto& incident : incidents) {
    const Spans part = clipped({span_of(incident, report.until)}, within);
    if (!part.empty()) report.incidents.push_back({incident, culprit_words(config, incident), part.front()});
  }
  std::stable_sort(report.incidents.begin(), report.incidents.end(),
                   [](const ReportedIncident& a, const ReportedIncident& b) { return a.span.from < b.span.from; });

  for (auto& provider : report.providers) {
    std::vector<TimeSpan> grave, any;
    for (const auto& [incident, culprit, span] : report.incidents) {
      if (incident.blame.self || !incident.maintenance.empty()) continue;
      const ProviderName blamed = blamed_provider(config, incident);
      const auto& touched = incident.components;
      const bool its = blamed.empty() ? std::find(touched.begin(), touched.end(), provider.name) != touched.end()
                                      : blamed == provider.name;
      if (!its) continue;
      any.push_back(span);
      if (incident.impact >= Impact::major) grave.push_back(span);
    }
    const Spans down = merged(std::move(grave));
    provider.down = length_of(down);
    provider.degraded = length_of(without(merged(std::move(any)), down));
  }
}

void sort_routes(std::vector<ReportedRoute>& routes) {
  std::stable_sort(routes.begin(), routes.end(), [](const ReportedRoute& a, const ReportedRoute& b) {
    // What was not measured stands behind what was bad, and before what was well all the time.
    const auto rank = [](const ReportedRoute& route) { return route.tally.uptime().value_or(0.999999); };
    return rank(a) < rank(b);
  });
}

Result<void> balance(LedgerStore& store, const KeptFrom& kept, MonthReport& report) {
  const WallTime from = std::max(ceil_day(report.month.span.from), kept.canaries == WallTime::min() ? report.month.span.from : ceil_day(kept.canaries));
  // The last day of a month that lasts is not over, but whole as far as it goes.
  const WallTime until = report.over ? floor_day(report.month.span.until) : ceil_day(report.until);
  if (ceil_day(from) >= until || kept.rollups_1d > from) return {};
  auto books = store.books_of_days(ceil_day(from), until);
  if (!books) return books.error();
  report.balanced_days = TimeSpan{ceil_day(from), until};
  report.books = std::move(*books);
  return {};
}

Result<void> read_slots(LedgerStore& store, const MonthReport& report, Assembly& assembly) {
  const TimeSpan& month = report.month.span;
  const bool utc_days = ceil_day(month.from) == month.from && ceil_day(month.until) == month.until;
  // The sums of days hold the same times in far fewer rows, where the month's days are UTC's.
  const auto times = utc_days ? LedgerStore::Times::left_out : LedgerStore::Times::read;
  auto read = store.each_slot(report.slot, month.from, report.until, times, [&](const LaneSlot& slot) {
    assembly.add(slot);
    if (!utc_days) assembly.add_times(slot);
  });
  if (!read || !utc_days) return read;
  return store.each_slot(day, month.from, month.until, LedgerStore::Times::read,
                         [&](const LaneSlot& slot) { assembly.add_times(slot); });
}

void remark(MonthReport& report) {
  if (report.slot == hours(1))
    report.remarks.push_back("made from sums of an hour: what touches maintenance or an incident does so by whole hours");
  if (report.slot == day)
    report.remarks.push_back("made from sums of a day, by UTC: finer ones are not kept so long (retention:), so that "
                             "maintenance cannot be left out");
}

}  // namespace

std::int64_t Tally::sent() const {
  std::int64_t sum = 0;
  for (std::size_t fate = 0; fate < by_fate.size(); ++fate)
    if (static_cast<Fate>(fate) != Fate::unknown) sum += by_fate[fate];
  return sum;
}

std::optional<double> Tally::uptime() const {
  if (measured <= Duration{}) return std::nullopt;
  return 1 - static_cast<double>(bad.count()) / static_cast<double>(measured.count());
}

std::optional<double> Tally::in_time() const {
  if (valid == 0) return std::nullopt;
  return static_cast<double>(good) / static_cast<double>(valid);
}

const char* name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kept: return "kept";
    case Verdict::broken: return "broken";
    case Verdict::unknown: return "unknown";
  }
  return "unknown";
}

const char* words_of(Gap::Why why) {
  switch (why) {
    case Gap::Why::before_the_ledger: return "before the ledger begins";
    case Gap::Why::dropped_by_retention: return "dropped by retention";
    case Gap::Why::not_measured: return "not measured";
  }
  return "not measured";
}

std::string words_of(const Gap& gap) {
  return fmt::format("{}, {}", gap.measured > Duration{} ? "mostly unknown" : "unknown", words_of(gap.why));
}

Result<MonthReport> make_report(const Config& config, LedgerStore& store, const Month& month, WallTime now) {
  if (month.span.from > now)
    return Error{ErrorKind::invalid_input,
                 fmt::format("{} has not begun; name a month up to {}", month.text, month_at(now, month.zone).value())};
  MonthReport report;
  report.month = month;
  report.generated_at = now;
  report.until = std::min(month.span.until, now);
  report.over = month.span.until <= now;
  report.title = config.status.title;

  const auto lanes = store.lanes();
  if (!lanes) return lanes.error();
  const auto kept = store.kept_from();
  if (!kept) return kept.error();
  const auto facts = store.facts();
  if (!facts) return facts.error();
  const auto incidents = store.incidents_since(month.span.from);
  if (!incidents) return incidents.error();
  const auto acts = store.quiet_acts(month.span.from);
  if (!acts) return acts.error();
  const auto pending = store.pending();
  if (!pending) return pending.error();
  if (lanes->empty())
    return Error{ErrorKind::not_found, "the ledger holds no canary yet; start 'mailcanary run' or 'tick' first"};

  const TimeSpan span{month.span.from, report.until};
  report.slot = choose_slot(*kept, span, lanes->size());
  const Charges charges(config, *incidents, span);
  Assembly::Options options{span, report.slot, &report.month, {}, &charges};
  // Of a whole day in which there was maintenance nothing would be left.
  if (config.slo.maintenance == Slo::InMaintenance::left_out && report.slot != day)
    options.maintenance = maintenance_between(config, *acts, span.from, span.until);
  Assembly assembly(config, *lanes, std::move(options));
  if (auto read = read_slots(store, report, assembly); !read) return read.error();
  for (const auto& canary : *pending)
    if (canary.sent_at >= span.from && canary.sent_at < span.until) assembly.add_pending(canary.route);
  assembly.finish(report);

  if (report.all.sent() == 0) {
    const auto begins = ledger_begins(*facts);
    return Error{ErrorKind::not_found,
                 fmt::format("nothing was measured in {}{}", month.text,
                             begins && *begins >= month.span.until
                                 ? fmt::format("; the ledger begins on {}", format_time(*begins).substr(0, 10))
                                 : "; 'mailcanary history ROUTE' shows the newest canaries")};
  }
  std::set<std::string> vantages;
  for (const auto& lane : *lanes) vantages.insert(lane.vantage);
  report.vantages.assign(vantages.begin(), vantages.end());
  add_incidents(config, *incidents, report);
  const WallTime kept_from = report.slot == day ? kept->rollups_1d : WallTime::min();
  report.gaps = gaps_of(report.month, report.days, report.until, kept_from, ledger_begins(*facts));
  sort_routes(report.routes);
  if (auto balanced = balance(store, *kept, report); !balanced) return balanced.error();
  remark(report);
  return report;
}

}  // namespace mailcanary
