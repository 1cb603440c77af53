// What the engine finds wrong with a route: its rules one by one, the evidence, mailboxes that cannot be read, and our own
// side.
#include <fmt/format.h>

#include <algorithm>

#include "core/units.h"
#include "monitor/engine.h"
#include "monitor/evidence/evidence.h"

namespace mailcanary {

namespace {

// A route in trouble is judged again so often though nothing comes: its words tell of time.
constexpr Duration troubled_again = std::chrono::seconds(5), troubled_again_at_least = std::chrono::minutes(1);
// A mailbox that cannot be read for this long, and twice at least, is a disruption of its own.
constexpr Duration mailbox_patience = std::chrono::seconds(30);
constexpr int mailbox_faults = 2;
// When we cannot send or look for this long by our own fault (credentials, say), twice at least, people must know that
// nobody watches.
constexpr Duration own_patience = std::chrono::minutes(10);
constexpr std::size_t evidence_per_route = 3;

bool applies(const Rule& rule, const Route& route, const ProviderName& from, const ProviderName& to) {
  const auto holds = [](const auto& list, const auto& item) {
    return std::find(list.begin(), list.end(), item) != list.end();
  };
  if (rule.per != RuleScope::route) return false;
  if (!rule.routes.empty() && !holds(rule.routes, route.name)) return false;
  if (!rule.accounts.empty() && !holds(rule.accounts, route.from) && !holds(rule.accounts, route.to)) return false;
  return rule.providers.empty() || holds(rule.providers, from) || holds(rule.providers, to);
}

bool is_time_or_late(const Condition& condition) {
  return condition.kind == Condition::Kind::time || condition.kind == Condition::Kind::backlog ||
         condition.kind == Condition::Kind::drift || condition.rule.measure == "late_rate";
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
bool speaks_for(const Observation& o, const Condition& condition) {
  const std::string& measure = condition.rule.measure;
  if (measure == "junk_rate") return o.fate == Fate::junked;
  if (measure == "duplicate_rate") return o.duplicated;
  if (measure == "verdict_failures") return o.verdicts == Observation::Verdicts::fail;
  if (is_time_or_late(condition) || condition.kind == Condition::Kind::burn) return is_trouble(o) || o.fate == Fate::late;
  return is_trouble(o);
}

// Could the passing of time alone bring this rule nearer to firing?
bool moves_by_itself(const Condition& condition, const Finding& finding) {
  if (finding.answer == Finding::Answer::no_data) return false;
  return condition.kind == Condition::Kind::time || condition.rule.below || finding.value > 0;
}

}  // namespace

bool Engine::wanted_by(const Rule& rule, const RouteMemory& memory) const {
  return applies(rule, *memory.route, memory.from_provider, memory.to_provider);
}

bool Engine::remembers_enough(const Condition& condition, WallTime now) const {
  if (!missing_) return true;
  switch (condition.kind) {
    case Condition::Kind::share:
    case Condition::Kind::time:
    case Condition::Kind::burn: return now - condition.rule.over >= missing_->until;
    case Condition::Kind::run:
    case Condition::Kind::silence: return false;
    case Condition::Kind::other:
    case Condition::Kind::backlog:
    case Condition::Kind::drift:
    case Condition::Kind::evidence: break;
  }
  return true;
}

// When all mailboxes of a provider that has several cannot be read, it is the provider; else the account. When we are
// at fault ourselves, or may be, so we are here.
void Engine::blame_mailbox(Symptom& symptom) const {
  for (const auto& disruption : disruptions()) {
    const auto common = evident_.find(disruption.number);
    if (common == evident_.end() || !evidence_->may_be_us(disruption)) continue;
    symptom.culprit = common->second.culprit;
    return;
  }
  if (evidence_ && evidence_->certainly_us()) {  // though no canary shows it yet
    symptom.culprit = Symptom::Culprit{our_cause, Blame{{}, {}, Leg::unknown, true}};
    return;
  }
  const RouteMemory& memory = routes_.at(symptom.route->name);
  bool all = true;
  int read = 0;
  for (const auto& account : config_.accounts) {
    const auto reader = readers_.find(account.name);
    if (account.provider != memory.to_provider || reader == readers_.end()) continue;
    if (!reader->second.looked_at && !reader->second.faulty_since) continue;  // nobody reads it
    ++read;
    all = all && reader->second.faulty_since.has_value();
  }
  Blame blame{memory.to_provider, {}, Leg::mailbox, false};
  if (!all && read > 1) blame.account = memory.route->to;
  symptom.culprit = Symptom::Culprit{fmt::format("mailbox {} {}", blame.provider.str(), blame.account.str()), blame};
}

// By the rule that opened the incident; a mailbox that can be read again is well at once.
int Engine::good_needed_after(std::string_view rule_name) const {
  if (rule_name == mailbox_rule || rule_name == own_rule) return 0;
  for (const auto& rule : config_.rules) {
    if (rule.name == rule_name) return good_after(rule);
  }
  return good_after_outage;
}

// Rules without times are found out anew from the canaries.
void Engine::keep_track(const Rule& rule, std::string_view subject, const RuleTrack& track) {
  if (role_ == EngineRole::only_observes || !remembers(rule)) return;
  record_.facts[track_fact(rule, subject)] = track_to_text(track);
}

Symptom Engine::describe_symptom(const RouteMemory& memory, const Condition& condition, WallTime now) const {
  const Rule& rule = condition.rule;
  Symptom symptom;
  symptom.route = memory.route;
  symptom.rule = rule.name;
  symptom.nature = is_time_or_late(condition) ? Symptom::Nature::slow : Symptom::Nature::failing;
  symptom.began_at = now;
  symptom.leg = rule.measure.starts_with("submit.") ? Symptom::Leg::submit : Symptom::Leg::transit;
  bool latest = true;
  for (auto o = memory.seen.rbegin(); o != memory.seen.rend(); ++o) {
    if (o->sent_at < memory.seen.explained_until() || o->sent_at < now - rule.over) break;
    if (!speaks_for(*o, condition)) {
      if (condition.kind == Condition::Kind::run && o->fate != Fate::pending) break;
      continue;
    }
    if (std::exchange(latest, false)) symptom.leg = leg_of(*o, rule);
    symptom.began_at = o->sent_at;
    if (!o->words.empty()) symptom.first_error = o->words;
    if (symptom.evidence.size() < evidence_per_route) symptom.evidence.push_back(o->id);
  }
  return symptom;
}

// Steps all rules of the route; what the first that fires in the order of the file says.
std::optional<Symptom> Engine::symptom_of(RouteMemory& memory, WallTime now) {
  const Route& route = *memory.route;
  std::optional<Symptom> symptom = evident_symptom(memory, now);
  if (symptom) {
    memory.good_needed = memory.incident ? std::max(memory.good_needed, symptom->good_needed) : symptom->good_needed;
  }
  std::optional<WallTime> again, wake;
  const auto earliest = [now](std::optional<WallTime>& of, std::optional<WallTime> at) {
    if (at && *at > now) of = std::min(of.value_or(*at), *at);
  };
  bool moves = false;
  for (std::size_t i = 0; i < conditions_.list.size(); ++i) {
    const Condition& condition = conditions_.list[i];
    const Rule& rule = condition.rule;
    if (!applies(rule, route, memory.from_provider, memory.to_provider)) continue;
    const Finding finding = remembers_enough(condition, now) ? examine(condition, memory.seen, now) : Finding{};
    const RuleTrack before = std::exchange(memory.tracks[i], step(memory.tracks[i], rule, finding, now));
    if (before != memory.tracks[i]) keep_track(rule, route.name.str(), memory.tracks[i]);
    earliest(wake, hold_over(memory.tracks[i], rule));
    earliest(wake, met_by_waiting(condition, memory.seen));
    moves = moves || moves_by_itself(condition, finding);
    if (!memory.tracks[i].firing || symptom) continue;
    symptom = describe_symptom(memory, condition, now);
    symptom->impact = impact_of(rule, memory.tracks[i], now);
    symptom->reason = describe(condition, memory.seen, now);
    if (symptom->reason.empty()) symptom->reason = memory.reason;
    if (!memory.incident) memory.good_needed = good_needed_after(rule.name);
  }
  if (const auto shared = shared_symptoms_.find(route.name); !symptom && shared != shared_symptoms_.end()) {
    symptom = shared->second;
    if (!memory.incident) memory.good_needed = good_needed_after(symptom->rule);
  }

  const ReaderState& reader = *memory.reader;
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
    blame_mailbox(*symptom);
    if (!memory.incident) memory.good_needed = good_needed_after(mailbox_rule);
  } else if (!symptom && unreadable) {
    earliest(wake, std::max(*reader.faulty_since + mailbox_patience, now + troubled_again));
  }

