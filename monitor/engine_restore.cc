// How the engine starts from what was read, and takes in what comes after the start.
#include <algorithm>
#include <set>
#include <string_view>

#include "core/units.h"
#include "monitor/engine.h"
#include "monitor/evidence/evidence.h"

namespace mailcanary {

namespace {

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

// Of a canary that is known already, the engine knows more than the ledger did when it was read.
void Engine::remember(const std::vector<Canary>& sent, WallTime from) {
  for (auto canary = sent.rbegin(); canary != sent.rend(); ++canary) {
    RouteMemory* const memory = memory_of(canary->route);
    if (memory == nullptr || canary->fate == Fate::pending || canary->fate == Fate::unknown) continue;
    if (memory->seen.knows(canary->id)) continue;
    memory->seen.note(observed_so_far(*canary, *memory));
    if (memory->last_fate.empty()) memory->last_fate = name_of(canary->fate);
    if (mailcanary::arrived(canary->fate) && canary->arrived_at)
      memory->last_delivered_at = std::max(memory->last_delivered_at.value_or(*canary->arrived_at), *canary->arrived_at);
  }
  if (!missing_) return;
  missing_->until = from;
  if (missing_->until > missing_->from) return;
  missing_.reset();
  for (auto& [name, memory] : routes_) mark(memory);
  scopes_judged_at_ = {};
  news_ = true;
}

void Engine::remember_hours(const std::vector<Rollup>& hours) {
  for (const auto& rollup : hours) {
    const auto found = routes_.find(rollup.route);
    if (found == routes_.end()) continue;
    Sums sums;
    for (const auto& [fate, count] : rollup.by_fate) sums.by_fate[static_cast<std::size_t>(fate)] = count;
    sums.times[static_cast<std::size_t>(TimeOf::round_trip)] = rollup.round_trip;
    // Windows of whole hours get from that time on its canaries.
    const bool canaries_follow = missing_ && rollup.start >= missing_->from;
    canaries_follow ? found->second.seen.restore_median(rollup.start, rollup.round_trip)
                    : found->second.seen.restore_hour(rollup.start, sums);
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
  for (std::size_t number = 0; number < by_number_.size(); ++number) by_number_[number]->number = number;
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
  missing_ = memory.recent_later;
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
