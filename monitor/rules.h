// Rules: a condition on a measure over a window, with hold and clear conditions. Pure functions of (rule, what was
// observed, now); any thread. No data is no verdict: neither met nor clear.
#pragma once
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "config/config.h"
#include "core/clock.h"
#include "probes/canary.h"

namespace mailcanary {

// What one canary of a route showed so far.
struct Observation {
  CanaryId id;
  WallTime sent_at;
  Fate fate = Fate::pending;
  bool duplicated = false;
  bool overdue = false;  // pending past late_after, and its mailbox was looked at since
  std::optional<Duration> round_trip, submit;
  std::string words;  // what went wrong, one line; empty when nothing did
};
using Observations = std::deque<Observation>;  // oldest first

bool is_trouble(const Observation& seen);  // failed or overdue

struct Finding {
  enum class Answer { met, not_met, clear, no_data } answer = Answer::no_data;  // clear: past the clear threshold too
  double value = 0;
  std::string words;  // "3 canaries failed in a row (limit 1)"
};
// Canaries sent before `not_before` do not count: an incident that has ended explains them.
Finding examine(const Rule& rule, const Observations& seen, WallTime not_before, WallTime now);

// How a rule stands on one route.
struct RuleTrack {
  std::optional<WallTime> met_since, clear_since;
  bool firing = false;
  bool operator==(const RuleTrack&) const = default;
};
// For the ledger: a rule that holds for a time must remember over `tick`s and restarts.
std::string track_to_text(const RuleTrack& track);
RuleTrack track_from_text(std::string_view text);
std::string track_fact(const Rule& rule, const RouteName& route);  // under which name
// When its hold or its clear time will be over, if nothing changes; absent: it waits for neither.
std::optional<WallTime> hold_over(const RuleTrack& track, const Rule& rule);
RuleTrack step(RuleTrack track, const Rule& rule, const Finding& finding, WallTime now);

}  // namespace mailcanary
