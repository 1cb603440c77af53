// How the engine judges routes: which rules fire, what state a route is in, and whether it is well again.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/text.h"
#include "core/units.h"
#include "monitor/engine.h"

namespace mailcanary {

namespace {

constexpr Duration sweep_every = std::chrono::seconds(5);
// A mailbox that cannot be read for this long, and twice at least, is a disruption of its own.
constexpr Duration mailbox_patience = std::chrono::seconds(30);
constexpr int mailbox_faults = 2;
constexpr const char* mailbox_rule = "mailbox";
constexpr std::size_t evidence_per_route = 3;
constexpr std::size_t most_observations = 2000;
// Two canaries in a row, delivered in time and sent after the trouble, end an outage. Where the trouble was a rate,
// two prove nothing: then enough of them that the rate would have shown twice.
constexpr int good_after_outage = 2;
constexpr int good_at_most = 50;

bool applies(const Rule& rule, const Route& route, const ProviderName& from, const ProviderName& to) {
  const auto holds = [](const auto& list, const auto& item) {
    return std::find(list.begin(), list.end(), item) != list.end();
  };
  if (!rule.routes.empty() && !holds(rule.routes, route.name)) return false;
  if (!rule.accounts.empty() && !holds(rule.accounts, route.from) && !holds(rule.accounts, route.to)) return false;
  return rule.providers.empty() || holds(rule.providers, from) || holds(rule.providers, to);
}

bool is_time_or_late(const Rule& rule) {
  return rule.measure == "late_rate" || rule.measure == "backlog" || rule.measure.find('.') != std::string::npos;
}

int good_after(const Rule& rule) {
  const bool rate = rule.measure.ends_with("_rate") && rule.measure != "late_rate";
  if (!rate || !rule.above || *rule.above <= 0) return good_after_outage;
  return std::clamp(static_cast<int>(std::ceil(2 / *rule.above)), good_after_outage, good_at_most);
}

Symptom::Leg leg_of(const Observation& o, const Rule& rule) {
  if (rule.measure.starts_with("submit.")) return Symptom::Leg::submit;
  switch (o.fate) {
    case Fate::rejected:
    case Fate::deferred:
    case Fate::unreachable: return Symptom::Leg::submit;
    default: return Symptom::Leg::transit;
  }
}

// What the rule is about, in one canary: for the evidence and the beginning.
bool speaks_for(const Observation& o, const Rule& rule) {
  if (rule.measure == "junk_rate") return o.fate == Fate::junked;
  if (rule.measure == "duplicate_rate") return o.duplicated;
  if (is_time_or_late(rule)) return is_trouble(o) || o.fate == Fate::late;
  return is_trouble(o);
}

}  // namespace

// By the rule that opened the incident; a mailbox that can be read again is well at once.
int Engine::good_needed_after(std::string_view rule_name) const {
  if (rule_name == mailbox_rule) return 0;
  for (const auto& rule : config_.rules) {
    if (rule.name == rule_name) return good_after(rule);
  }
  return good_after_outage;
}

void Engine::refresh(WallTime now) {
  swept_at_ = {};
  plan(now);
  judge_routes(now);
}

void Engine::judge_routes(WallTime now) {
  if (now - swept_at_ >= sweep_every || now < swept_at_) {
    swept_at_ = now;
    for (const auto& [name, memory] : routes_) dirty_.insert(name);
  }
  for (const auto& name : std::exchange(dirty_, {})) {
    if (auto found = routes_.find(name); found != routes_.end()) judge(found->second, now);
  }
}

// Rules without a hold time are found out anew from the canaries.
void Engine::keep_track(const Rule& rule, const RouteName& route, const RuleTrack& track) {
  if (role_ == EngineRole::only_observes) return;
  if (rule.hold_for == Duration::zero() && rule.clear_for == Duration::zero()) return;
  record_.facts[track_fact(rule, route)] = track_to_text(track);
}

void Engine::judge(RouteMemory& memory, WallTime now) {
  const Route& route = *memory.route;
  while (!memory.seen.empty() && ((memory.seen.front().sent_at < now - span_ && !memory.in_incident) ||
                                  memory.seen.size() > most_observations)) {
    memory.seen.pop_front();
  }

  std::optional<Symptom> symptom;
  holds_.erase(route.name);
  for (std::size_t i = 0; i < config_.rules.size(); ++i) {
    const Rule& rule = config_.rules[i];
    if (!applies(rule, route, memory.from_provider, memory.to_provider)) continue;
    const Finding finding = examine(rule, memory.seen, memory.horizon, now);
    const RuleTrack before = std::exchange(memory.tracks[i], step(memory.tracks[i], rule, finding, now));
    if (before != memory.tracks[i]) keep_track(rule, route.name, memory.tracks[i]);
    if (const auto over = hold_over(memory.tracks[i], rule); over && *over > now) {
      const auto place = holds_.try_emplace(route.name, *over).first;
      place->second = std::min(place->second, *over);
    }
    if (!memory.tracks[i].firing || symptom) continue;  // the first that fires in the order of the file names it

    symptom.emplace();
    symptom->route = &route;
    symptom->impact = rule.impact;
    symptom->rule = rule.name;
    symptom->reason = finding.words.empty() ? memory.reason : finding.words;
    symptom->nature = is_time_or_late(rule) ? Symptom::Nature::slow : Symptom::Nature::failing;
    symptom->began_at = now;
    bool latest = true;
    for (auto o = memory.seen.rbegin(); o != memory.seen.rend(); ++o) {
      if (o->sent_at < memory.horizon || o->sent_at < now - rule.over) break;
      if (!speaks_for(*o, rule)) {
        if (rule.measure == "consecutive_failures" && o->fate != Fate::pending) break;
        continue;
      }
      if (std::exchange(latest, false)) symptom->leg = leg_of(*o, rule);
      symptom->began_at = o->sent_at;
      if (!o->words.empty()) symptom->first_error = o->words;
      if (symptom->evidence.size() < evidence_per_route) symptom->evidence.push_back(o->id);
    }
    if (!memory.in_incident) memory.good_needed = good_needed_after(rule.name);
  }

  const ReaderState& reader = readers_[route.to];
  const bool unreadable = reader.faulty_since && !reader.own_fault;
  if (!symptom && unreadable && reader.faults >= mailbox_faults && now - *reader.faulty_since >= mailbox_patience) {
    symptom.emplace();
    symptom->route = &route;
    symptom->leg = Symptom::Leg::mailbox;
    symptom->impact = Impact::major;
    symptom->rule = mailbox_rule;
    symptom->reason = fmt::format("the mailbox could not be read for {}", human_duration(now - *reader.faulty_since));
    symptom->first_error = reader.fault;
    symptom->began_at = *reader.faulty_since;
    if (!memory.in_incident) memory.good_needed = good_needed_after(mailbox_rule);
  }
  memory.symptom = symptom;
  if (symptom || memory.in_incident) {
    troubled_.insert(route.name);
  } else {
    troubled_.erase(route.name);
  }

  const RouteState before = memory.state;
  const auto last = std::find_if(memory.seen.rbegin(), memory.seen.rend(),
                                 [](const Observation& o) { return o.fate != Fate::pending || o.overdue; });
  if (symptom) {
    memory.state = symptom->impact >= Impact::major ? RouteState::down : RouteState::degraded;
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
  } else if (memory.in_incident) {
    memory.state = RouteState::degraded;
    memory.reason = "recovering: not enough canaries in a row were delivered in time yet";
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

bool Engine::is_well(const RouteMemory& memory, WallTime now) const {
  if (memory.symptom && memory.symptom->rule == mailbox_rule) return false;
  const auto reader = readers_.find(memory.route->to);
  if (reader != readers_.end() && reader->second.faulty_since) return false;
  if (memory.good_needed == 0) return !memory.symptom;
  int good = 0;
  WallTime newest_arrival;
  for (auto o = memory.seen.rbegin(); o != memory.seen.rend(); ++o) {
    if (o->fate == Fate::pending && !o->overdue) continue;
    if (o->fate != Fate::delivered) break;
    newest_arrival = std::max(newest_arrival, o->sent_at + o->round_trip.value_or(Duration::zero()));
    if (++good >= memory.good_needed) break;
  }
  if (good < memory.good_needed) return false;
  // A queue that was released lets the newest through with the oldest: wait a little for what is still coming.
  const bool all_there = std::none_of(memory.seen.begin(), memory.seen.end(), [](const Observation& o) { return o.overdue; });
  return all_there || now - newest_arrival >= memory.route->late_after;
}

Findings Engine::findings(WallTime now) const {
  Findings found;
  for (const auto& name : troubled_) {
    if (dismissed_.contains(name)) continue;
    const RouteMemory& memory = routes_.at(name);
    const bool well = memory.in_incident && is_well(memory, now);
    if (well) {
      found.well.push_back(name);
    } else if (memory.symptom) {
      found.symptoms.push_back(*memory.symptom);
    }
  }
  std::sort(found.symptoms.begin(), found.symptoms.end(),
            [](const Symptom& a, const Symptom& b) { return a.began_at < b.began_at; });

  if (!found.symptoms.empty()) {
    for (const auto& [name, memory] : routes_) {
      if (memory.state == RouteState::ok) found.working.push_back(name);
    }
  }

  // Counts belong to the incident the route is in, or to the one it is about to open.
  const auto count = [&](const RouteName& name, WallTime since) {
    const RouteMemory& memory = routes_.at(name);
    IncidentCounts& counts = found.counts[name];
    for (const auto& o : memory.seen) {
      if (o.sent_at < since) continue;
      ++counts.canaries;
      if (failed(o.fate)) ++counts.failed;
      if (o.overdue) ++counts.overdue;
      if (o.fate == Fate::late) ++counts.delayed_arrived;
      if (o.fate == Fate::bounced) ++counts.bounced;
      if (o.fate == Fate::lost) ++counts.lost;
    }
  };
  for (const auto& symptom : found.symptoms) {
    if (!routes_.at(symptom.route->name).in_incident) count(symptom.route->name, symptom.began_at);
  }
  for (const auto& [id, incident] : open_) {
    for (const auto& name : incident.routes) {
      if (routes_.contains(name) && !found.counts.contains(name)) count(name, incident.began_at);
    }
    // A route that was taken out of the configuration cannot recover any more.
    for (const auto& name : incident.failing) {
      if (!routes_.contains(name)) found.well.push_back(name);
    }
  }
  return found;
}

}  // namespace mailcanary
