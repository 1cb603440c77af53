// How the engine judges routes: when, what state each is in, and whether it is well again.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/text.h"
#include "core/units.h"
#include "monitor/engine.h"
#include "monitor/evidence/evidence.h"

namespace mailcanary {

namespace {

constexpr int drained_after = 3;  // cadences without one that comes late

}  // namespace

void Engine::refresh(WallTime now) {
  for (auto& [name, memory] : routes_) mark(memory);
  scopes_judged_at_ = {};
  now_ = now;
  plan(now);
  weigh(now);
  judge_routes(now);
}

void Engine::judge_routes(WallTime now) {
  if (now < judged_at_) {  // the clock was set back: what was put off would wait too long
    for (auto& [name, memory] : routes_) mark(memory);
    scopes_judged_at_ = {};
  }
  judged_at_ = now;
  judge_scopes(now);
  while (!judge_at_.empty() && judge_at_.begin()->first <= now) {
    RouteMemory& memory = *by_rank_[judge_at_.begin()->second];
    judge_at_.erase(judge_at_.begin());
    memory.listed_at.reset();
    if (memory.judge_at && *memory.judge_at > now) {
      judge_later(memory, memory.judge_at);
    } else if (std::exchange(memory.judge_at, std::nullopt)) {
      mark(memory);
    }
  }
  auto dirty = std::exchange(dirty_, {});
  std::sort(dirty.begin(), dirty.end(), [](const RouteMemory* a, const RouteMemory* b) { return a->rank < b->rank; });
  for (RouteMemory* memory : dirty) memory->dirty = false;
  for (RouteMemory* memory : dirty) judge(*memory, now);
}

// Nearly every canary puts it off: the entry stays where it is until then.
void Engine::judge_later(RouteMemory& memory, std::optional<WallTime> at) {
  memory.judge_at = at;
  if (!at || (memory.listed_at && *memory.listed_at <= *at)) return;
  if (memory.listed_at) judge_at_.erase({*memory.listed_at, memory.rank});
  memory.listed_at = at;
  judge_at_.emplace(*at, memory.rank);
}

void Engine::judge(RouteMemory& memory, WallTime now) {
  memory.seen.advance(now);
  memory.symptom = symptom_of(memory, now);
  if (memory.symptom || memory.incident) {
    troubled_.insert(memory.rank);
  } else {
    troubled_.erase(memory.rank);
  }
  judge_state(memory, now);
}

void Engine::judge_state(RouteMemory& memory, WallTime now) {
  const Route& route = *memory.route;
  const ReaderState& reader = *memory.reader;
  const auto& symptom = memory.symptom;
  const RouteState before = memory.state;
  const auto last = std::find_if(memory.seen.rbegin(), memory.seen.rend(),
                                 [](const Observation& o) { return o.fate != Fate::pending || o.overdue; });
  if (symptom) {
    const bool ours = symptom->culprit && symptom->culprit->blame.self;
    memory.state = ours                                ? RouteState::unknown
                   : symptom->impact >= Impact::major ? RouteState::down
                                                      : RouteState::degraded;
    memory.reason = symptom->reason;
    if (!symptom->first_error.empty()) memory.reason += ": " + symptom->first_error;
  } else if (!ledger_fault_.empty()) {
    memory.state = RouteState::unknown;
    memory.reason = "the ledger cannot record: " + ledger_fault_;
  } else if (!memory.own_fault.empty()) {
    memory.state = RouteState::unknown;
    memory.reason = memory.own_fault;
  } else if (reader.faulty_since) {
    memory.state = RouteState::unknown;
    memory.reason = "the mailbox cannot be read: " + reader.fault;
  } else if (memory.incident) {
    memory.state = RouteState::degraded;
    memory.reason = still_drains(memory, now) ? "recovering: canaries that were held up are still coming in"
                                              : "recovering: not enough canaries in a row were delivered in time yet";
  } else if (last == memory.seen.rend()) {
    memory.state = RouteState::unknown;
    memory.reason = "no canary has been settled yet";
  } else if (now - last->sent_at > 3 * route.every + route.late_after) {
    memory.state = RouteState::unknown;
    memory.reason = fmt::format("nothing was measured for {}", human_duration(now - last->sent_at));
  } else if (is_trouble(*last)) {
    memory.state = RouteState::degraded;
    memory.reason = "the last canary failed: " + last->words;
  } else {
    memory.state = RouteState::ok;
    memory.reason.clear();
  }
  if (memory.state != before) news_ = true;
}

// A queue is being worked off: held canaries of this incident are still out, or were given up, and one after the other
// they come. Mail of people is there as well.
bool Engine::still_drains(const RouteMemory& memory, WallTime now) const {
  if (!memory.counted || !memory.incident || memory.counted->incident != *memory.incident || !memory.last_late_at) return false;
  const IncidentCounts& counts = memory.counted->counts;
  return (counts.overdue > 0 || counts.lost > 0) && now - *memory.last_late_at < drained_after * memory.route->every;
}

// Where some canaries always fail (greylisting, say), so many good ones in a row may never come. There it counts how
// much likelier all is well than that the trouble goes on (Page's test, backwards): in units of one good canary, each
// bad one takes off what it is worth, and the sum must reach what a row of good ones would.
void Engine::weigh_recovery(RouteMemory& memory, Fate fate) const {
  if (!evidence_ || !memory.incident || memory.good_needed < 1) return;
  const auto open = open_.find(*memory.incident);
  const bool ours = open != open_.end() && open->second.blame.self;
  if (fate == Fate::delivered || (ours && fate != Fate::unreachable)) {  // an answer, be it a refusal, shows that we work
    memory.recovery += 1;
    return;
  }
  const double usual = evidence_->usual_trouble(memory.route->name);
  const double fails = 1 - std::pow(luck_allowed, 1.0 / memory.good_needed);
  const double good_tells = std::log((1 - usual) / (1 - fails));
  const double bad_takes = std::log((fails + (1 - fails) * usual) / usual) / good_tells;
  memory.recovery = fails <= 2 * usual ? 0 : std::max(0.0, memory.recovery - bad_takes);
}

bool Engine::recovered_but_for_the_usual(const RouteMemory& memory, int good_needed) const {
  if (!evidence_ || !memory.incident || evidence_rule_.recover > 0 || memory.recovery < good_needed) return false;
  const auto open = open_.find(*memory.incident);
  if (open == open_.end() || open->second.rule != evidence_rule_.name || evidence_->awaits(memory.route->name)) return false;
  return std::none_of(memory.seen.begin(), memory.seen.end(), [](const Observation& o) { return o.overdue; });
}

bool Engine::is_well(const RouteMemory& memory, int good_needed, WallTime now) const {
  if (missing_) return false;
  if (memory.symptom && (memory.symptom->rule == mailbox_rule || memory.symptom->rule == own_rule)) return false;
  if (memory.reader->faulty_since) return false;
  if (still_drains(memory, now)) return false;
  if (good_needed == 0) return !memory.symptom;
  if (memory.symptom) {
    // A rule with a clear threshold or time of its own says itself when it is over.
    const auto rule = std::find_if(config_.rules.begin(), config_.rules.end(),
                                   [&](const Rule& r) { return r.name == memory.symptom->rule; });
    if (rule != config_.rules.end() && (rule->clear || rule->clear_for > Duration::zero())) return false;
  }
  if (recovered_but_for_the_usual(memory, good_needed)) return true;
  const auto last_bad = evidence_ ? evidence_->last_bad(memory.route->name) : std::nullopt;
  int good = 0;
  WallTime newest_arrival;
  for (auto o = memory.seen.rbegin(); o != memory.seen.rend(); ++o) {
    if (last_bad && o->sent_at <= *last_bad) break;
    if (o->fate == Fate::pending && !o->overdue) continue;
    if (o->fate != Fate::delivered) break;
    newest_arrival = std::max(newest_arrival, o->sent_at + o->round_trip.value_or(Duration::zero()));
    if (++good >= good_needed) break;
  }
  if (good < good_needed) return false;
  // A queue that was released lets the newest through with the oldest: wait a little for what is still coming.
  const bool all_there = std::none_of(memory.seen.begin(), memory.seen.end(), [](const Observation& o) { return o.overdue; });
  return all_there || now - newest_arrival >= memory.route->late_after;
}

// Well again: what was sent before is explained, and counts for no new trouble.
void Engine::explain(RouteMemory& memory, WallTime before) {
  const RouteName& name = memory.route->name;
  memory.seen.explain(before);
  memory.seen.advance(before);
  if (evidence_) evidence_->explain(name, before);
  for (std::size_t i = 0; i < memory.tracks.size(); ++i) {
    const RuleTrack track = std::exchange(memory.tracks[i], RuleTrack{});
    if (track != memory.tracks[i]) keep_track(config_.rules[i], name.str(), memory.tracks[i]);
  }
  memory.symptom.reset();
  troubled_.erase(memory.rank);
  mark(memory);
}

Findings Engine::findings(WallTime now) {
  Findings found;
  for (const std::size_t rank : troubled_) {
    const RouteMemory& memory = *by_rank_[rank];
    const RouteName& name = memory.route->name;
    if (dismissed_.contains(name)) continue;
    const bool well = memory.incident && is_well(memory, memory.good_needed, now);
    if (well) {
      found.well.push_back(name);
    } else if (memory.symptom) {
      found.symptoms.push_back(*memory.symptom);
    }
  }
  std::sort(found.symptoms.begin(), found.symptoms.end(),
            [](const Symptom& a, const Symptom& b) { return a.began_at < b.began_at; });

  const bool searched = std::any_of(found.symptoms.begin(), found.symptoms.end(),
                                    [](const Symptom& s) { return !s.culprit || s.rule == own_rule; });
  if (searched) {
    for (const auto& [name, memory] : routes_) {
      if (memory.state == RouteState::ok) found.working.push_back(name);
    }
  }
  for (auto past = past_.rbegin(); past != past_.rend(); ++past) {
    if (!past->resolved_at || now - *past->resolved_at > config_.flap_hold) break;
    found.recent.push_back(*past);
  }

  // Counts belong to the incident the route is in, or to the one it is about to open.
  for (const auto& symptom : found.symptoms) {
    const RouteMemory& memory = routes_.at(symptom.route->name);
    if (!memory.incident) found.counts[symptom.route->name][IncidentId{}] = counts_since(memory.seen, symptom.began_at);
  }
  for (const auto& [id, incident] : open_) {
    for (const auto& name : incident.routes) {
      const auto route = routes_.find(name);
      if (route == routes_.end()) continue;
      RouteMemory& memory = route->second;
      const bool elsewhere = memory.incident && memory.incident != id;
      if (!elsewhere && (!memory.counted || memory.counted->incident != id)) start_counts(memory, incident);
      if (memory.counted && memory.counted->incident == id) {
        found.counts[name][id] = memory.counted->counts;
      } else if (const auto before = memory.counted_before.find(id); before != memory.counted_before.end()) {
        found.counts[name][id] = before->second;
      }
    }
    // A route that was taken out of the configuration cannot recover any more.
    for (const auto& name : incident.failing) {
      if (!routes_.contains(name)) found.well.push_back(name);
    }
  }
  return found;
}

}  // namespace mailcanary
