#include "monitor/measures/condition.h"

#include <algorithm>
#include <array>
#include <limits>

#include <fmt/format.h>

#include "core/text.h"
#include "core/units.h"

namespace mailcanary {
namespace {

using Statistic = Condition::Statistic;

// Rates: the share of canaries of which it is true, among those that say anything.
struct Share {
  std::string_view measure;
  Condition::Count hits, all;
  std::string_view says;
};
std::int64_t all_counted(const Sums& sums) { return sums.counted(); }
const std::array shares = {
    Share{"failure_rate", [](const Sums& s) { return s.trouble(); }, all_counted, "failed or are overdue"},
    Share{"loss_rate", [](const Sums& s) { return s.of(Fate::lost); }, all_counted, "were lost"},
    Share{"late_rate", [](const Sums& s) { return s.of(Fate::late) + s.overdue; }, all_counted, "were late or are overdue"},
    Share{"junk_rate", [](const Sums& s) { return s.of(Fate::junked); }, all_counted, "went to Junk"},
    Share{"bounce_rate", [](const Sums& s) { return s.of(Fate::bounced); }, all_counted, "bounced"},
    Share{"reject_rate", [](const Sums& s) { return s.of(Fate::rejected) + s.of(Fate::deferred); }, all_counted,
          "were refused"},
    Share{"unreachable_rate", [](const Sums& s) { return s.of(Fate::unreachable); }, all_counted,
          "met an unreachable server"},
    Share{"duplicate_rate", [](const Sums& s) { return s.duplicated; }, [](const Sums& s) { return s.arrived(); },
          "came more than once"},
    Share{"verdict_failures", [](const Sums& s) { return s.not_passed; }, [](const Sums& s) { return s.judged; },
          "did not pass SPF, DKIM and DMARC"},
};

struct TimeName {
  std::string_view name;
  TimeOf family;
};
constexpr std::array families = {TimeName{"round_trip", TimeOf::round_trip}, TimeName{"submit", TimeOf::submit},
                                 TimeName{"transit", TimeOf::transit}};
struct StatisticName {
  std::string_view name;
  Statistic statistic;
  double quantile;
};
constexpr std::array statistics = {
    StatisticName{"mean", Statistic::mean, 0},       StatisticName{"p50", Statistic::quantile, 0.50},
    StatisticName{"p90", Statistic::quantile, 0.90}, StatisticName{"p95", Statistic::quantile, 0.95},
    StatisticName{"p99", Statistic::quantile, 0.99}, StatisticName{"max", Statistic::max, 1}};

struct PlainName {
  std::string_view name;
  Condition::Kind kind;
};
constexpr std::array plain = {
    PlainName{"consecutive_failures", Condition::Kind::run}, PlainName{"silence", Condition::Kind::silence},
    PlainName{"backlog", Condition::Kind::backlog}, PlainName{"burn_rate", Condition::Kind::burn},
    PlainName{"drift", Condition::Kind::drift}, PlainName{"evidence", Condition::Kind::evidence}};

Condition condition_of(const Rule& rule) {
  Condition made;
  made.rule = rule;
  if (measures_traffic(rule)) return made;  // monitor/traffic looks at these
  const std::string_view measure = rule.measure;
  for (const auto& share : shares) {
    if (share.measure != measure) continue;
    made.kind = Condition::Kind::share;
    made.hits = share.hits;
    made.all = share.all;
    made.says = share.says;
  }
  for (const auto& row : plain) {
    if (row.name == measure) made.kind = row.kind;
  }
  const auto dot = measure.find('.');
  if (dot == std::string_view::npos) return made;
  made.kind = Condition::Kind::time;
  for (const auto& row : families) {
    if (row.name == measure.substr(0, dot)) made.family = row.family;
  }
  for (const auto& row : statistics) {
    if (row.name != measure.substr(dot + 1)) continue;
    made.statistic = row.statistic;
    made.quantile = row.quantile;
  }
  return made;
}

bool looks_through_window(Condition::Kind kind) {
  return kind == Condition::Kind::share || kind == Condition::Kind::time || kind == Condition::Kind::burn;
}

struct Value {
  double number = 0;
  std::int64_t samples = 0;
};
constexpr std::int64_t always_enough = std::numeric_limits<std::int64_t>::max();  // what is its own sample

double in_seconds(Duration time) { return std::chrono::duration<double>(time).count(); }

std::string seconds_text(double seconds) {
  return human_duration(std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds)));
}

