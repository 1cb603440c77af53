// A world lived through: the real schedule, engine, rules, incidents, notices and ledger (in memory), on a clock that
// jumps from event to event. Sending, mailboxes and channels are the world's; channels take every notice at once.
// The same (config, world, seed) gives the same simulation.
// Threads: one.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "core/result.h"
#include "monitor/ledger.h"
#include "monitor/simulate/weather.h"
#include "monitor/simulate/world.h"

namespace mailcanary {

struct SimulatedIncident {
  Incident incident;                     // as it was last
  std::map<RouteName, WallTime> joined;  // when each route was first found failing in it
};

struct Simulation {
  WallTime began, ended;
  std::int64_t canaries = 0;  // sent, confirming ones too
  std::int64_t confirming = 0;
  std::vector<SimulatedIncident> incidents;  // in the order they opened
  std::map<NoticeKind, int> notices;         // delivered
  Books books;
};

struct SimulationOptions {
  std::uint64_t seed = 1;
  // Told of each canary and its fate to be, for strategies that are tried on the same canaries.
  std::function<void(const CanaryNumber&, WallTime sent_at, const Passage&)> on_sent;
  // Told now and then how far it is.
  std::function<void(Duration simulated)> on_progress;
};

// Fails only where the ledger does.
Result<Simulation> simulate(const Config& config, const World& world, const SimulationOptions& options);

}  // namespace mailcanary
