// Which confirming canaries to send: a few at once when a canary fares badly, more while a suspicion grows, on routes
// that tell the suspects apart. Scheduled canaries earn the budget, so that calm weather costs little; a strong
// suspicion may overdraw it.
// Does not: know the daily limits of accounts; whoever sends keeps them.
// Plain values and pure functions; any thread.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "monitor/evidence/case.h"
#include "monitor/evidence/parts.h"

namespace mailcanary {

struct Confirming {
  // A canary fared badly: is it the only one?
  struct Question {
    CasePtr about;
    Stretch stretch = Stretch::transit;
    WallTime next_at;
    int asked = 0;
  };
  std::vector<Question> questions;
  std::vector<CasePtr> sent;  // of those, the ones that say nothing yet
  std::map<std::size_t, WallTime> last_on;  // by route
  WallTime last_at, looked_at;
  double budget = 12;

  void earn();
  bool may_spend(double odds) const;
  // Canaries on their way on this route that say nothing yet.
  int under_way(std::size_t route) const;
};

// The route that tells most: it passes the first suspect, and about half of all of them. None: nothing passes them.
std::optional<std::size_t> telling_route(const Parts& parts, const std::vector<std::size_t>& suspects,
                                         const std::function<double(std::size_t)>& busy);

}  // namespace mailcanary
