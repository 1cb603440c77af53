#include "probes/sending_pause.h"

#include <fmt/format.h>

#include "core/units.h"

namespace mailcanary {
namespace {

// Most providers count over the last day or hour, so some of it is free again before long.
constexpr Duration limit_pause = std::chrono::hours(1);

// "20:00:15 UTC"
std::string time_of_day(WallTime time) { return format_time(time).substr(11, 8) + " UTC"; }

}  // namespace

Duration SendingPause::refused(Refusal refusal, std::string reason, Now now, double chance) {
  if (verdict_on(refusal) != SubmitOutcome::Verdict::own_fault) return {};
  const Duration pause = refusal == Refusal::sending_limit ? limit_pause : retry_.after_refused_login(chance);
  const Now until{now.wall + pause, now.mono + pause};
  // Refusals of sessions that were open at once: the longest pause counts.
  if (until_ && until_->mono > until.mono) return pause;
  until_ = until;
  reason_ = std::move(reason);
  return pause;
}

std::optional<std::string> SendingPause::reason(Now now) const {
  if (!until_ || now.mono >= until_->mono) return std::nullopt;
  return fmt::format("{}; not tried again before {}", reason_, time_of_day(until_->wall));
}

}  // namespace mailcanary
