// Maintenance, announced by a command or returning by the configuration's calendar rules, as one list.
// Pure; any thread.
#pragma once
#include <vector>

#include "alerts/quiet.h"
#include "core/calendar.h"
#include "monitor/acts.h"

namespace mailcanary {

// How far ahead list and page show it.
constexpr Duration maintenance_ahead = std::chrono::hours(24 * 14);

// All that touches from..until, by its beginning. `acts` as LedgerStore::quiet_acts(from) gives them.
std::vector<Maintenance> maintenance_between(const Config& config, const std::vector<Act>& acts, WallTime from,
                                             WallTime until);

// When a route was under maintenance that does not count for the SLO: merged, in order, within from..until.
// `maintenance` as maintenance_between(…, from, until) gives it.
std::vector<TimeSpan> excluded_spans(const Config& config, const std::vector<Maintenance>& maintenance,
                                     const Route& route, WallTime from, WallTime until);
std::vector<TimeSpan> excluded_spans(const Config& config, const std::vector<Maintenance>& maintenance,
                                     const ProviderName& provider, WallTime from, WallTime until);

}  // namespace mailcanary
