#include "probes/imap_pace.h"

#include <algorithm>

namespace mailcanary {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration youth = seconds(10);
constexpr std::size_t max_waiting = 10000;
// Most bounces come within minutes; those of a queue that expires after days can wait for a heartbeat.
constexpr Duration bounce_youth = std::chrono::minutes(10);
constexpr Duration bounce_look = seconds(1);
constexpr Duration bounce_login = seconds(5);
// So many looks that find nothing are no trouble to a server that counts logins; from then on each makes the pause
// longer.
constexpr int tireless_looks = 10;
constexpr Duration tiring = seconds(3);
// expect() is told shortly after the id was made.
constexpr Duration same_canary = seconds(5);

}  // namespace

void LookPace::expect(int outstanding, Now now) {
  for (int i = outstanding_; i < outstanding; ++i) {
    if (waiting_.size() == max_waiting) waiting_.erase(waiting_.begin());
    waiting_.push_back(now);
  }
  if (outstanding > outstanding_) last_expected_ = now.mono;
  outstanding_ = std::max(outstanding, 0);
  // Settled in other ways (refused, bounced, given up): which ones is not said, so the oldest go.
  if (waiting_.size() > static_cast<std::size_t>(outstanding_)) {
    waiting_.erase(waiting_.begin(), waiting_.end() - outstanding_);
  }
  if (outstanding_ == 0 && returning_ == 0) fruitless_ = 0;
}

void LookPace::expect_returns(int outstanding, Now now) {
  if (outstanding > returning_) last_returning_ = now.mono;
  if (returning_ == 0) first_returning_ = now.mono;
  returning_ = std::max(outstanding, 0);
  if (outstanding_ == 0 && returning_ == 0) fruitless_ = 0;
}

void LookPace::seen(const CanaryId& id) {
  if (outstanding_ > 0) --outstanding_;
  const auto made = ulid_time(id.str());
  if (!made) return;
  const auto distance = [&](const Now& sent) { return sent.wall < *made ? *made - sent.wall : sent.wall - *made; };
  const auto nearest = std::min_element(waiting_.begin(), waiting_.end(),
                                        [&](const Now& a, const Now& b) { return distance(a) < distance(b); });
  if (nearest != waiting_.end() && distance(*nearest) <= same_canary) waiting_.erase(nearest);
}

void LookPace::looked(Found found) {
  const bool hoped = outstanding_ > 0 || returning_ > 0;
  fruitless_ = found == Found::something || !hoped ? 0 : fruitless_ + 1;
}

const Now* LookPace::oldest_young(MonoTime now) const {
  const auto found =
      std::find_if(waiting_.begin(), waiting_.end(), [&](const Now& sent) { return now - sent.mono < youth; });
  return found == waiting_.end() ? nullptr : &*found;
}

bool LookPace::quick(MonoTime now) const { return oldest_young(now) != nullptr; }

Duration LookPace::age_of_newest(MonoTime now) const {
  return std::max(now - (waiting_.empty() ? last_expected_ : waiting_.back().mono), Duration::zero());
}

// Between looks for bounces; the heartbeat when none is to be expected.
Duration LookPace::bounce_pause(MonoTime now) const {
  if (returning_ == 0) return settings_.heartbeat;
  if (settings_.cost == Cost::a_login) {
    // By the first that is unaccounted for, so that those sent after it do not begin anew.
    return std::clamp((now - first_returning_) / 4, std::min(bounce_login, settings_.heartbeat), settings_.heartbeat);
  }
  return now - last_returning_ < bounce_youth ? std::min(bounce_look, settings_.heartbeat) : settings_.heartbeat;
}

// The least pause between looks for arrivals.
Duration LookPace::tiredness() const {
  if (settings_.cost == Cost::a_question || fruitless_ <= tireless_looks) return {};
  return std::min<Duration>(tiring * (fruitless_ - tireless_looks), settings_.heartbeat);
}

MonoTime LookPace::look_due(MonoTime last_look, MonoTime now) const {
  const MonoTime bounces = last_look + bounce_pause(now);
  if (const Now* young = oldest_young(now)) {
    const MonoTime wanted = std::max(last_look, young->mono) + settings_.quick_look;
    return std::max(wanted, std::min(last_look + tiredness(), bounces));
  }
  if (outstanding_ == 0) return bounces;
  // A tenth of the time waited: the arrival of a slow one need not be known to the second.
  const Duration pause = std::max(age_of_newest(now) / 10, std::min<Duration>(seconds(1), settings_.heartbeat));
  return std::min(last_look + std::max(pause, tiredness()), bounces);
}

MonoTime LookPace::junk_due(MonoTime last_look, MonoTime now) const {
  if (outstanding_ == 0) return last_look + settings_.heartbeat;
  if (const Now* young = oldest_young(now)) {
    return std::min(std::max(last_look, young->mono) + settings_.junk_look, last_look + settings_.heartbeat);
  }
  const Duration age = age_of_newest(last_look);
  return last_look + std::clamp(age / 4, std::min(settings_.junk_look, settings_.heartbeat), settings_.heartbeat);
}

}  // namespace mailcanary
