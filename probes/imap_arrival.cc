#include "probes/imap_arrival.h"

#include <algorithm>

namespace mailcanary {
namespace {

using std::chrono::seconds;

// Stamps have whole seconds.
constexpr Duration stamp_resolution = seconds(1);
// How far a stamp may lie outside what our looks allow: its rounding, and clocks that are a little apart.
constexpr Duration slack = seconds(2);
// Nothing is known of the time but that it is past.
constexpr Duration no_resolution = std::chrono::hours(24);

}  // namespace

void SkewEstimate::observe(WallTime internal_date, WallTime arrived, Duration resolution) {
  const Bounds here{internal_date - arrived, internal_date + stamp_resolution - (arrived - resolution)};
  if (!bounds_) {
    bounds_ = here;
    return;
  }
  const Bounds both{std::max(bounds_->low, here.low), std::min(bounds_->high, here.high)};
  bounds_ = both.low <= both.high ? both : here;
}

std::optional<Duration> SkewEstimate::value() const {
  if (!bounds_) return std::nullopt;
  return bounds_->low + (bounds_->high - bounds_->low) / 2;
}

Arrival judge_arrival(const ArrivalEvidence& evidence, std::optional<Duration> skew) {
  std::optional<Duration> window;
  const Now known = evidence.noticed.value_or(evidence.seen);
  if (evidence.last_look) window = std::max(known.mono - evidence.last_look->mono, Duration::zero());
  if (evidence.made && *evidence.made <= known.wall) {
    const Duration life = known.wall - *evidence.made;
    window = std::min(window.value_or(life), life);
  }

  if (evidence.noticed && evidence.word == ArrivalEvidence::Word::push) {
    return {known.wall, ArrivalSource::push, std::min(push_resolution, window.value_or(push_resolution)), std::nullopt};
  }
  if (window && *window <= stamp_resolution) return {known.wall, ArrivalSource::poll, *window, std::nullopt};

  const auto possible = [&](WallTime stamp) {
    if (!window) return true;
    const WallTime ours = stamp - skew.value_or(Duration::zero());
    return ours <= known.wall + slack && ours >= known.wall - *window - slack;
  };
  // Within the stamp's second our looks may know better.
  const auto narrowed = [&](WallTime stamp, ArrivalSource source) {
    const WallTime end = stamp + stamp_resolution;
    Arrival arrival{stamp, source, stamp_resolution, skew};
    if (!window) return arrival;
    const WallTime latest = known.wall + skew.value_or(Duration::zero());
    const WallTime earliest = latest - *window;
    if (earliest > stamp && earliest < end) arrival.at = earliest;
    arrival.resolution = (latest > arrival.at ? std::min(latest, end) : end) - arrival.at;
    return arrival;
  };
  if (evidence.internal_date && possible(*evidence.internal_date)) {
    return narrowed(*evidence.internal_date, ArrivalSource::internaldate);
  }
  if (evidence.received && possible(*evidence.received)) return narrowed(*evidence.received, ArrivalSource::received);
  return {known.wall, ArrivalSource::poll, window.value_or(no_resolution), std::nullopt};
}

}  // namespace mailcanary