double statistic_of(std::vector<Duration> times, const Condition& condition) {
  if (condition.statistic == Statistic::mean) {
    double sum = 0;
    for (const Duration time : times) sum += in_seconds(time);
    return sum / static_cast<double>(times.size());
  }
  const auto rank = static_cast<std::ptrdiff_t>(condition.quantile * static_cast<double>(times.size() - 1) + 0.5);
  std::nth_element(times.begin(), times.begin() + rank, times.end());
  return in_seconds(times[static_cast<std::size_t>(rank)]);
}

template <class Seen>
std::optional<Value> time_value(const Condition& condition, const Seen& seen) {
  const Histogram& times = seen.sums(condition.window).times_of(condition.family);
  if (times.count() == 0) return std::nullopt;
  if (auto few = seen.few_times(condition.window, condition.family); few && !few->empty())
    return Value{statistic_of(std::move(*few), condition), times.count()};
  const auto number = condition.statistic == Statistic::mean ? times.mean() : times.quantile(condition.quantile);
  return number ? std::optional(Value{in_seconds(*number), times.count()}) : std::nullopt;
}

// How many times faster than allowed the error budget goes: bad canaries are those that failed, are overdue or late.
double burn_of(const Condition& condition, const Sums& sums) {
  const double bad = static_cast<double>(sums.trouble() + sums.of(Fate::late));
  return bad / static_cast<double>(sums.counted()) / (1 - condition.rule.objective);
}

template <class Seen>
std::optional<Value> value_of(const Condition& condition, const Seen& seen, WallTime now) {
  switch (condition.kind) {
    case Condition::Kind::other:
    case Condition::Kind::evidence: return std::nullopt;
    case Condition::Kind::share: {
      const Sums& sums = seen.sums(condition.window);
      const std::int64_t all = condition.all(sums);
      if (all == 0) return std::nullopt;
      return Value{static_cast<double>(condition.hits(sums)) / static_cast<double>(all), all};
    }
    case Condition::Kind::time: return time_value(condition, seen);
    case Condition::Kind::run: {
      const History::Run run = seen.run();
      if (run.failures == 0 && !run.good_at) return std::nullopt;
      return Value{static_cast<double>(run.failures), always_enough};
    }
    case Condition::Kind::backlog: return Value{static_cast<double>(seen.backlog()), always_enough};
    case Condition::Kind::silence: {
      const auto awaited = seen.awaited_since();
      if (awaited) return Value{in_seconds(now - *awaited), always_enough};
      return seen.last_arrival() ? std::optional(Value{0, always_enough}) : std::nullopt;
    }
    case Condition::Kind::burn: {
      const Sums& over = seen.sums(condition.window);
      const Sums& brief = seen.sums(condition.brief);
      if (over.counted() == 0 || brief.counted() == 0) return std::nullopt;
      return Value{std::min(burn_of(condition, over), burn_of(condition, brief)), over.counted()};
    }
    case Condition::Kind::drift: {
      const auto drift = seen.drift();
      return drift ? std::optional(Value{drift->times, drift->canaries}) : std::nullopt;
    }
  }
  return std::nullopt;
}

template <class Seen>
Finding examine_any(const Condition& condition, const Seen& seen, WallTime now) {
  const auto value = value_of(condition, seen, now);
  if (!value || value->samples < condition.rule.min_samples) return {};
  return finding_of(condition.rule, value->number);
}

std::string limit_text(const Rule& rule) {
  const double limit = rule.above ? *rule.above : rule.below.value_or(0);
  for (const auto& info : measure_table()) {
    if (rule.measure != info.name) continue;
    if (std::string_view(info.unit) == "s") return seconds_text(limit);
    if (std::string_view(info.unit) == "share") return format_share(limit);
  }
  return fmt::format("{:g}", limit);
}

