// What a month was like, measured against what was promised: `mailcanary report`. Made from the ledger's sums and
// incidents alone.
// Does not: guess. Time nobody measured is unknown, and neither up nor down.
// Plain values and a function; the store's thread.
#pragma once
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "alerts/incident.h"
#include "config/config.h"
#include "core/result.h"
#include "monitor/ledger.h"
#include "monitor/report/month.h"
#include "monitor/report/series.h"

namespace mailcanary {

struct Latency {
  std::optional<Duration> p50, p95, p99;
};

// Of one route, one provider (all routes that touch it) or everything.
struct Tally {
  std::array<std::int64_t, 10> by_fate{};  // by the number of the fate; all there are, pending and unknown too
  std::int64_t valid = 0, good = 0;        // that count for the promise; good: not failed and not late
  std::int64_t in_maintenance = 0;         // left out, for that
  std::int64_t of_others = 0, own_fault = 0;  // bad ones left out: an incident blames another provider, or ourselves
  Duration measured{}, bad{}, excluded{}, unknown{};
  Latency latency;

  std::int64_t sent() const;  // all but `unknown`, which never left
  std::optional<double> uptime() const;   // the share of the measured time that was not bad
  std::optional<double> in_time() const;  // good of valid canaries
};

enum class Verdict { kept, broken, unknown };
const char* name_of(Verdict verdict);

// What may be bad before the promise is broken. Of a month that is not over: of the whole month.
struct Budget {
  double objective = 0;
  Verdict verdict = Verdict::unknown;
  Duration allowed{}, spent{};
  std::int64_t canaries_allowed = 0, canaries_spent = 0;
  std::optional<WallTime> ran_out_at;
};

struct ReportedRoute {
  RouteName name;
  ProviderName from, to;    // empty: not in the configuration any more
  enum class Standing { configured, gone } standing = Standing::configured;
  Tally tally;
};

struct ReportedProvider {
  ProviderName name;
  std::string title;
  Tally tally;
  Budget budget;
  std::vector<DayTally> days;
  int routes = 0;
  // By incidents that blame it, or nobody: time with a major or critical one, time with a minor one only.
  Duration down{}, degraded{};
};

struct ReportedIncident {
  Incident incident;
  std::string culprit;  // "Example Mail, inbound"; "our own side"; empty: none was named
  TimeSpan span;        // the part inside the month
};

struct Gap {
  TimeSpan span;  // days of which less than half was measured
  Duration measured{};
  enum class Why { before_the_ledger, dropped_by_retention, not_measured } why = Why::not_measured;
};
const char* words_of(Gap::Why why);
std::string words_of(const Gap& gap);  // "unknown, dropped by retention", "mostly unknown, not measured"

struct MonthReport {
  Month month;
  WallTime generated_at, until;  // until: the month's end, or now while it lasts
  bool over = true;
  std::string title;
  Duration slot{};  // of the sums it is made from
  std::vector<std::string> vantages;
  Tally all;
  Budget budget;
  std::vector<DayTally> days;  // of everything
  std::vector<ReportedProvider> providers;  // as configured
  std::vector<ReportedRoute> routes;        // the worst first
  std::vector<ReportedIncident> incidents;  // by their beginning
  std::vector<Gap> gaps;
  std::vector<std::string> remarks;
  // Single canaries held against the sums of these days; absent: they are not kept any more.
  std::optional<TimeSpan> balanced_days;
  Books books;
};

// invalid_input: a month that has not begun. not_found: nothing was measured in it, and why.
Result<MonthReport> make_report(const Config& config, LedgerStore& store, const Month& month, WallTime now);

std::string report_text(const MonthReport& report);
std::string report_json(const MonthReport& report);
std::string report_html(const MonthReport& report);

}  // namespace mailcanary
