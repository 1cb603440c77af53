#include "monitor/rules.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/units.h"

namespace mailcanary {
namespace {

// Two canaries in a row, delivered in time and sent after the trouble, end an outage. Where the trouble was a rate,
// two prove nothing: then enough of them that the rate would have shown twice.
constexpr int good_at_most = 50;

}  // namespace

std::string track_to_text(const RuleTrack& track) {
  const auto time = [](const std::optional<WallTime>& at) { return at ? format_time(*at) : std::string("-"); };
  return fmt::format("{} {} {}", time(track.met_since), time(track.clear_since), track.firing ? "firing" : "quiet");
}

std::string track_fact(const Rule& rule, std::string_view subject) {
  return fmt::format("track.{}.{}", rule.name, subject);
}

bool remembers(const Rule& rule) {
  return rule.hold_for > Duration::zero() || rule.clear_for > Duration::zero() || rule.major_after || rule.critical_after;
}

RuleTrack track_from_text(std::string_view text) {
  RuleTrack track;
  const auto word = [&] {
    const auto blank = std::min(text.find(' '), text.size());
    const std::string_view first = text.substr(0, blank);
    text.remove_prefix(std::min(blank + 1, text.size()));
    return first;
  };
  const auto time = [&]() -> std::optional<WallTime> {
    const auto at = parse_time(word());
    return at ? std::optional(*at) : std::nullopt;
  };
  track.met_since = time();
  track.clear_since = time();
  track.firing = word() == "firing";
  return track;
}

std::optional<WallTime> hold_over(const RuleTrack& track, const Rule& rule) {
  if (track.firing) return track.clear_since ? std::optional(*track.clear_since + rule.clear_for) : std::nullopt;
  return track.met_since ? std::optional(*track.met_since + rule.hold_for) : std::nullopt;
}

RuleTrack step(RuleTrack track, const Rule& rule, const Finding& finding, WallTime now) {
  switch (finding.answer) {
    case Finding::Answer::met:
      track.clear_since.reset();
      if (!track.met_since) track.met_since = now;
      if (now - *track.met_since >= rule.hold_for) track.firing = true;
      break;
    case Finding::Answer::not_met:  // between the thresholds: a firing rule goes on, another one starts anew
      track.clear_since.reset();
      if (!track.firing) track.met_since.reset();
      break;
    case Finding::Answer::clear:
      if (!track.firing) {
        track.met_since.reset();
        break;
      }
      if (!track.clear_since) track.clear_since = now;
      if (now - *track.clear_since >= rule.clear_for) track = RuleTrack{};
      break;
    case Finding::Answer::no_data:
      break;
  }
  return track;
}

Impact impact_of(const Rule& rule, const RuleTrack& track, WallTime now) {
  const auto lasted = [&](const std::optional<Duration>& limit) {
    return limit && track.met_since && now - *track.met_since >= *limit;
  };
  if (lasted(rule.critical_after)) return Impact::critical;
  if (lasted(rule.major_after)) return std::max(rule.impact, Impact::major);
  return rule.impact;
}

int good_after(const Rule& rule) {
  if (rule.recover > 0) return rule.recover;
  // What is said of several routes, or is a matter of time, one route's deliveries cannot end.
  const bool by_canaries = rule.measure == "consecutive_failures" || rule.measure == "backlog" ||
                           rule.measure == "silence" || rule.measure == "evidence" || rule.measure.ends_with("_rate");
  if (!by_canaries || rule.measure == "burn_rate" || rule.per != RuleScope::route) return 0;
  const bool rate = rule.measure.ends_with("_rate") && rule.measure != "late_rate";
  if (!rate || !rule.above || *rule.above <= 0) return good_after_outage;
  return std::clamp(static_cast<int>(std::ceil(2 / *rule.above)), good_after_outage, good_at_most);
}

}  // namespace mailcanary
