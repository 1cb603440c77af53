// Whether hosts that have nothing to do with the watched mail can be reached from here: our own network, that is.
// Does not: say anything to them, or judge; the evidence does.
// Threads: the loop's thread.
#pragma once
#include <vector>

#include "config/config.h"
#include "core/event_loop.h"

namespace mailcanary {

struct AnchorsTried {
  int asked = 0, answered = 0;  // an answer is a TCP connection
};
// All at once; ends when one has answered, when all have failed, or when the patience is over.
Task<AnchorsTried> try_anchors(EventLoop& loop, std::vector<HostPort> anchors, Duration patience = std::chrono::seconds(5));

}  // namespace mailcanary
