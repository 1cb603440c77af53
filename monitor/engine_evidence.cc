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
constexpr int good_at_most = 24;
// Of so many routes each one's words are always of this moment; of more, as soon as they change or their own time comes.
constexpr std::size_t told_at_once = 100;
constexpr const char* anchors_fact = "anchors.answered";  // and when that was first

int good_needed_for(const Disruption& disruption) {
  const double passes = 1 - std::min(disruption.fails, 0.999);
  return std::clamp(static_cast<int>(std::ceil(std::log(luck_allowed) / std::log(passes))), good_after_outage, good_at_most);
}

bool all_slow(const Disruption& disruption) {
  int late = 0, failed = 0, overdue = 0;
  for (const auto& [route, member] : disruption.members) {
    late += member.late;
    failed += member.failed;
    overdue += member.overdue;
  }
  return late > 0 && failed == 0 && late >= overdue;
}

Impact gravity(const Disruption& disruption, bool one_path, const Rule& rule, WallTime now) {
  const Duration lasts = now - disruption.since;
  if (all_slow(disruption)) return lasts >= slow_is_major_after ? rule.impact : std::min(rule.impact, Impact::minor);
  if (one_path) return lasts >= path_is_major_after ? rule.impact : std::min(rule.impact, Impact::minor);
  if (disruption.fails < most_fail) return lasts >= part_is_major_after ? rule.impact : std::min(rule.impact, Impact::minor);
  return lasts >= critical_after && disruption.blame.account.empty() ? std::max(rule.impact, Impact::critical) : rule.impact;
}

bool tells_the_same(const Symptom& a, const Symptom& b) {
  const Blame &x = a.culprit->blame, &y = b.culprit->blame;
  return a.leg == b.leg && a.nature == b.nature && a.impact == b.impact && x.self == y.self && x.provider == y.provider &&
         x.account == y.account && x.leg == y.leg;
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

Symptom Engine::common_symptom(const Disruption& disruption, WallTime now) const {
  Symptom symptom;
  symptom.leg = disruption.stretch == Stretch::handing_over ? Symptom::Leg::submit : Symptom::Leg::transit;
  symptom.nature = all_slow(disruption) ? Symptom::Nature::slow : Symptom::Nature::failing;
  symptom.impact = gravity(disruption, is_one_of_several(disruption), evidence_rule_, now);
  symptom.rule = evidence_rule_.name;
  symptom.reason = evidence_->words(disruption);
  symptom.culprit = Symptom::Culprit{disruption.blame.self ? our_cause : std::to_string(disruption.number), disruption.blame};
  symptom.good_needed = evidence_rule_.recover > 0 ? evidence_rule_.recover : good_needed_for(disruption);
  return symptom;
}

std::optional<Symptom> Engine::evident_symptom(const RouteMemory& memory, WallTime now) const {
  if (evident_.empty() || !wanted_by(evidence_rule_, memory)) return std::nullopt;
  for (const auto& disruption : disruptions()) {
    const auto found = disruption.members.find(memory.route->name);
    const auto common = evident_.find(disruption.number);
    if (found == disruption.members.end() || common == evident_.end()) continue;
    const Disruption::Member& member = found->second;
    Symptom symptom = common->second;
    symptom.route = memory.route;
    symptom.first_error = member.first_error;
    if (symptom.first_error.empty() && member.out > 0)
      symptom.first_error = fmt::format("accepted, but not in the mailbox after {}", human_duration(now - member.since));
    symptom.began_at = member.since;
    symptom.evidence = member.canaries;
    return symptom;
  }
  return std::nullopt;
}

const std::vector<Disruption>& Engine::disruptions() const {
  static const std::vector<Disruption> none;
  return evidence_ ? evidence_->disruptions() : none;
}

void Engine::weigh(WallTime now) {
  if (!evidence_) return;
  Evidence::Weighed weighed = evidence_->weigh(now);
  look_.insert(weighed.look.begin(), weighed.look.end());
  ask_anchors_ = weighed.ask_anchors;
  confirm_ = std::move(weighed.confirm);
  weigh_again_ = weighed.again;
  for (const std::size_t number : weighed.joined) mark(*by_number_[number]);
  if (!weighed.moved) return;
  const auto before = std::exchange(evident_, {});
  for (const auto& disruption : disruptions()) {
    const Symptom& common = evident_.emplace(disruption.number, common_symptom(disruption, now)).first->second;
    const auto known = before.find(disruption.number);
    const bool same = known != before.end() && tells_the_same(common, known->second);
    if (same && disruption.members.size() > told_at_once) continue;
    for (const auto& [name, member] : disruption.members) mark(routes_.at(name));
  }
}

// Anchors that never answered may be a slip of the pen, or behind a firewall.
bool Engine::trusts_anchors() const { return facts_.contains(anchors_fact); }

void Engine::anchors_tried(const AnchorsTried& tried, WallTime now) {
  if (tried.answered > 0 && !trusts_anchors()) record_.facts[anchors_fact] = facts_[anchors_fact] = format_time(now);
  if (evidence_ && trusts_anchors()) evidence_->anchors_tried(tried, now);
}

// Confirming canaries leave room for those that the schedule will send until midnight.
bool Engine::leaves_room(const Account& account, WallTime now) const {
  if (account.daily_limit <= 0) return true;
  const auto left = std::chrono::ceil<std::chrono::days>(now) - now;
  const auto scheduled = scheduled_.find(account.name);
  const double planned = scheduled == scheduled_.end() ? 0 : static_cast<double>(left.count()) * scheduled->second;
  const auto sent = sent_today_.find(account.name);
  return (sent == sent_today_.end() ? 0 : sent->second) + planned + 1 <= account.daily_limit;
}

void Engine::send_confirming(Turn& turn, Now now) {
  if (role_ != EngineRole::decides || last_turns_) return;
  for (const std::size_t index : std::exchange(confirm_, {})) {
    RouteMemory& memory = *by_number_.at(index);
    if (!why_not_send(memory).empty() || !leaves_room(*memory.from, now.wall)) continue;
    send(memory, CanaryPurpose::confirming, turn, now);
  }
}

}  // namespace mailcanary
