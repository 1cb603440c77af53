// A rule made ready: what it measures, and through which windows, is looked up once and not at every canary.
// Plain values and pure functions; any thread.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "monitor/measures/history.h"
#include "monitor/measures/group.h"

namespace mailcanary {

struct Condition {
  Rule rule;
  enum class Kind {
    other,  // not a measure of canaries: never met here
    share,
    time,
    run,
    silence,
    backlog,
    burn,
    drift,
    evidence,  // of no single history: monitor/evidence looks at all routes together
  } kind = Kind::other;
  using Count = std::int64_t (*)(const Sums&);
  Count hits = nullptr, all = nullptr;  // of a share
  std::string_view says;                // of what was hit: "were lost"
  TimeOf family = TimeOf::round_trip;
  enum class Statistic { mean, quantile, max } statistic = Statistic::mean;
  double quantile = 0;
  std::size_t window = 0, brief = 0;  // by number in Windows; brief: of the burn rate
};

struct Conditions {
  std::vector<Condition> list;  // in the order of the rules
  Windows windows;
};
Conditions prepare(const std::vector<Rule>& rules);

struct Finding {
  enum class Answer { met, not_met, clear, no_data } answer = Answer::no_data;  // clear: past the clear threshold too
  double value = 0;
};
Finding finding_of(const Rule& rule, double value);  // against its thresholds
Finding examine(const Condition& condition, const History& seen, WallTime now);
Finding examine(const Condition& condition, const Group& seen, WallTime now);
// "3 of 20 canaries were lost in 3 h (limit 10%)"; empty without data.
std::string describe(const Condition& condition, const History& seen, WallTime now);
std::string describe(const Condition& condition, const Group& seen, WallTime now);
// When it would be met though nothing comes: a silence that grows. Absent: never.
std::optional<WallTime> met_by_waiting(const Condition& condition, const History& seen);

}  // namespace mailcanary
