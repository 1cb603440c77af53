// The daemon: schedule, IDLE, rules, notices, page and metrics, until it is told to stop.
// Threads: the calling thread becomes the loop's.
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "config/config.h"
#include "core/event_loop.h"
#include "monitor/station.h"
#include "monitor/web_people.h"

namespace mailcanary {

struct RunOptions {
  StationOptions station;
  std::optional<Duration> stop_after;  // absent: until a signal
  OperatorPage operators = OperatorPage::withheld;
  // Called once when everything stands: the port of the page (0: none). For `demo`, which tells the user.
  std::function<void(Station&, int port)> on_started;
};

// Holds the lock, runs until SIGTERM, SIGINT or `loop.stop()`, closes cleanly. ErrorKind::busy when another `run` or
// `tick` holds the ledger.
Result<void> run_daemon(EventLoop& loop, const Config& config, RunOptions options);

// One turn for cron: collect, settle, send what is due, decide, notify, publish.
struct TickSummary {
  int queued_notices = 0;  // that could not be delivered now
  std::vector<std::string> troubles;  // mailboxes that could not be read, a page that could not be written
};
Result<TickSummary> run_tick(EventLoop& loop, const Config& config);

}  // namespace mailcanary
