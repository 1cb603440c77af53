#include "monitor/simulate/score.h"

#include <algorithm>
#include <set>

namespace mailcanary {

namespace {

using Accounts = std::set<AccountName>;

// Both may be empty: any.
Accounts accounts_of(const Config& config, const ProviderName& provider, const AccountName& account) {
  Accounts found;
  for (const auto& route : config.routes) {
    for (const auto& name : {route.from, route.to}) {
      if (!account.empty() && name != account) continue;
      if (provider.empty() || config.account(name)->provider == provider) found.insert(name);
    }
  }
  return found;
}

bool passes(const Route& route, const Accounts& accounts, Leg leg) {
  const bool from = accounts.contains(route.from), to = accounts.contains(route.to);
  if (leg == Leg::submit || leg == Leg::outbound) return from;
  if (leg == Leg::inbound || leg == Leg::mailbox) return to;
  return from || to;
}

bool blame_is_right(const Config& config, const WorldScope& scope, const Incident& incident) {
  const Blame& blame = incident.blame;
  if (scope.self || blame.self) return scope.self == blame.self;
  const bool leg_right = scope.leg == Leg::unknown || blame.leg == scope.leg;
  const bool nobody = blame.provider.empty() && blame.account.empty();
  if (scope.route.empty()) {
    return !nobody && leg_right && accounts_of(config, blame.provider, blame.account) ==
                                       accounts_of(config, scope.provider, scope.account);
  }
  if (nobody) return incident.routes == std::vector<RouteName>{scope.route};
  const Accounts blamed = accounts_of(config, blame.provider, blame.account);
  return leg_right && std::all_of(config.routes.begin(), config.routes.end(), [&](const Route& route) {
    return passes(route, blamed, blame.leg) == (route.name == scope.route);
  });
}

// How long after the end of an event its canaries may still bring it to light.
Duration tail_of(const WorldEvent& event, const Route& route) {
  return event.effect.delay + route.late_after + route.every + std::chrono::minutes(30);
}

struct Match {
  bool open_within = false;  // opened while the event went on
  int shared = 0;            // routes
  bool blame_right = false;
  auto rank() const { return std::tuple(open_within, blame_right, shared); }
};

std::optional<Match> match_of(const Config& config, const World& world, const Weather& weather, std::size_t index,
                              const SimulatedIncident& simulated, WallTime ended) {
  const WallTime begin = weather.begin_of(index), end = weather.end_of(index);
  const WallTime closed = simulated.incident.resolved_at.value_or(ended);
  Match match;
  for (std::size_t r = 0; r < config.routes.size(); ++r) {
    const Route& route = config.routes[r];
    const bool same = simulated.joined.contains(route.name) && weather.touches(index, r);
    const bool meets = simulated.incident.opened_at <= end + tail_of(world.events[index], route) && closed >= begin;
    if (same && meets) ++match.shared;
  }
  if (match.shared == 0) return std::nullopt;
  match.open_within = simulated.incident.opened_at >= begin && simulated.incident.opened_at <= end;
  match.blame_right = blame_is_right(config, world.events[index].scope, simulated.incident);
  return match;
}

}  // namespace

Scores judge(const Config& config, const World& world, const Simulation& simulation) {
  const Weather weather(config, world, 0);
  Scores scores;
  std::vector<std::vector<std::size_t>> told_by(world.events.size());  // incidents that may tell of it
  for (std::size_t i = 0; i < simulation.incidents.size(); ++i) {
    std::optional<std::size_t> best;
    Match best_match;
    for (std::size_t e = 0; e < world.events.size(); ++e) {
      const auto match = match_of(config, world, weather, e, simulation.incidents[i], simulation.ended);
      if (!match) continue;
      told_by[e].push_back(i);
      if (best && match->rank() <= best_match.rank()) continue;
      best = e;
      best_match = *match;
    }
    scores.event_of.push_back(best);
    if (!best) ++scores.false_incidents;
  }

  for (std::size_t e = 0; e < world.events.size(); ++e) {
    EventScore of_event;
    of_event.onset = weather.begin_of(e);
    // An incident that tells of this event first of all, before one that tells of another too.
    std::vector<std::size_t> own;
    std::copy_if(told_by[e].begin(), told_by[e].end(), std::back_inserter(own),
                 [&](std::size_t i) { return scores.event_of[i] == e; });
    if (own.empty()) own = told_by[e];
    std::size_t widest = 0;
    bool all_resolved = true;
    for (const std::size_t i : own) {
      const SimulatedIncident& simulated = simulation.incidents[i];
      std::size_t shared = 0;
      for (std::size_t r = 0; r < config.routes.size(); ++r) {
        const auto joined = simulated.joined.find(config.routes[r].name);
        if (joined == simulated.joined.end() || !weather.touches(e, r)) continue;
        ++shared;
        const Duration after = std::max(joined->second - of_event.onset, Duration::zero());
        of_event.opened_after = std::min(of_event.opened_after.value_or(after), after);
      }
      if (shared > widest) {
        widest = shared;
        of_event.blame_right = blame_is_right(config, world.events[e].scope, simulated.incident);
      }
      if (!simulated.incident.resolved_at) {
        all_resolved = false;
      } else {
        const Duration after = *simulated.incident.resolved_at - weather.end_of(e);
        of_event.resolved_after = std::max(of_event.resolved_after.value_or(after), after);
      }
    }
    if (!all_resolved) of_event.resolved_after.reset();
    scores.events.push_back(of_event);
  }
  return scores;
}

}  // namespace mailcanary
