#include "core/turns.h"

#include <vector>

#include "tests/catch.h"

using namespace mailcanary;
using namespace std::chrono_literals;

namespace {

struct Done {
  int who = 0;
  Turns::Taken taken = Turns::Taken::yes;
};

Task<void> take(EventLoop& loop, Turns& turns, int who, Duration patience, std::vector<Done>& done) {
  const auto taken = co_await turns.take(loop.now().mono + patience);
  done.push_back({who, taken});
}

Task<void> a_moment(EventLoop& loop) { co_await loop.sleep_for(Duration(1)); }

}  // namespace

TEST_CASE("places are given first come, first served") {
  EventLoop loop;
  Turns turns(loop, 2);
  std::vector<Done> done;
  for (int who = 1; who <= 5; ++who) loop.spawn(take(loop, turns, who, 1h, done));
  loop.run_until_done(a_moment(loop));
  CHECK(done.size() == 2);
  for (int given = 0; given < 3; ++given) {
    turns.give_back();
    // Somebody who comes just now does not overtake those who wait.
    if (given == 0) loop.spawn(take(loop, turns, 6, 1h, done));
    loop.run_until_done(a_moment(loop));
  }
  REQUIRE(done.size() == 5);
  for (int i = 0; i < 5; ++i) CHECK(done[static_cast<std::size_t>(i)].who == i + 1);
}

TEST_CASE("who waited too long takes no place") {
  EventLoop loop;
  Turns turns(loop, 1);
  std::vector<Done> done;
  loop.run_until_done(take(loop, turns, 1, 1h, done));
  loop.run_until_done(take(loop, turns, 2, Duration::zero(), done));
  REQUIRE(done.size() == 2);
  CHECK(done[1].taken == Turns::Taken::too_late);
  turns.give_back();
  loop.run_until_done(take(loop, turns, 3, Duration::zero(), done));
  CHECK(done.at(2).taken == Turns::Taken::yes);
}

TEST_CASE("no turns is one turn") {
  EventLoop loop;
  CHECK(Turns(loop, 0).places() == 1);
}
