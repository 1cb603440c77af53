// `mailcanary demo`: two practice providers in the process, canaries between them, faults that come and go, notices in
// the terminal and a live status page. Nothing to configure, nothing left behind.
#pragma once
#include <optional>

#include "core/clock.h"
#include "core/result.h"

namespace mailcanary {

struct DemoOptions {
  std::optional<Duration> length;  // absent: until Ctrl-C
  int port = 0;                    // of the page; 0: any free one
};
Result<void> run_demo(DemoOptions options);

}  // namespace mailcanary
