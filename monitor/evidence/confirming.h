// Which confirming canaries to send: a few at once when a canary fares badly, more while a suspicion grows, on routes
// that tell the suspects apart. Scheduled canaries earn the budget, so that calm weather costs little; what is urgent may
// overdraw it.
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

// What a confirming canary is for, the least urgent first.
enum class Pursuit {
  some_may_fail,  // whether a part fails now and then: many are needed, and an hour decides nothing
  the_only_one,   // whether a canary that stays out is the only one
  some_fail,      // the same as the first, and chance hardly explains it any more
  all_fail,       // whether a part lets nothing through, and who it is: each minute counts, and few settle it
};

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
  double budget = 30;

  void earn();
  bool may_spend(Pursuit pursuit) const;
  // Canaries on their way on this route that say nothing yet.
  int under_way(std::size_t route) const;
};

// The route that tells most. It passes the first suspect; where all fail it passes about half of them, so that few
// canaries tell them apart; where some do it passes most of them, so that many canaries tell whether there is anything.
// None: nothing passes them.
std::optional<std::size_t> telling_route(const Parts& parts, const std::vector<std::size_t>& suspects, Pursuit pursuit,
                                         const std::function<double(std::size_t)>& busy);

}  // namespace mailcanary
