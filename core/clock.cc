#include "core/clock.h"

#include <cstdlib>
#include <ctime>

namespace mailcanary {
namespace {

#ifdef CLOCK_BOOTTIME
constexpr clockid_t monotonic_source = CLOCK_BOOTTIME;
#else
constexpr clockid_t monotonic_source = CLOCK_MONOTONIC;
#endif

Duration read(clockid_t source) {
  timespec time{};
  // With a valid clock and a valid address this cannot fail; a wrong time would falsify every record.
  if (clock_gettime(source, &time) != 0) std::abort();
  return std::chrono::seconds(time.tv_sec) +
         std::chrono::duration_cast<Duration>(std::chrono::nanoseconds(time.tv_nsec));
}

class SystemClock : public Clock {
 public:
  Now now() const override { return {WallTime(read(CLOCK_REALTIME)), MonoTime(read(monotonic_source))}; }
};

}  // namespace

Clock& real_clock() {
  static SystemClock clock;
  return clock;
}

}  // namespace mailcanary
