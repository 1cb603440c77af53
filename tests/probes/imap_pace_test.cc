#include "probes/imap_pace.h"

#include "core/units.h"
#include "tests/catch.h"

using namespace mailcanary;
using namespace std::chrono_literals;

namespace {

struct PaceTest {
  FakeClock clock{*parse_time("2026-11-24T12:00:00Z")};
  LookPace pace{{100ms, 5s, 30s}};
  MonoTime now() const { return clock.now().mono; }
  Duration look_in() const { return pace.look_due(now(), now()) - now(); }  // having just looked
  CanaryId canary() const { return CanaryId(make_ulid(clock.now().wall)); }
};

}  // namespace

TEST_CASE("looks are quick for ten seconds after a canary was sent, then rare") {
  PaceTest t;
  CHECK_FALSE(t.pace.quick(t.now()));
  CHECK(t.look_in() == 30s);
  t.clock.advance(20s);
  t.pace.expect(1, t.clock.now());
  CHECK(t.pace.quick(t.now()));
  CHECK(t.look_in() == 100ms);
  CHECK(t.pace.look_due(t.now() - 20s, t.now()) == t.now() + 100ms);  // not at once: none arrives at once
  t.clock.advance(9900ms);
  CHECK(t.pace.quick(t.now()));
  t.clock.advance(100ms);
  CHECK_FALSE(t.pace.quick(t.now()));
  CHECK(t.look_in() == 1s);
  t.clock.advance(90s);
  CHECK(t.look_in() == 10s);
  t.clock.advance(4h);
  CHECK(t.look_in() == 30s);
}

TEST_CASE("a canary that came ends the quick looks, though an old one is still missing") {
  PaceTest t;
  t.pace.expect(1, t.clock.now());  // will never come
  t.clock.advance(5min);
  const auto second = t.canary();
  t.pace.expect(2, t.clock.now());
  CHECK(t.pace.quick(t.now()));
  t.clock.advance(300ms);
  t.pace.seen(second);
  CHECK_FALSE(t.pace.quick(t.now()));
  t.pace.expect(1, t.clock.now());  // what the caller says afterwards changes nothing
  CHECK_FALSE(t.pace.quick(t.now()));
}

TEST_CASE("an old canary that turns up does not end the quick looks for a young one") {
  PaceTest t;
  const auto old = t.canary();
  t.pace.expect(1, t.clock.now());
  t.clock.advance(5min);
  t.pace.expect(2, t.clock.now());
  t.pace.seen(old);
  CHECK(t.pace.quick(t.now()));
  CHECK(t.look_in() == 100ms);
}

TEST_CASE("one seen and one sent between two calls makes looks quick again") {
  PaceTest t;
  const auto first = t.canary();
  t.pace.expect(1, t.clock.now());
  t.pace.seen(first);
  t.clock.advance(10s);
  t.pace.expect(1, t.clock.now());
  CHECK(t.pace.quick(t.now()));
}

TEST_CASE("canaries settled in other ways are no longer waited for") {
  PaceTest t;
  t.pace.expect(3, t.clock.now());
  t.pace.expect(0, t.clock.now());
  CHECK_FALSE(t.pace.quick(t.now()));
  t.pace.expect(-1, t.clock.now());
  CHECK_FALSE(t.pace.quick(t.now()));
  CHECK(t.look_in() == 30s);
}

TEST_CASE("a mailbox to which a bounce may come is looked at every second for ten minutes") {
  PaceTest t;
  t.clock.advance(20s);
  t.pace.expect_returns(1, t.clock.now());
  CHECK_FALSE(t.pace.quick(t.now()));  // a server that pushes is not asked
  CHECK(t.look_in() == 1s);
  t.clock.advance(9min);
  CHECK(t.look_in() == 1s);
  t.pace.expect(1, t.clock.now());
  t.clock.advance(50s);
  CHECK(t.look_in() == 1s);  // a slow arrival alone would be looked for every five seconds
  t.clock.advance(10s);
  CHECK(t.look_in() == 6s);
  t.pace.expect_returns(2, t.clock.now());
  CHECK(t.look_in() == 1s);
  t.pace.expect_returns(0, t.clock.now());
  t.pace.expect(0, t.clock.now());
  CHECK(t.look_in() == 30s);
}

TEST_CASE("the Junk folder is looked at more often while a canary is young") {
  PaceTest t;
  const MonoTime last_look = t.now();
  CHECK(t.pace.junk_due(last_look, t.now()) == last_look + 30s);
  t.clock.advance(20s);
  t.pace.expect(1, t.clock.now());
  // Not at once: most canaries come quickly, and to the inbox.
  CHECK(t.pace.junk_due(last_look, t.now()) == t.now() + 5s);
  CHECK(t.pace.junk_due(t.now(), t.now()) == t.now() + 5s);
  t.clock.advance(15s);
  CHECK(t.pace.junk_due(t.now(), t.now()) == t.now() + 5s);
  t.clock.advance(45s);
  CHECK(t.pace.junk_due(t.now(), t.now()) == t.now() + 15s);
  t.clock.advance(4h);
  CHECK(t.pace.junk_due(t.now(), t.now()) == t.now() + 30s);
}

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
