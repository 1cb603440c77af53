#include "probes/retry_pace.h"

#include <algorithm>

namespace mailcanary {

using std::chrono::minutes;
using std::chrono::seconds;

Duration RetryPace::next(Duration first, Duration most, double chance) {
  const Duration base = std::min<Duration>(most, first * (1LL << std::min(failures_, 20)));
  ++failures_;
  // Three quarters to five quarters of it.
  return std::chrono::duration_cast<Duration>(base * (0.75 + chance / 2));
}

Duration RetryPace::after_failure(double chance) { return next(seconds(1), seconds(60), chance); }
Duration RetryPace::after_refused_login(double chance) { return next(seconds(15), minutes(5), chance); }

}  // namespace mailcanary
