// Time as a parameter. Wall time is for people and for comparing with other machines; monotonic time is for
// durations and deadlines. The types cannot be mixed. Nothing outside core/clock.cc reads a clock or sleeps
// (tests/check_layers.cmake proves it).
// Threads: real_clock() may be used from any thread; FakeClock from one.
#pragma once
#include <chrono>

namespace mailcanary {

using Duration = std::chrono::microseconds;
using WallTime = std::chrono::sys_time<Duration>;

struct MonotonicTag {
  using rep = Duration::rep;
  using period = Duration::period;
  using duration = Duration;
  using time_point = std::chrono::time_point<MonotonicTag>;
  static constexpr bool is_steady = true;
};
using MonoTime = MonotonicTag::time_point;

// One reading of both clocks. Take it once for a unit of work and pass it on: asking twice makes timelines
// that run backwards.
struct Now {
  WallTime wall;
  MonoTime mono;
};

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Now now() const = 0;
};

// CLOCK_REALTIME and CLOCK_BOOTTIME where there is one (so that a suspended laptop counts), else CLOCK_MONOTONIC.
Clock& real_clock();

// A clock for tests and for the simulator: moves only when told.
class FakeClock : public Clock {
 public:
  explicit FakeClock(WallTime start) : now_{start, MonoTime{}} {}
  Now now() const override { return now_; }
  void advance(Duration by) {
    now_.wall += by;
    now_.mono += by;
  }
  // The wall clock jumps (NTP, an operator, a resumed VM); the monotonic clock does not notice.
  void step_wall(Duration by) { now_.wall += by; }

 private:
  Now now_;
};

}  // namespace mailcanary
