// A simulation for people and for programs. Pure; any thread.
#pragma once
#include <string>

#include "monitor/simulate/score.h"

namespace mailcanary {

// Field names are stable; docs/commands.md describes them.
std::string simulation_json(const Simulation& simulation, const Scores& scores);
// The timeline of events and incidents, then the sums.
std::string simulation_text(const Config& config, const World& world, const Simulation& simulation,
                            const Scores& scores);

}  // namespace mailcanary
