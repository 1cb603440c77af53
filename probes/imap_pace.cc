#include "probes/imap_pace.h"

#include <algorithm>

namespace mailcanary {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration youth = seconds(10);
constexpr std::size_t max_young = 10000;
// Most bounces come within minutes; those of a queue that expires after days can wait for a heartbeat.
constexpr Duration bounce_youth = std::chrono::minutes(10);
constexpr Duration bounce_look = seconds(1);
// expect() is told shortly after the id was made.
constexpr Duration same_canary = seconds(5);

}  // namespace

void LookPace::expect(int outstanding, Now now) {
  std::erase_if(young_, [&](const Young& young) { return now.mono - young.since.mono >= youth; });
  for (int i = outstanding_; i < outstanding && young_.size() < max_young; ++i) young_.push_back(Young{now});
  if (outstanding > outstanding_) last_expected_ = now.mono;
  outstanding_ = std::max(outstanding, 0);
  // Settled in other ways (refused, bounced, given up): which ones is not said, so the oldest go.
  if (young_.size() > static_cast<std::size_t>(outstanding_)) {
    young_.erase(young_.begin(), young_.end() - outstanding_);
  }
}

void LookPace::expect_returns(int outstanding, Now now) {
  if (outstanding > returning_) last_returning_ = now.mono;
  returning_ = std::max(outstanding, 0);
}

void LookPace::seen(const CanaryId& id) {
  if (outstanding_ > 0) --outstanding_;
  const auto made = ulid_time(id.str());
  if (!made) return;
  const auto distance = [&](const Young& young) {
    return young.since.wall < *made ? *made - young.since.wall : young.since.wall - *made;
  };
  const auto nearest = std::min_element(
      young_.begin(), young_.end(), [&](const Young& a, const Young& b) { return distance(a) < distance(b); });
  if (nearest != young_.end() && distance(*nearest) <= same_canary) young_.erase(nearest);
}

const LookPace::Young* LookPace::oldest_young(MonoTime now) const {
  const auto found = std::find_if(young_.begin(), young_.end(),
                                  [&](const Young& young) { return now - young.since.mono < youth; });
  return found == young_.end() ? nullptr : &*found;
}

bool LookPace::quick(MonoTime now) const { return oldest_young(now) != nullptr; }

MonoTime LookPace::look_due(MonoTime last_look, MonoTime now) const {
  if (const Young* young = oldest_young(now)) return std::max(last_look, young->since.mono) + settings_.quick_look;
  const bool bounces_may_come = returning_ > 0 && now - last_returning_ < bounce_youth;
  const Duration rest = bounces_may_come ? std::min(bounce_look, settings_.heartbeat) : settings_.heartbeat;
  if (outstanding_ == 0) return last_look + rest;
  // A tenth of the time waited: the arrival of a slow one need not be known to the second.
  const Duration age = now - last_expected_;
  return last_look + std::clamp(age / 10, std::min<Duration>(seconds(1), settings_.heartbeat), rest);
}

MonoTime LookPace::junk_due(MonoTime last_look, MonoTime now) const {
  if (outstanding_ == 0) return last_look + settings_.heartbeat;
  if (const Young* young = oldest_young(now)) {
    return std::min(std::max(last_look, young->since.mono) + settings_.junk_look, last_look + settings_.heartbeat);
  }
  const Duration age = std::max(last_look - last_expected_, Duration::zero());
  return last_look + std::clamp(age / 4, std::min(settings_.junk_look, settings_.heartbeat), settings_.heartbeat);
}

Duration RetryPace::next(Duration first, Duration most, double chance) {
  const Duration base = std::min<Duration>(most, first * (1LL << std::min(failures_, 20)));
  ++failures_;
  // Three quarters to five quarters of it.
  return std::chrono::duration_cast<Duration>(base * (0.75 + chance / 2));
}

Duration RetryPace::after_failure(double chance) { return next(seconds(1), seconds(60), chance); }
Duration RetryPace::after_refused_login(double chance) { return next(seconds(15), std::chrono::minutes(5), chance); }

}  // namespace mailcanary
