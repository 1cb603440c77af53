#include "monitor/page_history.h"

#include <algorithm>
#include <unordered_map>

#include "monitor/maintenance.h"

namespace mailcanary {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using std::chrono::floor;
using std::chrono::hours;

constexpr Duration days_shown = 90 * 24h;
constexpr Duration times_by_day = 30 * 24h;
constexpr Duration times_by_hour = 24h;
constexpr Duration maintenance_kept = 30 * 24h;
constexpr Duration incidents_kept = 400 * 24h;
constexpr Duration incidents_again = 24h;  // those that change are in the engine's own memory

WallTime first_day_shown(WallTime now) { return floor<days>(now) - days_shown + 24h; }

std::vector<Maintenance> past_maintenance(const Config& config, const std::vector<Act>& acts, WallTime now) {
  auto found = maintenance_between(config, acts, now - maintenance_kept, now);
  std::erase_if(found, [&](const Maintenance& m) { return m.until > now; });
  // Who read that it would come must read that it does not.
  for (auto& cancelled : cancelled_in(acts))
    if (cancelled.until >= now - maintenance_kept) found.push_back(std::move(cancelled));
  std::stable_sort(found.begin(), found.end(), [](const Maintenance& a, const Maintenance& b) { return a.from < b.from; });
  return found;
}

}  // namespace

void PageHistory::add(Sums& sums, const Config& config, const std::vector<Rollup>& rollups, WallTime replace_from) {
  for (auto& [provider, known] : sums) known.erase(known.lower_bound(replace_from), known.end());
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
      Sum& sum = sums[provider][rollup.start];
      sum.times.merge(rollup.round_trip);
      sum.bar.day = rollup.start;
      for (const auto& [fate, count] : rollup.by_fate) {
        const int n = static_cast<int>(count);
        if (fate == Fate::delivered) sum.bar.delivered += n;
        if (fate == Fate::late) sum.bar.late += n;
        if (fate == Fate::junked) sum.bar.junked += n;
        if (failed(fate)) sum.bar.failed += n;
      }
    }
  }
}

void PageHistory::forget(Sums& sums, WallTime before) {
  for (auto& [provider, known] : sums) known.erase(known.begin(), known.lower_bound(before));
}

Result<PagePast> PageHistory::read(LedgerStore& store, const Config& config, WallTime now) {
  // Days and hours in which a canary may have been sent that was settled since; hours in full only once an hour.
  Duration longest{};
  for (const auto& route : config.routes) longest = std::max(longest, route.lost_after);
  const bool first = read_at_ == WallTime{};
  const WallTime days_from = first ? first_day_shown(now) : floor<days>(read_at_ - longest);
  const bool all_hours = first || floor<hours>(hours_read_at_) != floor<hours>(now);
  const WallTime hours_from = floor<hours>(now) - (all_hours ? times_by_hour : Duration(1h));

  auto by_day = store.rollups(24h, days_from);
  if (!by_day) return by_day.error();
  auto by_hour = store.rollups(1h, hours_from);
  if (!by_hour) return by_hour.error();
  auto acts = store.quiet_acts(now - maintenance_kept);
  if (!acts) return acts.error();
  if (now - incidents_read_at_ >= incidents_again || now < incidents_read_at_) {
    auto incidents = store.incidents_since(now - incidents_kept);
    if (!incidents) return incidents.error();
    incidents_ = std::move(*incidents);
    incidents_read_at_ = now;
  }
  add(days_, config, *by_day, days_from);
  add(hours_, config, *by_hour, hours_from);
  forget(days_, first_day_shown(now));
  forget(hours_, floor<hours>(now) - times_by_hour);
  read_at_ = now;
  if (all_hours) hours_read_at_ = now;

  PagePast past;
  for (const auto& provider : config.providers) past.providers[provider.name] = past_of(provider.name, now);
  past.maintenance = past_maintenance(config, *acts, now);
  past.incidents = incidents_;
  past.since = now - incidents_kept;
  return past;
}

std::size_t PageHistory::sums() const {
  std::size_t kept = 0;
  for (const auto* sums : {&hours_, &days_})
    for (const auto& [provider, known] : *sums) kept += known.size();
  return kept;
}

ProviderPast PageHistory::past_of(const ProviderName& provider, WallTime now) const {
  ProviderPast past;
  const auto each_since = [&](const Sums& sums, WallTime from, auto use) {
    const auto known = sums.find(provider);
    if (known == sums.end()) return;
    for (auto sum = known->second.lower_bound(from); sum != known->second.end(); ++sum) use(sum->second);
  };
  const auto add_times = [](std::vector<TimePoint>& points, const Sum& sum) {
    const auto p50 = sum.times.quantile(0.50), p95 = sum.times.quantile(0.95);
    if (p50 && p95) points.push_back({sum.bar.day, *p50, *p95});
  };
  each_since(days_, first_day_shown(now), [&](const Sum& sum) { past.days.push_back(sum.bar); });
  each_since(days_, floor<days>(now) - times_by_day + 24h, [&](const Sum& sum) { add_times(past.by_day, sum); });
  each_since(hours_, floor<hours>(now) - times_by_hour + 1h, [&](const Sum& sum) { add_times(past.by_hour, sum); });
  return past;
}

void mark_days(std::vector<DayBar>& bars, const Incident& incident, WallTime now) {
  const WallTime end = incident.resolved_at.value_or(now);
  for (WallTime day = std::max<WallTime>(floor<days>(incident.began_at), first_day_shown(now)); day <= end;
       day += 24h) {
    auto at = std::lower_bound(bars.begin(), bars.end(), day,
                               [](const DayBar& bar, WallTime wanted) { return bar.day < wanted; });
    if (at == bars.end() || at->day != day) at = bars.insert(at, DayBar{day});
    at->worst = std::max(at->worst, incident.impact);
  }
}

}  // namespace mailcanary
