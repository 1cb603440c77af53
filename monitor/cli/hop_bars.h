// The way of a message as bars: how long it took from hop to hop, and in whose house the time went. Pure.
#pragma once
#include <string>
#include <vector>

#include "probes/headers.h"

namespace mailcanary {

// `part` of `longest` in blocks, at most 30; "▏" for what is too short for one.
std::string bar(Duration part, Duration longest);

// One line a hop, its notes below it, then the sum by houses. With `lines` (of the same hops, or none) also what a
// search in a server's log needs: time, peer, queue id, recipient, cipher. Ends with a line break; empty when there
// are no hops.
std::string hop_bars(const std::vector<Hop>& hops, const OwnTimes& own, const std::vector<ReceivedLine>& lines);

}  // namespace mailcanary
