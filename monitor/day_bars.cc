#include "monitor/day_bars.h"

#include <unordered_map>

namespace mailcanary {

WallTime first_day_shown(WallTime now) { return std::chrono::floor<std::chrono::days>(now) - std::chrono::hours(24 * 89); }

void DayBars::add(const Config& config, const std::vector<Rollup>& rollups, WallTime replace_from) {
  for (auto& [provider, days] : days_) std::erase_if(days, [&](const auto& day) { return day.first >= replace_from; });
  std::unordered_map<RouteName, std::vector<ProviderName>> touched_by;  // looked up once: there may be 100 rollups a route
  for (const auto& route : config.routes) {
    std::vector<ProviderName>& touched = touched_by[route.name];
    touched.push_back(config.account(route.from)->provider);
    if (const ProviderName& to = config.account(route.to)->provider; to != touched.front()) touched.push_back(to);
  }
  for (const auto& rollup : rollups) {
    const auto found = touched_by.find(rollup.route);
    if (found == touched_by.end()) continue;
    for (const auto& provider : found->second) {
      DayBar& bar = days_[provider][rollup.start];
      bar.day = rollup.start;
      for (const auto& [fate, count] : rollup.by_fate) {
        const int n = static_cast<int>(count);
        if (fate == Fate::delivered) bar.delivered += n;
        if (fate == Fate::late) bar.late += n;
        if (fate == Fate::junked) bar.junked += n;
        if (failed(fate)) bar.failed += n;
      }
    }
  }
}

std::map<ProviderName, std::vector<DayBar>> DayBars::last_days(WallTime now) const {
  std::map<ProviderName, std::vector<DayBar>> bars;
  for (const auto& [provider, days] : days_) {
    for (auto day = days.lower_bound(first_day_shown(now)); day != days.end(); ++day) bars[provider].push_back(day->second);
  }
  return bars;
}

}  // namespace mailcanary
