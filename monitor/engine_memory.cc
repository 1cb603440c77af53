// What the engine starts from: read from the ledger.
#include <algorithm>
#include <set>
#include <string_view>
#include <unordered_map>

#include "core/units.h"
#include "monitor/engine_memory.h"
#include "monitor/traffic/traffic_watch.h"

namespace mailcanary {

namespace {

constexpr Duration incident_span = std::chrono::hours(24 * 90);
constexpr Duration page_span = std::chrono::hours(1);
// To read this many takes half a second: 600 routes over four weeks.
constexpr std::int64_t most_hours_at_start = 400'000;
// So many canaries are read and understood in less than a second.
constexpr double most_canaries_at_start = 40'000;

// `drift` compares the last day with the four weeks before.
Duration hours_kept_for_drift(const Config& config) {
  const bool drift = std::any_of(config.rules.begin(), config.rules.end(), [](const Rule& rule) { return rule.measure == "drift"; });
  return drift ? std::chrono::hours(24 * 29) : Duration{};
}

LedgerStore::Details details_for(const Config& config) {
  const bool verdicts = std::any_of(config.rules.begin(), config.rules.end(), [](const Rule& rule) { return rule.measure == "verdict_failures"; });
  return verdicts ? LedgerStore::Details::all : LedgerStore::Details::of_failed;
}

// So much time has as many canaries as a start waits for.
Duration span_at_start(const Config& config) {
  double scheduled = 0;  // canaries a microsecond
  for (const auto& route : config.routes) scheduled += 1 / static_cast<double>(route.every.count());
  const double most = static_cast<double>(Duration::max().count()) / 2;
  return Duration(static_cast<Duration::rep>(scheduled > 0 ? std::min(most_canaries_at_start / scheduled, most) : most));
}

// How far back windows go that are made of whole hours; nothing when there are none and nobody compares days.
Duration hours_back(const Config& config) {
  Duration longest{};
  for (const auto& rule : config.rules) longest = std::max(longest, rule.over);
  if (longest > longest_exact_window) return longest;
  return hours_kept_for_drift(config) > Duration{} ? memory_span(config) : Duration{};
}

}  // namespace

Result<std::vector<Canary>> read_canaries(LedgerStore& store, const Config& config, TimeSpan sent) {
  return store.sent_within(sent, details_for(config));
}

Duration memory_span(const Config& config) {
  Duration span = page_span;
  for (const auto& rule : config.rules) {
    if (rule.measure == "drift" || rule.measure == "evidence") continue;  // they look through no window
    if (rule.over <= longest_exact_window) span = std::max(span, rule.over);
  }
  for (const auto& route : config.routes) span = std::max(span, 4 * route.every);
  return span;
}

Result<std::vector<Rollup>> read_hours(LedgerStore& store, TimeSpan span) {
  const auto lanes = store.lanes();
  if (!lanes) return lanes.error();
  std::unordered_map<std::int64_t, const RouteName*> routes;
  for (const auto& lane : *lanes) routes.emplace(lane.key, &lane.route);
  std::vector<Rollup> hours;
  std::unordered_map<std::string_view, std::size_t> places;  // of the hour that is read now, by route
  const Duration hour = std::chrono::hours(1);
  auto read = store.each_slot(hour, span.from, span.until, LedgerStore::Times::read, [&](const LaneSlot& slot) {
    if (hours.empty() || hours.back().start != slot.start) places.clear();
    const RouteName& route = *routes.at(slot.lane);
    const auto [place, fresh] = places.emplace(route.str(), hours.size());
    if (fresh) hours.push_back({route, slot.start, hour, {}, {}});
    Rollup& rollup = hours[place->second];
    for (std::size_t fate = 0; fate < slot.by_fate.size(); ++fate)
      if (slot.by_fate[fate] != 0) rollup.by_fate[static_cast<Fate>(fate)] += slot.by_fate[fate];
    rollup.round_trip.merge(slot.round_trip);
  });
  if (!read) return read.error();
  return hours;
}

Result<EngineMemory> read_memory(LedgerStore& store, const Config& config, WallTime now) {
  EngineMemory memory;
  auto pending = store.pending();
  if (!pending) return pending.error();
  memory.pending = std::move(*pending);
  auto incidents = store.incidents_since(now - incident_span);
  if (!incidents) return incidents.error();
  memory.incidents = std::move(*incidents);

  for (const auto& incident : memory.incidents) {
    const bool may_return = incident.resolved_at && now - *incident.resolved_at <= config.flap_hold;
    if (!incident.open() && !may_return) continue;
    auto notices = store.notices_of(incident.id);
    if (!notices) return notices.error();
    memory.notices.insert(memory.notices.end(), notices->begin(), notices->end());
  }
  auto queued = store.queued_notices();
  if (!queued) return queued.error();
  // Of an ended incident that still has something to tell, all of them: they know what the channel called it.
  std::set<IncidentId> ended;
  for (const auto& notice : *queued) {
    const bool known = std::any_of(memory.notices.begin(), memory.notices.end(),
                                   [&](const Notice& n) { return n.incident == notice.incident; });
    if (!known) ended.insert(notice.incident);
  }
  for (const auto& incident : ended) {
    auto notices = store.notices_of(incident);
    if (!notices) return notices.error();
    memory.notices.insert(memory.notices.end(), notices->begin(), notices->end());
  }
  WallTime recent_since = now - memory_span(config);
  const bool wants_hours = hours_back(config) > Duration{};
  // What the sums of whole hours cover is not read canary by canary.
  if (wants_hours) recent_since = std::chrono::floor<std::chrono::hours>(recent_since);
  WallTime read_since = recent_since;
  if (const Duration most = span_at_start(config); now - recent_since > most) {
    read_since = now - most;
    memory.recent_later = TimeSpan{recent_since, read_since};
  }
  if (const Duration back = hours_back(config); back > Duration{}) {
    TimeSpan hours{std::min(now - back, recent_since), std::chrono::floor<std::chrono::hours>(read_since)};
    if (const Duration kept = hours_kept_for_drift(config); kept > back) {
      // Windows need theirs at once; to compare days may wait until there is time.
      const TimeSpan before{now - kept, hours.from};
      if ((before.until - before.from) / std::chrono::hours(1) * static_cast<std::int64_t>(config.routes.size()) > most_hours_at_start)
        memory.hours_later = before;
      else
        hours.from = before.from;
    }
    auto read = read_hours(store, hours);
    if (!read) return read.error();
    memory.hours = std::move(*read);
  }
  Duration lost_after{};
  for (const auto& route : config.routes) lost_after = std::max(lost_after, route.lost_after);
  auto recent = store.recent(read_since, recent_since - lost_after, details_for(config));
  if (!recent) return recent.error();
  memory.recent = std::move(*recent);
  auto last_sent = store.last_sent();
  if (!last_sent) return last_sent.error();
  memory.last_sent = std::move(*last_sent);
  auto sent = store.sent_by_account_since(std::chrono::floor<std::chrono::days>(now));
  if (!sent) return sent.error();
  memory.sent_today = std::move(*sent);
  auto facts = store.facts();
  if (!facts) return facts.error();
  memory.facts = std::move(*facts);
  auto orders = read_orders(store, now);
  if (!orders) return orders.error();
  memory.orders = std::move(*orders);
  if (const Duration span = traffic_span(config); span > Duration::zero()) {
    auto traffic = store.traffic(now - span);
    if (!traffic) return traffic.error();
    memory.traffic = std::move(*traffic);
  }
  return memory;
}

}  // namespace mailcanary
