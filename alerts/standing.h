// What a channel is told again and again when its service forgets. Plain values; any thread.
#pragma once
#include <string>
#include <vector>

#include "alerts/notice.h"

namespace mailcanary {

// How things stand for one channel, for services that forget what they are not told again.
struct Standing {
  std::vector<Notice> open;  // the newest notice of each open incident that this channel hears of; the worst first
  std::string unknown;       // why nothing is known of delivery just now; empty: it is measured
};

}  // namespace mailcanary
