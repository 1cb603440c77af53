#include "core/clock.h"

#include <type_traits>

#include "tests/catch.h"

using namespace mailcanary;
using namespace std::chrono_literals;

TEST_CASE("wall time and monotonic time cannot be mixed") {
  CHECK_FALSE(std::is_convertible_v<WallTime, MonoTime>);
  CHECK_FALSE(std::is_convertible_v<MonoTime, WallTime>);
  CHECK_FALSE(std::is_constructible_v<MonoTime, WallTime>);
}

TEST_CASE("the real clock's monotonic time never runs backwards and its wall time is of this century") {
  Now before = real_clock().now();
  for (int i = 0; i < 1000; ++i) {
    const Now after = real_clock().now();
    REQUIRE(after.mono >= before.mono);
    before = after;
  }
  CHECK(before.wall > WallTime(std::chrono::sys_days{std::chrono::year(2024) / 1 / 1}));
  CHECK(before.wall < WallTime(std::chrono::sys_days{std::chrono::year(2100) / 1 / 1}));
}

TEST_CASE("a fake clock moves only when told, and a step of the wall clock leaves durations alone") {
  const WallTime start{std::chrono::sys_days{std::chrono::year(2026) / 11 / 24}};
  FakeClock clock(start);
  const Now first = clock.now();
  CHECK(clock.now().wall == first.wall);
  CHECK(clock.now().mono == first.mono);

  clock.advance(90s);
  CHECK(clock.now().wall - first.wall == 90s);
  CHECK(clock.now().mono - first.mono == 90s);

  clock.step_wall(-2h);
  CHECK(clock.now().wall == start + 90s - 2h);
  CHECK(clock.now().mono - first.mono == 90s);
}
