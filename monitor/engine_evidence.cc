// How the engine asks the evidence: what it decides becomes symptoms of routes, what it wants to know becomes confirming
// canaries and looks.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/units.h"
#include "monitor/engine.h"
#include "monitor/evidence/evidence.h"

namespace mailcanary {

namespace {

// An outage is graver the longer it lasts, and the more of the way it takes in.
constexpr Duration part_is_major_after = std::chrono::hours(1), slow_is_major_after = std::chrono::hours(4),
                   path_is_major_after = std::chrono::hours(4), critical_after = std::chrono::hours(4);
constexpr double most_fail = 0.8;
// Canaries in a row that must get through before a route is well: so many that the disruption would have shown.
constexpr int good_after_outage = 2, good_at_most = 24;
constexpr double luck_allowed = 1e-3;

int good_needed_for(const Disruption& disruption) {
  const double passes = 1 - std::min(disruption.fails, 0.999);
  return std::clamp(static_cast<int>(std::ceil(std::log(luck_allowed) / std::log(passes))), good_after_outage, good_at_most);
}

bool all_slow(const Disruption& disruption) {
  int late = 0, failed = 0;
  for (const auto& [route, member] : disruption.members) {
    late += member.late;
    failed += member.failed;
  }
  return late > 0 && failed == 0;
}

Impact gravity(const Disruption& disruption, bool one_path, const Rule& rule, WallTime now) {
  const Duration lasts = now - disruption.since;
  if (all_slow(disruption)) return lasts >= slow_is_major_after ? rule.impact : std::min(rule.impact, Impact::minor);
  if (one_path) return lasts >= path_is_major_after ? rule.impact : std::min(rule.impact, Impact::minor);
  if (disruption.fails < most_fail) return lasts >= part_is_major_after ? rule.impact : std::min(rule.impact, Impact::minor);
  return lasts >= critical_after && disruption.blame.account.empty() ? std::max(rule.impact, Impact::critical) : rule.impact;
}

}  // namespace

void Engine::start_evidence() {
  const auto rule = std::find_if(config_.rules.begin(), config_.rules.end(),
                                 [](const Rule& one) { return one.measure == "evidence" && one.above; });
  if (rule == config_.rules.end()) return;
  evidence_rule_ = *rule;
  evidence_ = std::make_unique<Evidence>(config_, *rule->above);
}

// One path through which nothing comes matters less where mail from the same sender and mail into the same mailbox's
// provider come through on others. The only path there is, is no smaller than its provider.
bool Engine::is_one_of_several(const Disruption& disruption) const {
  if (!disruption.one_path || !disruption.blame.provider.empty() || disruption.members.empty()) return false;
  const RouteMemory& failing = routes_.at(disruption.members.begin()->first);
  bool also_from = false, also_to = false;
  for (const auto& [name, memory] : routes_) {
    if (disruption.members.contains(name)) continue;
    also_from = also_from || memory.from_provider == failing.from_provider;
    also_to = also_to || memory.to_provider == failing.to_provider;
  }
  return also_from && also_to;
}

Symptom Engine::symptom_of(const Disruption& disruption, const RouteName& name, WallTime now) const {
  const Disruption::Member& member = disruption.members.at(name);
  Symptom symptom;
  symptom.route = routes_.at(name).route;
  symptom.leg = disruption.stretch == Stretch::handing_over ? Symptom::Leg::submit : Symptom::Leg::transit;
  symptom.nature = all_slow(disruption) ? Symptom::Nature::slow : Symptom::Nature::failing;
  symptom.impact = gravity(disruption, is_one_of_several(disruption), evidence_rule_, now);
  symptom.rule = evidence_rule_.name;
  symptom.reason = evidence_->words(disruption);
  symptom.first_error = member.first_error;
  if (symptom.first_error.empty() && member.out > 0)
    symptom.first_error = fmt::format("accepted, but not in the mailbox after {}", human_duration(now - member.since));
  symptom.began_at = member.since;
  symptom.evidence = member.canaries;
  symptom.culprit = Symptom::Culprit{std::to_string(disruption.number), disruption.blame};
  symptom.good_needed = evidence_rule_.recover > 0 ? evidence_rule_.recover : good_needed_for(disruption);
  return symptom;
}

void Engine::weigh(WallTime now) {
  if (!evidence_) return;
  Evidence::Weighed weighed = evidence_->weigh(now);
  look_.insert(weighed.look.begin(), weighed.look.end());
  confirm_ = std::move(weighed.confirm);
  weigh_again_ = weighed.again;
  const auto& disruptions = evidence_->disruptions();
  if (!weighed.moved || (disruptions.empty() && evident_symptoms_.empty())) return;
  for (const auto& [name, symptom] : evident_symptoms_) dirty_.insert(name);
  evident_symptoms_.clear();
  for (const auto& disruption : disruptions) {
    for (const auto& [name, member] : disruption.members) {
      const RouteMemory& memory = routes_.at(name);
      if (!wanted_by(evidence_rule_, memory)) continue;
      evident_symptoms_.try_emplace(name, symptom_of(disruption, name, now));
      dirty_.insert(name);
    }
  }
}

// Confirming canaries leave room for those that the schedule will send until midnight.
bool Engine::leaves_room(const Account& account, WallTime now) const {
  if (account.daily_limit <= 0) return true;
  const auto left = std::chrono::ceil<std::chrono::days>(now) - now;
  double planned = 0;
  for (const auto& route : config_.routes) {
    if (route.from == account.name) planned += static_cast<double>(left.count()) / static_cast<double>(route.every.count());
  }
  const auto sent = sent_today_.find(account.name);
  return (sent == sent_today_.end() ? 0 : sent->second) + planned + 1 <= account.daily_limit;
}

void Engine::send_confirming(Turn& turn, Now now) {
  if (role_ != EngineRole::decides || last_turns_) return;
  for (const std::size_t index : std::exchange(confirm_, {})) {
    const Route& route = config_.routes.at(index);
    if (!why_not_send(route).empty() || !leaves_room(*config_.account(route.from), now.wall)) continue;
    send(route, CanaryPurpose::confirming, turn, now);
  }
}

}  // namespace mailcanary
