// One canary now, and its fate within a time: the work behind `mailcanary check`.
#pragma once
#include <string>

#include "config/config.h"
#include "core/event_loop.h"
#include "core/result.h"
#include "probes/canary.h"

namespace mailcanary {

struct CheckOptions {
  enum class Wait { for_arrival, not_at_all } wait = Wait::for_arrival;
  Duration at_most = std::chrono::seconds(60);
};

// The answer of a monitoring plugin (https://www.monitoring-plugins.org/doc/guidelines.html).
struct CheckAnswer {
  enum class State { ok = 0, warning = 1, critical = 2, unknown = 3 } state = State::unknown;
  std::string line;  // "OK: shop-watch delivered in 3.21 s | round_trip=3.214s;60;14400;0 submit=0.120s transit=3.094s"
};

// Sends a canary on the route and waits. Beside a `run` that holds the ledger, the daemon's reader finds it; otherwise
// our own does. With Wait::not_at_all: sends one, and answers for the newest settled one of the route.
CheckAnswer run_check(EventLoop& loop, const Config& config, const Route& route, CheckOptions options);

// The line for a canary that is settled, or that was waited for in vain.
CheckAnswer answer_for(const Canary& canary, Duration waited);
CheckAnswer answer_unknown(const RouteName& route, const std::string& why);

}  // namespace mailcanary
