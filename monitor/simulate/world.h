// The simulator's world: how mail fares on each route in fair weather, and what goes wrong where and when. The file is
// JSON as docs/commands.md describes it; YAML reads as well.
// Does not: simulate. weather.h tells what becomes of a canary.
// Threads: immutable after load; any.
#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "alerts/incident.h"
#include "config/config.h"
#include "config/load.h"

namespace mailcanary {

// What may happen to a canary, as shares of all of them.
struct Shares {
  double loss = 0, bounce = 0, junk = 0, unreachable = 0, defer = 0, duplicate = 0;
};

// Fair weather on one route: log-normal delivery times with a tail.
struct FairWeather {
  Duration median = std::chrono::seconds(3);  // of the round trip
  double sigma = 0.6;
  struct Tail {
    double share = 0;
    Duration median = std::chrono::minutes(8);
    double sigma = 0.4;
  } tail;
  Shares shares;
};

// All that is named must be met; nothing named: everything everywhere.
struct WorldScope {
  ProviderName provider;     // empty: any
  AccountName account;
  RouteName route;
  Leg leg = Leg::unknown;    // unknown: all legs
  bool self = false;         // our own network: every submission and every look
};

struct WorldEffect {
  Shares shares;
  std::string reject;        // the reply; empty: none
  Duration delay{};
  double slow = 1;           // latency times this
  double share = 1;          // of the canaries that `reject`, `delay` and `slow` meet
};

struct WorldEvent {
  Duration at{};             // since the world's start
  Duration length{};
  WorldScope scope;
  WorldEffect effect;
};

struct World {
  Duration duration{};
  WallTime start;
  FairWeather fair;                              // of routes not named
  std::map<RouteName, FairWeather> fair_routes;  // what one does not say is as in `fair`
  std::vector<WorldEvent> events;

  const FairWeather& fair_on(const RouteName& route) const;
};

struct LoadedWorld {
  World world;                          // use only when ok()
  std::vector<Diagnostic> diagnostics;  // in the order of the file
  bool ok() const { return diagnostics.empty(); }
};
// Names of providers, accounts and routes must be those of the config.
LoadedWorld load_world(const std::filesystem::path& file, const Config& config);
LoadedWorld load_world_text(std::string_view text, const Config& config);

}  // namespace mailcanary
