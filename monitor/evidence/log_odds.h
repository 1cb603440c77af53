// The sequential test: how much more likely what was seen of one part is when it fails for a share of the canaries
// since some moment than when all is well (natural logarithm), the moment and the share being the best ones. It is
// Page's CUSUM (1954) over canaries in the order of sending; a canary still out counts for as much as its age says.
// Where mail may just as well be held up everywhere for a while (a blip), it is weighed against that, too.
// Pure; any thread.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "core/clock.h"

namespace mailcanary {

inline constexpr std::array<double, 3> failing_shares = {0.97, 0.5, 0.2};
using LogOdds = std::array<double, failing_shares.size()>;  // one a share

// Of a canary that fared badly, which happens with this probability when all is well.
LogOdds against(double chance);
// Of one that fared well.
const LogOdds& in_favour();

// What one canary says. It may change until it is settled.
struct Weight {
  WallTime sent_at;
  LogOdds odds{}, odds_in_blip{};  // against all being well; against a blip
  bool bad = false;
  bool counts = true;              // false: nothing can be said of it
  std::uint64_t explained_by = 0;  // the disruption that it belongs to; 0: none
};

struct Score {
  double odds = 0;    // log odds; zero: nothing speaks for it
  double odds_but_for_blips = 0, odds_if_all_fail = 0;  // the same, blips not ruled out; and of a part where hardly any pass
  double share = 0;   // of canaries that fail
  WallTime since;     // sent_at of the first that counts for it
  WallTime last_bad;  // sent_at of the last bad one
  int bad = 0, good = 0;
};
// `weights` in the order of sending. What other disruptions explain is left out; what `explained_by` explains, is not.
Score score_of(const std::vector<const Weight*>& weights, std::uint64_t explained_by = 0);

}  // namespace mailcanary
