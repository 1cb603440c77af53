// What is normal for one stream of canaries: how long they take, and how many never come. Learned from those that no
// disruption explains; what is old weighs less. It tells how likely a canary of so many seconds would still be out if
// all were well.
// Does not: decide anything. A stream of which little is known leans on a wider one.
// Plain value; any thread.
#pragma once
#include <array>
#include <cstddef>

#include "core/clock.h"
#include "monitor/histogram.h"

namespace mailcanary {

class Normal {
 public:
  void arrived(Duration took, double count = 1);
  void never_came(double count = 1);
  void arrived(const Histogram& times);
  double count() const { return count_; }
  // Of those learned, the share that was still out at this age; 1 when none was learned.
  double still_out(Duration age) const;

 private:
  void forget_a_little();
  std::array<float, 100> buckets_{};  // each a quarter longer than the one before, from 10 ms
  double count_ = 0, never_ = 0;
};

// What is assumed before anything was learned: half arrive within a twelfth of `late_after`, few take longer than it.
double assumed_still_out(Duration age, Duration late_after);

// How often the handing over of a canary fails though all is well: greylisting, a connection that broke.
class Habit {
 public:
  void seen(bool failed);
  double share() const;
  // Of those that are told to come again later: before much is known, one in twenty may be.
  double share_of_deferred() const;

 private:
  double leaning_on(double assumed_failures) const;
  double count_ = 0, failed_ = 0;
};

}  // namespace mailcanary
