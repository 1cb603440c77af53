// The order in which servers handed a message on, from the names in its Received lines. Inside of hop_times.cc.
// Pure; any thread.
#pragma once
#include <cstddef>
#include <vector>

#include "probes/hops/received.h"

namespace mailcanary {

struct HopOrder {
  std::vector<std::size_t> places;  // of the lines, oldest first
  std::vector<bool> moved;          // by line: it stood elsewhere than it belongs
};
// `lines` newest first, at most 100. The order of the header stands unless its times run back and the names prove
// another one.
HopOrder travel_order(const std::vector<ReceivedLine>& lines);

}  // namespace mailcanary
