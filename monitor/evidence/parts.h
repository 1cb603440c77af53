// The parts of the way that can fail: a provider's or an account's submission, outbound, inbound or the whole of it, one
// path, all ways, and our own side. Each is a set of routes; parts that hold the same routes cannot be told apart by any
// canary, and are one part with several names.
// Does not: know any canary.
// Plain values and pure functions; any thread.
#pragma once
#include <cstddef>
#include <vector>

#include "alerts/incident.h"
#include "config/config.h"

namespace mailcanary {

// Two kinds of evidence: whether a canary could be handed over, and whether one that was taken arrives.
enum class Stretch { handing_over, transit };

struct Part {
  Stretch stretch = Stretch::transit;
  // Who it may be; nobody named: one path (its only route), or all ways.
  std::vector<Blame> names;
  std::vector<std::size_t> routes;  // that pass it, by number in the config, rising
  bool ours = false;                // our own side
};

struct Parts {
  std::vector<Part> list;
  std::vector<std::vector<std::size_t>> of_route[2];  // by stretch, then by route: the parts it passes
  std::size_t ours = 0;                               // which one is our own side
};
Parts parts_of(const Config& config);

bool passes(const Part& part, std::size_t route);

// The culprit when any of these may be it: what they have in common, the coarser where one holds the other, nobody when
// two of them would blame different ones.
Blame common_blame(const std::vector<const Part*>& parts);

}  // namespace mailcanary
