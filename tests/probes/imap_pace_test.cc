#include "probes/imap_pace.h"

#include <algorithm>
#include <vector>

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

namespace {

// What is sent in a standing outage, every so often, and never accounted for.
struct Outage {
  enum class Seat { recipient, sender } seat;
  Duration every;
};

// How many looks there are up to each of these times, at a mailbox where a look is a login.
std::vector<int> logins(const Outage& outage, const std::vector<Duration>& until) {
  FakeClock clock{*parse_time("2026-11-24T12:00:00Z")};
  LookPace pace{{1s, 5s, 30s, LookPace::Cost::a_login}};
  const MonoTime start = clock.now().mono;
  MonoTime last_look = start, next_sent = start;
  std::vector<int> counts;
  int sent = 0, looks = 0;
  for (const Duration end : until) {
    while (true) {
      const MonoTime now = clock.now().mono;
      const MonoTime next = std::min(next_sent, std::max(now, pace.look_due(last_look, now)));
      if (next >= start + end) break;
      clock.advance(next - now);
      if (next == next_sent) {
        ++sent;
        outage.seat == Outage::Seat::recipient ? pace.expect(sent, clock.now())
                                               : pace.expect_returns(sent, clock.now());
        next_sent += outage.every;
        continue;
      }
      ++looks;
      last_look = next;
      pace.looked(LookPace::Found::nothing);
    }
    counts.push_back(looks);
  }
  return counts;
}

}  // namespace

TEST_CASE("in a standing outage there are few logins, however many canaries are sent into it") {
  for (const auto every : {300s, 30s, 7s, 2s}) {
    CAPTURE(every.count());
    for (const auto seat : {Outage::Seat::recipient, Outage::Seat::sender}) {
      CAPTURE(seat == Outage::Seat::sender);
      const auto count = logins({seat, every}, {75s, 10min, 60min});
      CHECK(count[0] >= 5);
      CHECK(count[0] <= 20);
      CHECK(count[2] - count[1] <= 2 * 50 + 1);
    }
  }
}

TEST_CASE("where a look is a login, bounces are looked for after five seconds, then ever more rarely") {
  FakeClock clock{*parse_time("2026-11-24T12:00:00Z")};
  LookPace pace{{1s, 5s, 30s, LookPace::Cost::a_login}};
  const auto look_in = [&] { return pace.look_due(clock.now().mono, clock.now().mono) - clock.now().mono; };
  pace.expect_returns(1, clock.now());
  CHECK(look_in() == 5s);
  clock.advance(40s);
  CHECK(look_in() == 10s);
  pace.expect_returns(2, clock.now());  // another one does not begin anew
  CHECK(look_in() == 10s);
  clock.advance(5min);
  CHECK(look_in() == 30s);
  pace.expect_returns(0, clock.now());  // all accounted for
  pace.expect_returns(1, clock.now());
  CHECK(look_in() == 5s);
}

TEST_CASE("where a look is a login, ten that find nothing make arrivals wait, and one that finds something ends that") {
  FakeClock clock{*parse_time("2026-11-24T12:00:00Z")};
  LookPace pace{{1s, 5s, 30s, LookPace::Cost::a_login}};
  const auto look_in = [&] { return pace.look_due(clock.now().mono, clock.now().mono) - clock.now().mono; };
  pace.expect(1, clock.now());
  CHECK(look_in() == 1s);
  for (int i = 0; i < 10; ++i) pace.looked(LookPace::Found::nothing);
  CHECK(look_in() == 1s);
  const auto asked_in = [&] { return pace.asked_look_due(clock.now().mono, clock.now().mono) - clock.now().mono; };
  CHECK(asked_in() == 0s);
  pace.looked(LookPace::Found::nothing);
  CHECK(look_in() == 3s);
  for (int i = 0; i < 20; ++i) pace.looked(LookPace::Found::nothing);
  pace.expect(2, clock.now());
  CHECK(look_in() == 30s);
  CHECK(asked_in() == 30s);
  pace.looked(LookPace::Found::something);
  CHECK(look_in() == 1s);
  CHECK(asked_in() == 0s);
}

TEST_CASE("one canary that never comes does not hasten the looks between those that do") {
  PaceTest t;
  t.pace.expect(1, t.clock.now());  // will never come
  t.clock.advance(1h);
  const auto second = t.canary();
  t.pace.expect(2, t.clock.now());
  t.clock.advance(3s);
  t.pace.seen(second);
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
