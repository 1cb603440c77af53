// When to try again after failing. Does not: wait, or draw lots. Pure logic; one thread.
#pragma once
#include "core/clock.h"

namespace mailcanary {

// Exponential, with jitter, so that many monitors do not return to a restarted server in one moment.
class RetryPace {
 public:
  // How long to wait after one more failure. `chance` is random in [0, 1).
  Duration after_failure(double chance);
  // Wrong passwords are tried rarely: servers lock accounts out.
  Duration after_refused_login(double chance);
  void succeeded() { failures_ = 0; }

 private:
  Duration next(Duration first, Duration most, double chance);
  int failures_ = 0;
};

}  // namespace mailcanary
