// From Received lines to hops: the order of travel, the time between hops, and whose clock is wrong.
//
// Each server stamps with its own clock, so a delay may come out negative, or minutes long where nothing waited. The
// delays stay as the stamps say; what is known of the clocks stands in `note`, and estimate_steps() gives what the
// delays were then. Of all stamps the largest set that agrees (time runs forward along it, to a second) is taken for
// right, each clock counting once however often it stamped; the others are wrong by what brings them in line.
// Where two clocks disagree and nothing decides between them, the note says so.
// Does not: find a clock that is wrong without contradicting any other; that looks like a delay.
// Pure; any thread. At most 100 hops.
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "probes/canary.h"
#include "probes/hops/received.h"

namespace mailcanary {

// What is known apart from the lines: the mail was on its way between these, by our own clock.
struct OwnTimes {
  std::optional<WallTime> sent, seen;
  std::optional<WallTime> written;  // the Date field: a weak witness
};

struct Journey {
  std::vector<ReceivedLine> lines;  // in the order of travel
  std::vector<Hop> hops;            // of these lines, one each
  OwnTimes own;                     // as it was judged with
};
// `lines` as they stand in the header, newest first. A line that stands in the wrong place (the "from" of its neighbours
// proves it, and the times agree) is put where it belongs.
Journey make_journey(std::vector<ReceivedLine> lines, const OwnTimes& own);

struct Step {
  std::optional<Duration> delay;  // since the hop before, with the clocks set right; never negative
  // How far this hop's clock is ahead (negative: behind), at least and at most; absent: nothing speaks against it.
  std::optional<Duration> ahead_low, ahead_high;  // the one nearer to zero first; no second one: unbounded
  bool undecided = false;                         // as well the others could be wrong
};
// One for each hop.
std::vector<Step> estimate_steps(const std::vector<Hop>& hops, const OwnTimes& own);

}  // namespace mailcanary
