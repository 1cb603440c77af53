// When each route sends. Every route has a phase of its own, so that routes with one cadence spread over it, those of one
// sender and those of one recipient too: whatever breaks, some canary soon meets it. Phases follow from the routes alone,
// so a restart changes nothing: due times are phase + n × every on the wall clock.
// Pure but for its own state; one thread.
// Does not: make up for missed times. After a sleep, a stall or a step of the clock the missed times are skipped (and
// counted), so that there is no herd.
#pragma once
#include <cstddef>
#include <map>
#include <optional>
#include <queue>
#include <vector>

#include "config/config.h"
#include "core/clock.h"

namespace mailcanary {

// Of each route. A few with one cadence are laid out evenly; of many, chance does it.
std::vector<Duration> phases_of(const std::vector<Route>& routes);
// The first due time at or after `from`.
WallTime next_slot(const Route& route, Duration phase, WallTime from);

class Schedule {
 public:
  // A route that never sent, or not for longer than its cadence, sends soon: within 50 ms a route, at most within its
  // cadence, again spread by name. No account begins within 100 ms of another one: they all have sessions to open.
  Schedule(const std::vector<Route>& routes, const std::map<RouteName, WallTime>& last_sent, Now now);

  // Indices into `routes` of those due at `now`; each is planned anew.
  std::vector<std::size_t> take_due(Now now);
  // When take_due should be asked again: never more than a second away, so that a step of the clock is noticed. Where
  // more than ten a second are due, those of a fifth of a second leave together: they share a commit, a session's
  // turn and a look.
  Duration wait(Now now) const;
  // When take_due will have something; nothing without routes. For clocks that jump there.
  std::optional<WallTime> next_due() const;
  std::size_t skipped() const { return skipped_; }

 private:
  struct Planned {
    WallTime at;
    std::size_t route;
    bool operator>(const Planned& other) const { return at > other.at; }
  };
  void plan_all_after(WallTime time);
  bool gathers(Now now) const;  // some have just left; the next ones leave together

  const std::vector<Route>& routes_;
  std::vector<Duration> phases_;
  std::priority_queue<Planned, std::vector<Planned>, std::greater<>> plan_;
  Now last_, taken_at_;
  Duration gather_{};
  std::size_t skipped_ = 0;
};

// For `tick`: routes whose last canary is nine tenths of the cadence old or older. Cron's own rhythm decides when.
std::vector<std::size_t> due_for_tick(const std::vector<Route>& routes, const std::map<RouteName, WallTime>& last_sent,
                                      WallTime now);

}  // namespace mailcanary
