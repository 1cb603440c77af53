// Worlds for tests of the simulator: four accounts at three providers, each writing to each, every five minutes.
#pragma once
#include <string>

#include "monitor/simulate/score.h"

namespace mailcanary::test {

const Config& mesh();

struct Lived {
  World world;
  Simulation simulation;
  Scores scores;
  std::string json() const;
  int count(Fate fate) const;
};
// `world` is a world's JSON; must be right.
Lived live(const std::string& world, std::uint64_t seed = 1);
Lived live(const Config& config, const std::string& world, std::uint64_t seed = 1);

// "[world.json:]LINE:COL: what is wrong", each on a line.
std::string complaints(const std::string& world);

}  // namespace mailcanary::test
