// Which of several stamps made by different clocks agree. Inside of hop_times.cc.
// Pure; any thread.
#pragma once
#include <vector>

#include "core/clock.h"

namespace mailcanary {

struct Stamp {
  WallTime at;
  double weight = 1;
};
struct Agreement {
  std::vector<bool> agrees;     // belongs to the heaviest set along which time runs forward (to `tolerance`)
  std::vector<bool> undecided;  // outside of it, but in another one that is as likely
};
// `stamps` in the order in which they were made. Of sets of equal weight the shorter one in time wins, then the one
// with the later stamps: the receiver's own. Work grows with the square of the number of stamps.
Agreement agreeing_stamps(const std::vector<Stamp>& stamps, Duration tolerance);

}  // namespace mailcanary