template <class Seen>
std::string words_of(const Condition& condition, const Seen& seen, const Value& value) {
  const Rule& rule = condition.rule;
  switch (condition.kind) {
    case Condition::Kind::other:
    case Condition::Kind::evidence: return "";
    case Condition::Kind::share:
      return fmt::format("{} of {} {} in {}", condition.hits(seen.sums(condition.window)),
                         count_noun(value.samples, "canary", "canaries"), condition.says, human_duration(rule.over));
    case Condition::Kind::time:
      return fmt::format("{} is {} over {} ({})", rule.measure, seconds_text(value.number), human_duration(rule.over),
                         count_noun(value.samples, "canary", "canaries"));
    case Condition::Kind::run:
      return fmt::format("{} in a row failed or {} overdue",
                         count_noun(static_cast<long long>(value.number), "canary", "canaries"),
                         value.number == 1 ? "is" : "are");
    case Condition::Kind::backlog:
      return fmt::format("{} overdue", count_noun(static_cast<long long>(value.number), "canary is", "canaries are"));
    case Condition::Kind::silence:
      return seen.awaited_since() ? fmt::format("nothing arrived for {}", seconds_text(value.number)) : "nothing is awaited";
    case Condition::Kind::burn:
      return fmt::format("the error budget of {} goes {:.3g} times faster than allowed over {} and {:.3g} times over {}",
                         format_share(1 - rule.objective), burn_of(condition, seen.sums(condition.window)),
                         human_duration(rule.over), burn_of(condition, seen.sums(condition.brief)),
                         human_duration(rule.brief));
    case Condition::Kind::drift:
      return fmt::format("mail of the last day took {:.2g} times as long as at the same hours of the four weeks before",
                         value.number);
  }
  return "";
}

template <class Seen>
std::string describe_any(const Condition& condition, const Seen& seen, WallTime now) {
  const auto value = value_of(condition, seen, now);
  if (!value) return "";
  return fmt::format("{} (limit {})", words_of(condition, seen, *value), limit_text(condition.rule));
}

}  // namespace

Finding finding_of(const Rule& rule, double value) {
  Finding finding;
  finding.value = value;
  const bool met = (rule.above && value > *rule.above) || (rule.below && value < *rule.below);
  const double limit = rule.above ? *rule.above : rule.below.value_or(0);
  const double clear_limit = rule.clear.value_or(limit);
  const bool clear = rule.above ? value <= clear_limit : value >= clear_limit;
  finding.answer = met ? Finding::Answer::met : clear ? Finding::Answer::clear : Finding::Answer::not_met;
  return finding;
}

Conditions prepare(const std::vector<Rule>& rules) {
  Conditions ready;
  const auto need = [&](Duration over, const Condition& condition) {
    auto& list = ready.windows.list;
    auto place = std::find_if(list.begin(), list.end(), [&](const Window& w) { return w.over == over; });
    if (place == list.end()) place = list.insert(list.end(), Window{over});
    if (condition.rule.per != RuleScope::route) place->shared = true;
    if (condition.kind == Condition::Kind::time) place->families[static_cast<std::size_t>(condition.family)] = true;
  };
  for (const auto& rule : rules) {
    ready.list.push_back(condition_of(rule));
    const Condition& made = ready.list.back();
    if (made.kind == Condition::Kind::drift) ready.windows.by_hour = true;
    if (!looks_through_window(made.kind)) continue;
    need(rule.over, made);
    if (made.kind == Condition::Kind::burn) need(rule.brief, made);
  }
  auto& windows = ready.windows.list;
  std::sort(windows.begin(), windows.end(), [](const Window& a, const Window& b) { return a.over < b.over; });
  const auto number_of = [&](Duration over) {
    const auto place = std::find_if(windows.begin(), windows.end(), [&](const Window& w) { return w.over == over; });
    return static_cast<std::size_t>(place - windows.begin());
  };
  for (auto& made : ready.list) {
    made.window = number_of(made.rule.over);
    made.brief = number_of(made.rule.brief);
  }
  return ready;
}

Finding examine(const Condition& condition, const History& seen, WallTime now) {
  return examine_any(condition, seen, now);
}
Finding examine(const Condition& condition, const Group& seen, WallTime now) {
  return examine_any(condition, seen, now);
}
std::string describe(const Condition& condition, const History& seen, WallTime now) {
  return describe_any(condition, seen, now);
}
std::string describe(const Condition& condition, const Group& seen, WallTime now) {
  return describe_any(condition, seen, now);
}

std::optional<WallTime> met_by_waiting(const Condition& condition, const History& seen) {
  if (condition.kind != Condition::Kind::silence || !condition.rule.above) return std::nullopt;
  const auto awaited = seen.awaited_since();
  if (!awaited) return std::nullopt;
  const auto limit = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(*condition.rule.above));
  return *awaited + limit + Duration(1);
}

}  // namespace mailcanary
