// What the engine starts from, read from the ledger: what people asked of it, and what was measured and told before.
// Does not: decide anything, or keep it up to date; the engine does.
// Threads: the one that owns the store.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "core/calendar.h"
#include "monitor/ledger.h"

namespace mailcanary {

// What people ask of it: acts that wait to be applied, and those that say where to keep quiet.
struct Orders {
  std::vector<Act> waiting, quiet;
};
Result<Orders> read_orders(LedgerStore& store, WallTime now);

// What the engine starts from: read from the ledger.
struct EngineMemory {
  std::vector<Canary> pending;
  std::vector<Canary> recent;  // sent within memory_span(), oldest first
  std::optional<TimeSpan> recent_later;  // sent in it, so many that a start does not wait for them: see read_canaries()
  std::vector<Rollup> hours;   // before that, when a rule looks so far back
  std::optional<TimeSpan> hours_later;  // so many that a start does not wait for them: see read_hours()
  std::vector<Incident> incidents;
  std::vector<Notice> notices;  // of open incidents, and queued ones of any
  std::map<RouteName, WallTime> last_sent;
  std::map<AccountName, int> sent_today;
  std::map<std::string, std::string> facts;
  Orders orders;
  TrafficRecord traffic;
};
// How far back the rules and the page look.
Duration memory_span(const Config& config);
Result<EngineMemory> read_memory(LedgerStore& store, const Config& config, WallTime now);
// The sums of hours, by route.
Result<std::vector<Rollup>> read_hours(LedgerStore& store, TimeSpan span);
// Canaries sent in this time, as rules need them.
Result<std::vector<Canary>> read_canaries(LedgerStore& store, const Config& config, TimeSpan sent);

}  // namespace mailcanary
