#include "monitor/schedule.h"

#include <algorithm>
#include <set>
#include <string>

#include "tests/catch.h"

using namespace mailcanary;

namespace {

const WallTime start = WallTime(std::chrono::sys_days(std::chrono::year(2026) / 3 / 1)) + std::chrono::hours(7);

std::vector<Route> make_routes(int count, Duration every) {
  std::vector<Route> routes;
  for (int i = 0; i < count; ++i) {
    Route route;
    route.name = RouteName("route-" + std::to_string(i));
    route.every = every;
    routes.push_back(route);
  }
  return routes;
}

std::map<RouteName, WallTime> all_sent_at(const std::vector<Route>& routes, WallTime time) {
  std::map<RouteName, WallTime> sent;
  for (const auto& route : routes) sent[route.name] = time;
  return sent;
}

// Sends in each second, for `length`.
std::vector<int> sends_per_second(Schedule& schedule, FakeClock& clock, std::chrono::seconds length) {
  std::vector<int> counts;
  for (int i = 0; i < length.count(); ++i) {
    clock.advance(std::chrono::seconds(1));
    counts.push_back(static_cast<int>(schedule.take_due(clock.now()).size()));
  }
  return counts;
}

int sum(const std::vector<int>& counts) {
  int all = 0;
  for (const int n : counts) all += n;
  return all;
}

}  // namespace

TEST_CASE("due times depend on the routes only, so a restart changes nothing") {
  const auto routes = make_routes(3, std::chrono::minutes(5));
  const auto phases = phases_of(routes);
  for (std::size_t i = 0; i < routes.size(); ++i) {
    const WallTime slot = next_slot(routes[i], phases[i], start);
    CHECK(slot >= start);
    CHECK(slot < start + routes[i].every);
    CHECK(next_slot(routes[i], phases[i], slot) == slot);
    CHECK(next_slot(routes[i], phases[i], slot + Duration(1)) == slot + routes[i].every);
  }
  CHECK(phases[0] != phases[1]);
  CHECK(phases_of({routes[2], routes[0], routes[1]}) == std::vector<Duration>{phases[2], phases[0], phases[1]});
}

TEST_CASE("the canaries of one sender, and those to one recipient, are spread over the cadence") {
  std::vector<Route> routes;
  for (const std::string from : {"a", "b", "c", "d"}) {
    for (const std::string to : {"a", "b", "c", "d"}) {
      if (from == to) continue;
      routes.emplace_back();
      routes.back().name = RouteName(from + "-" + to);
      routes.back().from = AccountName(from);
      routes.back().to = AccountName(to);
    }
  }
  const auto phases = phases_of(routes);
  const Duration every = routes[0].every;
  std::set<Duration> all(phases.begin(), phases.end());
  CHECK(all.size() == routes.size());
  for (const auto& account : {AccountName("a"), AccountName("b"), AccountName("c"), AccountName("d")}) {
    for (const auto end : {&Route::from, &Route::to}) {
      std::vector<Duration> times;
      for (std::size_t i = 0; i < routes.size(); ++i) {
        if (routes[i].*end == account) times.push_back(phases[i]);
      }
      std::sort(times.begin(), times.end());
      times.push_back(times.front() + every);
      for (std::size_t i = 1; i < times.size(); ++i) CHECK(times[i] - times[i - 1] <= every * 7 / 12);
    }
  }
}

TEST_CASE("each route sends once a cadence, spread over it without a herd") {
  const auto routes = make_routes(3000, std::chrono::minutes(5));
  FakeClock clock(start);
  Schedule schedule(routes, all_sent_at(routes, start - std::chrono::minutes(1)), clock.now());
  sends_per_second(schedule, clock, std::chrono::minutes(5));
  const auto counts = sends_per_second(schedule, clock, std::chrono::minutes(5));
  CHECK(sum(counts) == 3000);
  CHECK(*std::max_element(counts.begin(), counts.end()) <= 30);  // ten a second on the average
}

