// How long mail took hour by hour, over the last four weeks and a day: what `drift` compares. Of each hour only the
// median is kept, one byte on a logarithmic scale (steps of a tenth), and how many canaries it rests on.
// Plain value; any thread.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "monitor/histogram.h"

namespace mailcanary {

class HourMedians {
 public:
  void add(WallTime sent_at, Duration round_trip);
  // An hour that is over, from the ledger's sums.
  void restore(WallTime hour, const Histogram& round_trips);
  // Hours before this one are no sign of today's trouble (they stay part of what is normal).
  void explain(WallTime before) { today_from_ = before; }

  struct Drift {
    double times = 1;  // the last day took so many times as long as the same hours of the four weeks before
    int hours = 0;     // of the last day that could be compared
    std::int64_t canaries = 0;
    bool operator==(const Drift&) const = default;
  };
  // Hours that are over by `now`; nothing unless six of them can be compared with five days each.
  std::optional<Drift> drift(WallTime now) const;
  std::size_t bytes() const { return cells_.capacity() * sizeof(Cell); }

 private:
  struct Cell {
    std::uint8_t median = 0, canaries = 0;  // the median's bucket; 0 canaries: nothing is known of this hour
  };
  struct Open {  // an hour in which arrivals are still counted
    std::int64_t hour = -1;
    Histogram times;
  };
  void close(Open& open);
  void keep(std::int64_t hour, const Histogram& times);
  Cell at(std::int64_t hour) const;

  std::vector<Cell> cells_;  // a ring by hour; empty until the first hour is over
  std::int64_t newest_ = -1; // hour since 1970
  std::array<Open, 2> open_; // by parity of the hour: late ones come in while the next has begun
  WallTime today_from_;
};

}  // namespace mailcanary
