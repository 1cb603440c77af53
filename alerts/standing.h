// What a channel is told again and again when its service forgets. Plain values; any thread.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "alerts/notice.h"

namespace mailcanary {

// How things stand for one channel, for services that forget what they are not told again.
struct Standing {
  std::vector<Notice> open;  // the newest notice of each open incident that this channel hears of; the worst first
  std::string unknown;       // of what nothing is known just now, and why; empty: all is measured
};

// A route of which nothing is known, and that for so long that it is not watched.
struct Unmeasured {
  RouteName route;
  std::string reason;
  WallTime since;  // when it was measured last, or when we began
};
// What is said of them; empty when all `routes` are measured.
std::string unmeasured_words(const std::vector<Unmeasured>& unmeasured, std::size_t routes);

// By component, the worst that the open incidents of the channel but this one make of it. Faults of our own colour none.
std::map<ProviderName, Impact> components_beside(const Standing& standing, const IncidentId& incident);

}  // namespace mailcanary
