// How a rule stands over time: it fires after its hold time and clears after its clear time. What it measures is in
// monitor/measures. Pure functions of (state, what was found, now); any thread. No data is no verdict: neither met
// nor clear.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "config/config.h"
#include "core/clock.h"
#include "monitor/measures/condition.h"

namespace mailcanary {

// How a rule stands on one route, or on what it looks at as one.
struct RuleTrack {
  std::optional<WallTime> met_since, clear_since;
  bool firing = false;
  bool operator==(const RuleTrack&) const = default;
};
// For the ledger: a rule that holds for a time must remember over `tick`s and restarts.
std::string track_to_text(const RuleTrack& track);
RuleTrack track_from_text(std::string_view text);
// Under which name: `subject` is a route's name, or "account:shop".
std::string track_fact(const Rule& rule, std::string_view subject);
// A rule without times is found out anew from the canaries.
bool remembers(const Rule& rule);
// When its hold or its clear time will be over, if nothing changes; absent: it waits for neither.
std::optional<WallTime> hold_over(const RuleTrack& track, const Rule& rule);
RuleTrack step(RuleTrack track, const Rule& rule, const Finding& finding, WallTime now);

// The impact of a rule that fires: graver the longer it lasts.
Impact impact_of(const Rule& rule, const RuleTrack& track, WallTime now);
// Where trouble is told by single canaries, this many delivered in a row end it; 0: it ends when the rule clears.
int good_after(const Rule& rule);
inline constexpr int good_after_outage = 2;
// That trouble which goes on looks like a recovery.
inline constexpr double luck_allowed = 1e-3;

}  // namespace mailcanary
