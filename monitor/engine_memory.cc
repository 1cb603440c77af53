// How the engine starts from the ledger.
#include <algorithm>
#include <charconv>
#include <set>
#include <string_view>
#include <unordered_map>

#include "core/units.h"
#include "monitor/engine.h"
#include "monitor/evidence/evidence.h"

namespace mailcanary {

namespace {

constexpr Duration incident_span = std::chrono::hours(24 * 90);
constexpr Duration page_span = std::chrono::hours(1);
// To read this many takes half a second: 600 routes over four weeks.
constexpr std::int64_t most_hours_at_start = 400'000;

// `drift` compares the last day with the four weeks before.
Duration hours_kept_for_drift(const Config& config) {
  const bool drift = std::any_of(config.rules.begin(), config.rules.end(), [](const Rule& rule) { return rule.measure == "drift"; });
  return drift ? std::chrono::hours(24 * 29) : Duration{};
}

// "looked_at \t faulty_since \t own|peer \t fault", as Engine::note_reader writes it.
ReaderState reader_from(std::string_view text) {
  ReaderState reader;
  std::vector<std::string> parts;
  while (parts.size() < 3) {
    const auto tab = text.find('\t');
    if (tab == std::string_view::npos) return reader;
    parts.emplace_back(text.substr(0, tab));
    text.remove_prefix(tab + 1);
  }
  if (auto looked = parse_time(parts[0])) reader.looked_at = *looked;
  if (auto since = parse_time(parts[1])) reader.faulty_since = *since;
  reader.own_fault = parts[2] == "own";
  reader.fault = std::string(text);
  if (reader.faulty_since) reader.faults = 1;
  return reader;
}

// How far back windows go that are made of whole hours; nothing when there are none and nobody compares days.
Duration hours_back(const Config& config) {
  Duration longest{};
  for (const auto& rule : config.rules) longest = std::max(longest, rule.over);
  if (longest > longest_exact_window) return longest;
  return hours_kept_for_drift(config) > Duration{} ? memory_span(config) : Duration{};
}

}  // namespace

Duration memory_span(const Config& config) {
  Duration span = page_span;
  for (const auto& rule : config.rules) {
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
  if (const Duration back = hours_back(config); back > Duration{}) {
    // What the sums of whole hours cover is not read canary by canary.
    recent_since = std::chrono::floor<std::chrono::hours>(recent_since);
    TimeSpan hours{now - back, recent_since};
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
  const bool wants_verdicts = std::any_of(config.rules.begin(), config.rules.end(),
                                          [](const Rule& rule) { return rule.measure == "verdict_failures"; });
  auto recent = store.recent(recent_since, recent_since - lost_after,
                             wants_verdicts ? LedgerStore::Details::all : LedgerStore::Details::of_failed);
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

void Engine::remember_hours(const std::vector<Rollup>& hours) {
  for (const auto& rollup : hours) {
    const auto found = routes_.find(rollup.route);
    if (found == routes_.end()) continue;
    Sums sums;
    for (const auto& [fate, count] : rollup.by_fate) sums.by_fate[static_cast<std::size_t>(fate)] = count;
    sums.times[static_cast<std::size_t>(TimeOf::round_trip)] = rollup.round_trip;
    found->second.seen.restore_hour(rollup.start, sums);
    if (evidence_) evidence_->learn(rollup.route, rollup.round_trip, sums.of(Fate::lost));
  }
}

void Engine::restore(EngineMemory memory, WallTime now) {
  for (const auto& route : config_.routes) {
    RouteMemory fresh(conditions_.windows);
    fresh.route = &route;
    fresh.from_provider = config_.account(route.from)->provider;
    fresh.to_provider = config_.account(route.to)->provider;
    fresh.tracks.resize(config_.rules.size());
    fresh.from = config_.account(route.from);
    fresh.reader = &readers_[route.to];
    fresh.arriving = &outstanding_[route.to];
    fresh.returning = &outstanding_[route.from];
    by_number_.push_back(&routes_.emplace(route.name, std::move(fresh)).first->second);
    scheduled_[route.from] += 1 / static_cast<double>(route.every.count());
  }
  for (auto& [name, fresh] : routes_) {
    fresh.rank = by_rank_.size();
    by_rank_.push_back(&fresh);
    mark(fresh);
  }
  for (const auto& account : config_.accounts) {
    if (account.bounces) only_read_.insert(account.name);
  }
  now_ = now;
  start_evidence();
  make_scopes();
  sent_today_ = std::move(memory.sent_today);
  last_sent_ = std::move(memory.last_sent);
  for (auto& [name, at] : last_sent_) {
    if (RouteMemory* const of_route = memory_of(name)) of_route->last_sent = &at;
  }
  facts_ = std::move(memory.facts);
  for (const auto& account : config_.accounts) {
    if (const auto fact = facts_.find("reader." + account.name.str()); fact != facts_.end()) {
      readers_[account.name] = reader_from(fact->second);
    }
  }
  for (auto& [name, memory_of_route] : routes_) {
    for (std::size_t i = 0; i < config_.rules.size(); ++i) {
      const auto fact = facts_.find(track_fact(config_.rules[i], name.str()));
      if (fact != facts_.end()) memory_of_route.tracks[i] = track_from_text(fact->second);
    }
  }
  restore_tallies();
  // The component's first day stays the same for as long as the ledger lives.
  for (const auto& provider : config_.providers) {
    const std::string key = "since." + provider.name.str();
    if (facts_.contains(key)) continue;
    facts_[key] = format_time(now);
    record_.facts[key] = facts_[key];
  }

  for (auto& incident : memory.incidents) {
    const std::set<RouteName> still_failing(incident.failing.begin(), incident.failing.end());
    for (const auto& name : incident.routes) {
      auto found = routes_.find(name);
      if (found == routes_.end()) continue;
      if (incident.open()) {
        const bool failing = still_failing.contains(name);
        if (failing) found->second.incident = incident.id;
        found->second.good_needed = good_needed_after(incident.rule);
        if (failing) troubled_.insert(found->second.rank);
      } else if (incident.resolved_at) {
        found->second.seen.explain(*incident.resolved_at);
        if (evidence_) evidence_->explain(name, *incident.resolved_at);
        if (still_failing.contains(name)) {
          dismissed_[name] = incident.id;
          found->second.good_needed = good_needed_after(incident.rule);
        }
      }
    }
    if (incident.open()) {
      restore_counts(incident);
      open_.emplace(incident.id, std::move(incident));
    } else {
      past_.push_back(std::move(incident));
    }
  }
  std::sort(past_.begin(), past_.end(), [](const Incident& a, const Incident& b) { return a.opened_at < b.opened_at; });
  restore_traffic(memory.traffic, now);
  for (auto& notice : memory.notices) notices_[notice.incident].push_back(std::move(notice));

  ordered(std::move(memory.orders));
  remember_hours(memory.hours);
  for (const auto& canary : memory.recent) note(canary, memory_of(canary.route));
  for (auto& canary : memory.pending) {
    // An observer settles only what is its own; the rest is somebody else's business.
    if (role_ == EngineRole::only_observes && !routes_.contains(canary.route)) continue;
    track(std::move(canary), std::nullopt);
  }
  phase_ = Phase::live;
}

}  // namespace mailcanary
