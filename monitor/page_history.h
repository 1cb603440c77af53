// What the page shows of the past, as the ledger has it: day bars, delivery times by hour and day, maintenance that is
// over, incidents that the engine no longer remembers.
// Threads: the store's for read(); what it returns is a plain value.
#pragma once
#include <cstddef>
#include <map>
#include <vector>

#include "alerts/quiet.h"
#include "alerts/status_view.h"
#include "config/config.h"
#include "monitor/ledger.h"

namespace mailcanary {

struct ProviderPast {
  std::vector<DayBar> days;                // ninety with today, oldest first
  std::vector<TimePoint> by_hour, by_day;  // as in ComponentView
};

struct PagePast {
  std::map<ProviderName, ProviderPast> providers;
  std::vector<Maintenance> maintenance;  // that ended within the last 30 days, by its beginning
  std::vector<Incident> incidents;       // every one since then
  WallTime since;
};

// Remembers the sums of hours and days that it has read, so that reading again costs only what may have changed.
class PageHistory {
 public:
  // On failure what was read before stays, and the next reading covers what this one missed.
  Result<PagePast> read(LedgerStore& store, const Config& config, WallTime now);

  std::size_t sums() const;  // of hours and days, as many as are kept

 private:
  struct Sum {
    DayBar bar;
    Histogram times;
  };
  using Sums = std::map<ProviderName, std::map<WallTime, Sum>>;
  static void add(Sums& sums, const Config& config, const std::vector<Rollup>& rollups, WallTime replace_from);
  static void forget(Sums& sums, WallTime before);
  ProviderPast past_of(const ProviderName& provider, WallTime now) const;

  Sums hours_, days_;
  std::vector<Incident> incidents_;
  WallTime read_at_, hours_read_at_, incidents_read_at_;
};

// Colours the days on which the incident went on, for the worse only; days that nobody measured are added.
void mark_days(std::vector<DayBar>& days, const Incident& incident, WallTime now);

}  // namespace mailcanary
