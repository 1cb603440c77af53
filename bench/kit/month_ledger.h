// A ledger as a month of many routes leaves it, made in a minute and not in a month: single canaries of the last hours
// written as the monitor writes them, sums of days, hours and 5 minutes put in by SQL.
//
// What the default retention (35 days of single canaries and of sums of 5 minutes) leaves of 10,000 routes at a canary
// in 5 minutes would be 100 million canaries, some 57 GB. Whoever has so many routes keeps less: here single canaries
// for some hours and sums of 5 minutes for a day; sums of hours and days for the whole month, as by default.
// Threads: one.
#pragma once
#include <cstdint>
#include <filesystem>

#include "config/config.h"

namespace mailcanary::bench {

// `routes` of a mesh of accounts at twenty providers, with the default rules.
Config mesh_config(int routes);

struct MonthLedger {
  std::int64_t canaries = 0, rollups_5m = 0, rollups_1h = 0, rollups_1d = 0;
  std::uintmax_t bytes = 0;
};
MonthLedger make_month_ledger(const std::filesystem::path& path, const Config& config, WallTime now, int days, int hours);

}  // namespace mailcanary::bench