TEST_CASE("where many a second are due, those of a fifth of a second leave together") {
  const auto routes = make_routes(100, std::chrono::seconds(1));
  FakeClock clock(start);
  Schedule schedule(routes, all_sent_at(routes, start - std::chrono::milliseconds(10)), clock.now());
  int sent = 0, times = 0;
  while (clock.now().wall < start + std::chrono::seconds(12)) {
    clock.advance(std::max<Duration>(schedule.wait(clock.now()), Duration(1)));
    const int due = static_cast<int>(schedule.take_due(clock.now()).size());
    if (clock.now().wall < start + std::chrono::seconds(2)) continue;  // all have begun
    sent += due;
    times += due > 0 ? 1 : 0;
  }
  CHECK(std::abs(sent - 1000) <= 20);  // as many as leave at once
  CHECK(times <= 51);
  // A clock that jumps from one to the next sees the same.
  const WallTime until = clock.now().wall + std::chrono::seconds(10);
  for (times = 0; clock.now().wall < until; ++times) {
    clock.advance(*schedule.next_due() - clock.now().wall);
    CHECK_FALSE(schedule.take_due(clock.now()).empty());
  }
  CHECK(times <= 51);
}

TEST_CASE("routes that never sent start soon, but not all at once") {
  const auto routes = make_routes(100, std::chrono::minutes(5));
  FakeClock clock(start);
  Schedule schedule(routes, {}, clock.now());
  const auto counts = sends_per_second(schedule, clock, std::chrono::seconds(6));
  CHECK(sum(counts) == 100);
  CHECK(*std::max_element(counts.begin(), counts.end()) < 50);
}

TEST_CASE("after a start the accounts begin one after the other") {
  auto routes = make_routes(200, std::chrono::minutes(5));
  for (std::size_t i = 0; i < routes.size(); ++i) routes[i].from = AccountName("account-" + std::to_string(i % 40));
  const std::map<RouteName, WallTime> sent[] = {{}, all_sent_at(routes, start - std::chrono::minutes(3))};
  for (const auto& last_sent : sent) {
    FakeClock clock(start);
    Schedule schedule(routes, last_sent, clock.now());
    std::map<AccountName, WallTime> first;
    for (; first.size() < 40; clock.advance(schedule.wait(clock.now()))) {
      for (const std::size_t i : schedule.take_due(clock.now())) first.try_emplace(routes[i].from, clock.now().wall);
    }
    std::vector<WallTime> begins;
    for (const auto& [account, at] : first) begins.push_back(at);
    std::sort(begins.begin(), begins.end());
    for (std::size_t i = 1; i < begins.size(); ++i) CHECK(begins[i] - begins[i - 1] >= std::chrono::milliseconds(100));
  }
}

TEST_CASE("after a sleep the missed times are skipped, not made up for") {
  const auto routes = make_routes(300, std::chrono::minutes(5));
  FakeClock clock(start);
  Schedule schedule(routes, all_sent_at(routes, start), clock.now());
  sends_per_second(schedule, clock, std::chrono::minutes(10));
  clock.advance(std::chrono::hours(8));
  CHECK(schedule.take_due(clock.now()).size() < 20);
  CHECK(schedule.skipped() > 250);
  CHECK(sum(sends_per_second(schedule, clock, std::chrono::minutes(5))) >= 290);
}

TEST_CASE("a step of the wall clock, back or forth, neither stops the sending nor doubles it") {
  for (const auto by : {std::chrono::hours(-3), std::chrono::hours(3), std::chrono::hours(-24 * 400)}) {
    const auto routes = make_routes(300, std::chrono::minutes(5));
    FakeClock clock(start);
    Schedule schedule(routes, all_sent_at(routes, start), clock.now());
    sends_per_second(schedule, clock, std::chrono::minutes(10));
    clock.step_wall(by);
    const int sent = sum(sends_per_second(schedule, clock, std::chrono::minutes(10)));
    CHECK(sent >= 590);
    CHECK(sent <= 610);
  }
}

TEST_CASE("a tick sends what cron's rhythm makes due") {
  const auto routes = make_routes(1, std::chrono::minutes(5));
  const RouteName name = routes[0].name;
  struct Row {
    const char* sentence;
    std::map<RouteName, WallTime> sent;
    std::size_t due;
  };
  const Row rows[] = {
      {"never sent", {}, 1},
      {"sent a cadence ago", {{name, start - std::chrono::minutes(5)}}, 1},
      {"cron was a little early", {{name, start - std::chrono::seconds(290)}}, 1},
      {"sent just now", {{name, start - std::chrono::seconds(60)}}, 0},
      {"sent in the future, before the clock was set back", {{name, start + std::chrono::hours(1)}}, 1},
  };
  for (const auto& row : rows) {
    INFO(row.sentence);
    CHECK(due_for_tick(routes, row.sent, start).size() == row.due);
  }
}