  if (!symptom) {
    symptom = symptom_of_ours(memory, now);
    if (symptom && !memory.incident) memory.good_needed = good_needed_after(own_rule);
  }
  if (!symptom && memory.mute) earliest(wake, memory.mute->from + own_patience);
  if (!symptom && reader.faulty_since && reader.own_fault) earliest(wake, *reader.faulty_since + own_patience);

  if (memory.hold_over != wake) {
    if (memory.hold_over) holds_.erase({*memory.hold_over, memory.rank});
    if (wake) holds_.emplace(*wake, memory.rank);
    memory.hold_over = wake;
  }
  earliest(again, wake);
  if (moves) earliest(again, memory.seen.next_change());
  if (symptom || memory.incident) {
    const Duration lasts = symptom ? now - symptom->began_at : Duration::zero();
    earliest(again, now + std::clamp<Duration>(lasts / 64, troubled_again, troubled_again_at_least));
  }
  if (!memory.seen.empty())
    earliest(again, memory.seen.back().sent_at + 3 * route.every + route.late_after + Duration(1));
  judge_later(memory, again);
  return symptom;
}

// Nothing can be said of a provider whom we cannot ask, and it is we who cannot.
std::optional<Symptom> Engine::symptom_of_ours(const RouteMemory& memory, WallTime now) const {
  if (!ledger_fault_.empty()) return std::nullopt;  // that is told otherwise
  const ReaderState& reader = *memory.reader;
  const bool blind = reader.faulty_since && reader.own_fault && reader.faults >= mailbox_faults;
  const bool mute = memory.mute && memory.mute->until > memory.mute->from;
  if (!blind && !mute) return std::nullopt;
  const WallTime since = mute ? memory.mute->from : *reader.faulty_since;
  if (now - since < own_patience) return std::nullopt;
  Symptom symptom;
  symptom.route = memory.route;
  symptom.leg = mute ? Symptom::Leg::submit : Symptom::Leg::mailbox;
  symptom.impact = Impact::major;
  symptom.rule = own_rule;
  symptom.reason = fmt::format("nothing could be measured for {}, through a fault on our own side", human_duration(now - since));
  symptom.first_error = mute ? memory.own_fault : reader.fault;
  symptom.began_at = since;
  symptom.culprit = Symptom::Culprit{our_cause, Blame{{}, {}, Leg::unknown, true}};
  symptom.good_needed = 0;
  return symptom;
}

}  // namespace mailcanary
