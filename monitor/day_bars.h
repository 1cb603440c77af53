// Day bars of the page from the ledger's daily rollups. Plain; one thread.
#pragma once
#include <map>
#include <vector>

#include "alerts/status_view.h"
#include "config/config.h"
#include "monitor/ledger.h"

namespace mailcanary {

// The page shows ninety days with today.
WallTime first_day_shown(WallTime now);

class DayBars {
 public:
  // Adds rollups of one day each; days from `replace_from` on are forgotten first, so that today can be read again.
  void add(const Config& config, const std::vector<Rollup>& rollups, WallTime replace_from = {});
  std::map<ProviderName, std::vector<DayBar>> last_days(WallTime now) const;

 private:
  std::map<ProviderName, std::map<WallTime, DayBar>> days_;
};

}  // namespace mailcanary
