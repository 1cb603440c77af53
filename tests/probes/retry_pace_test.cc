#include "probes/retry_pace.h"

#include "tests/catch.h"

using namespace mailcanary;
using namespace std::chrono_literals;

TEST_CASE("attempts to connect become rarer, with jitter, to a limit") {
  RetryPace retry;
  CHECK(retry.after_failure(0.5) == 1s);
  CHECK(retry.after_failure(0.5) == 2s);
  CHECK(retry.after_failure(0.0) == 3s);
  for (int i = 0; i < 100; ++i) retry.after_failure(0.5);
  CHECK(retry.after_failure(0.5) == 60s);
  CHECK(retry.after_failure(0.999) <= 75s);
  retry.succeeded();
  CHECK(retry.after_refused_login(0.5) == 15s);
  for (int i = 0; i < 100; ++i) retry.after_refused_login(0.5);
  CHECK(retry.after_refused_login(0.5) == 5min);
}
