#include "monitor/schedule.h"

#include <algorithm>

#include "core/crypto.h"

namespace mailcanary {

namespace {

// Later than this and the time is gone: the machine slept or the loop stood still, and others are late with it.
constexpr Duration tolerance = std::chrono::seconds(5);
// Wall and monotonic time may drift apart by slewing; more than this between two turns is a step.
constexpr Duration step_limit = std::chrono::seconds(2);
constexpr Duration start_spacing = std::chrono::milliseconds(50);
// Between the first canaries of two accounts after a start: each opens a session, which costs server and us many times
// what a canary costs.
constexpr Duration account_spacing = std::chrono::milliseconds(100);

constexpr double many_a_second = 10;
constexpr Duration gathered = std::chrono::milliseconds(200);

// With more routes of one cadence chance spreads them well enough.
constexpr std::size_t laid_out = 64;

Duration phase_of(const Route& route, Duration period) {
  return Duration(static_cast<Duration::rep>(fnv1a64(route.name.str()) % static_cast<std::uint64_t>(period.count())));
}

// Lays routes of one cadence out over it, evenly: one by one, each as far as can be from those before it that share its
// sender or its recipient.
void lay_out(const std::vector<Route>& routes, std::vector<std::size_t> group, std::vector<Duration>& phases) {
  std::sort(group.begin(), group.end(), [&](std::size_t a, std::size_t b) { return routes[a].name < routes[b].name; });
  const Duration every = routes[group.front()].every;
  const Duration first = phase_of(routes[group.front()], every);
  const auto places = group.size();
  std::map<std::size_t, std::size_t> taken;  // place → route
  for (const std::size_t route : group) {
    std::size_t best = places;
    std::pair<std::size_t, std::size_t> farthest;
    for (std::size_t place = 0; place < places; ++place) {
      if (taken.contains(place)) continue;
      std::size_t nearest = places, sum = 0;
      for (const auto& [other_place, other] : taken) {
        if (routes[other].from != routes[route].from && routes[other].to != routes[route].to) continue;
        const std::size_t ahead = (place + places - other_place) % places;
        nearest = std::min({nearest, ahead, places - ahead});
        sum += std::min(ahead, places - ahead);
      }
      if (best != places && std::pair(nearest, sum) <= farthest) continue;
      best = place;
      farthest = {nearest, sum};
    }
    taken[best] = route;
    phases[route] = (first + every * static_cast<Duration::rep>(best) / static_cast<Duration::rep>(places)) % every;
  }
}

// Accounts begin one after the other, in the order of their first canaries; what they would have sent before their turn
// goes out with it.
void spread_accounts(std::vector<WallTime>& planned, const std::vector<Route>& routes, WallTime start) {
  std::map<AccountName, WallTime> first;
  for (std::size_t i = 0; i < routes.size(); ++i) {
    const auto known = first.try_emplace(routes[i].from, planned[i]).first;
    known->second = std::min(known->second, planned[i]);
  }
  std::vector<std::pair<WallTime, AccountName>> order;
  for (const auto& [account, at] : first) order.emplace_back(at, account);
  std::sort(order.begin(), order.end());
  for (auto& [at, account] : order) {
    start = std::max(start, at);
    first[account] = start;
    start += account_spacing;
  }
  for (std::size_t i = 0; i < routes.size(); ++i) planned[i] = std::max(planned[i], first[routes[i].from]);
}

}  // namespace

std::vector<Duration> phases_of(const std::vector<Route>& routes) {
  std::vector<Duration> phases;
  std::map<Duration, std::vector<std::size_t>> by_cadence;
  for (std::size_t i = 0; i < routes.size(); ++i) {
    phases.push_back(phase_of(routes[i], routes[i].every));
    by_cadence[routes[i].every].push_back(i);
  }
  for (const auto& [every, group] : by_cadence) {
    if (group.size() > 1 && group.size() <= laid_out) lay_out(routes, group, phases);
  }
  return phases;
}

WallTime next_slot(const Route& route, Duration phase, WallTime from) {
  const Duration since = from.time_since_epoch() - phase;
  const auto slots = (since.count() + route.every.count() - 1) / route.every.count();
  return WallTime(phase + slots * route.every);
}

Schedule::Schedule(const std::vector<Route>& routes, const std::map<RouteName, WallTime>& last_sent, Now now)
    : routes_(routes), phases_(phases_of(routes)), last_(now), taken_at_(now) {
  double a_second = 0;
  for (const auto& route : routes) a_second += 1 / std::chrono::duration<double>(route.every).count();
  if (a_second > many_a_second) gather_ = gathered;
  const Duration window = start_spacing * static_cast<Duration::rep>(routes.size());
  std::vector<WallTime> planned;
  for (std::size_t i = 0; i < routes.size(); ++i) {
    const Route& route = routes[i];
    const auto found = last_sent.find(route.name);
    const bool fresh = found != last_sent.end() && found->second <= now.wall && now.wall - found->second < route.every;
    if (fresh) {
      planned.push_back(std::max(next_slot(route, phases_[i], found->second + route.every / 2), now.wall));
    } else {
      planned.push_back(now.wall + phase_of(route, std::max<Duration>(std::min(window, route.every), Duration(1))));
    }
  }
  spread_accounts(planned, routes, now.wall);
  for (std::size_t i = 0; i < routes.size(); ++i) plan_.push({planned[i], i});
}

std::vector<std::size_t> Schedule::take_due(Now now) {
  const Duration by_wall = now.wall - last_.wall;
  const Duration by_mono = now.mono - last_.mono;
  last_ = now;
  if (std::chrono::abs(by_wall - by_mono) > step_limit) plan_all_after(now.wall);

  std::vector<std::size_t> due;
  if (gathers(now)) return due;
  while (!plan_.empty() && plan_.top().at <= now.wall) {
    const Planned planned = plan_.top();
    plan_.pop();
    const Route& route = routes_[planned.route];
    if (now.wall - planned.at <= tolerance) {
      due.push_back(planned.route);
      // Half a cadence at least between the first canary after a start and the first regular one.
      plan_.push({next_slot(route, phases_[planned.route], now.wall + route.every / 2), planned.route});
    } else {
      ++skipped_;
      plan_.push({next_slot(route, phases_[planned.route], now.wall + Duration(1)), planned.route});
    }
  }
  if (!due.empty()) taken_at_ = now;
  return due;
}

Duration Schedule::wait(Now now) const {
  constexpr Duration longest = std::chrono::seconds(1);
  if (plan_.empty()) return longest;
  const Duration gathering = gathers(now) ? gather_ - (now.mono - taken_at_.mono) : Duration::zero();
  return std::clamp<Duration>(std::max(plan_.top().at - now.wall, gathering), Duration::zero(), longest);
}

bool Schedule::gathers(Now now) const {
  return gather_ > Duration::zero() && now.mono - taken_at_.mono < gather_;
}

std::optional<WallTime> Schedule::next_due() const {
  if (plan_.empty()) return std::nullopt;
  return gathers(last_) ? std::max(plan_.top().at, last_.wall + gather_ - (last_.mono - taken_at_.mono)) : plan_.top().at;
}

void Schedule::plan_all_after(WallTime time) {
  plan_ = {};
  for (std::size_t i = 0; i < routes_.size(); ++i) plan_.push({next_slot(routes_[i], phases_[i], time + Duration(1)), i});
}

std::vector<std::size_t> due_for_tick(const std::vector<Route>& routes, const std::map<RouteName, WallTime>& last_sent,
                                      WallTime now) {
  std::vector<std::size_t> due;
  for (std::size_t i = 0; i < routes.size(); ++i) {
    const auto found = last_sent.find(routes[i].name);
    // A last time in the future was written before the clock was set back.
    const bool sent_recently = found != last_sent.end() && found->second <= now &&
                               now - found->second < routes[i].every * 9 / 10;
    if (!sent_recently) due.push_back(i);
  }
  return due;
}

}  // namespace mailcanary
