// How the engine starts from the ledger.
#include <algorithm>
#include <charconv>
#include <set>

#include "core/units.h"
#include "monitor/engine.h"
#include "monitor/evidence/evidence.h"

namespace mailcanary {

namespace {

constexpr Duration incident_span = std::chrono::hours(24 * 90);
constexpr Duration page_span = std::chrono::hours(1);

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

}  // namespace

Duration memory_span(const Config& config) {
  Duration span = page_span;
  for (const auto& rule : config.rules) {
    if (rule.over <= longest_exact_window) span = std::max(span, rule.over);
  }
  for (const auto& route : config.routes) span = std::max(span, 4 * route.every);
  return span;
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
  Duration longest{};
  for (const auto& rule : config.rules) longest = std::max(longest, rule.over);
  WallTime recent_since = now - memory_span(config);
  if (longest > longest_exact_window) {
    // What the sums of whole hours cover is not read canary by canary.
    recent_since = std::chrono::floor<std::chrono::hours>(recent_since);
    auto hours = store.rollups(std::chrono::hours(1), now - longest);
    if (!hours) return hours.error();
    memory.hours = std::move(*hours);
    std::erase_if(memory.hours, [&](const Rollup& rollup) { return rollup.start >= recent_since; });
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
  return memory;
}

void Engine::restore(EngineMemory memory, WallTime now) {
  for (const auto& route : config_.routes) {
    RouteMemory fresh(conditions_.windows);
    fresh.route = &route;
    fresh.from_provider = config_.account(route.from)->provider;
    fresh.to_provider = config_.account(route.to)->provider;
    fresh.tracks.resize(config_.rules.size());
    routes_.emplace(route.name, std::move(fresh));
    dirty_.insert(route.name);
  }
  now_ = now;
  start_evidence();
  make_scopes();
  sent_today_ = std::move(memory.sent_today);
  last_sent_ = std::move(memory.last_sent);
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
        found->second.in_incident = found->second.in_incident || failing;
        found->second.good_needed = good_needed_after(incident.rule);
        if (failing) troubled_.insert(name);
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
  for (auto& notice : memory.notices) notices_[notice.incident].push_back(std::move(notice));

  ordered(std::move(memory.orders));
  for (const auto& rollup : memory.hours) {
    const auto found = routes_.find(rollup.route);
    if (found == routes_.end()) continue;
    Sums sums;
    for (const auto& [fate, count] : rollup.by_fate) sums.by_fate[static_cast<std::size_t>(fate)] = count;
    sums.times[static_cast<std::size_t>(TimeOf::round_trip)] = rollup.round_trip;
    found->second.seen.restore_hour(rollup.start, sums);
    if (evidence_) evidence_->learn(rollup.route, rollup.round_trip, sums.of(Fate::lost));
  }
  for (const auto& canary : memory.recent) note(canary);
  for (auto& canary : memory.pending) {
    // An observer settles only what is its own; the rest is somebody else's business.
    if (role_ == EngineRole::only_observes && !routes_.contains(canary.route)) continue;
    track(std::move(canary), std::nullopt);
  }
  phase_ = Phase::live;
}

}  // namespace mailcanary
