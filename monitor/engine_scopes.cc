// How the engine judges several routes as one: rules with `per: account`, `provider`, `leg` or `all`. A rule that fires there
// is a symptom of each of its routes that shows what it is about, or of all of them when none shows it alone.
#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "monitor/engine.h"

namespace mailcanary {

namespace {

constexpr Duration scopes_every = std::chrono::seconds(5);
constexpr double half = 0.5;  // of the routes of a leg

template <class Name>
bool chosen(const std::vector<Name>& list, const Name& name) {
  return list.empty() || std::find(list.begin(), list.end(), name) != list.end();
}

}  // namespace

void Engine::make_scopes() {
  std::set<RuleScope> wanted;
  for (const auto& rule : config_.rules) wanted.insert(rule.per);
  const auto add = [&](RuleScope per, std::string name, std::string title, const auto& has) {
    if (!wanted.contains(per)) return;
    ScopeMemory scope;
    scope.per = per;
    scope.name = std::move(name);
    scope.title = std::move(title);
    scope.seen = std::make_unique<Group>(conditions_.windows);
    scope.tracks.resize(config_.rules.size());
    for (auto& [route, memory] : routes_) {
      if (!has(memory)) continue;
      scope.seen->add(memory.seen);
      scope.routes.push_back(route);
    }
    const std::string subject = fmt::format("{}:{}", name_of(per), scope.name);
    for (std::size_t i = 0; i < config_.rules.size(); ++i) {
      const auto fact = facts_.find(track_fact(config_.rules[i], subject));
      if (fact != facts_.end()) scope.tracks[i] = track_from_text(fact->second);
    }
    if (!scope.routes.empty()) scopes_.push_back(std::move(scope));
  };
  for (const auto& account : config_.accounts) {
    add(RuleScope::account, account.name.str(), "account " + account.name.str(), [&](const RouteMemory& memory) {
      return memory.route->from == account.name || memory.route->to == account.name;
    });
  }
  for (const auto& provider : config_.providers) {
    add(RuleScope::provider, provider.name.str(), provider.title, [&](const RouteMemory& memory) {
      return memory.from_provider == provider.name || memory.to_provider == provider.name;
    });
  }
  for (const auto& provider : config_.providers) {
    for (const Leg leg : {Leg::outbound, Leg::inbound}) {
      const bool out = leg == Leg::outbound;
      const std::size_t before = scopes_.size();
      add(RuleScope::leg, fmt::format("{} {}", provider.name.str(), name_of(leg)),
          fmt::format("mail {} {}", out ? "from" : "to", provider.title),
          [&](const RouteMemory& memory) { return (out ? memory.from_provider : memory.to_provider) == provider.name; });
      if (scopes_.size() > before) scopes_.back().blame = Blame{provider.name, {}, leg, false};
    }
  }
  add(RuleScope::all, "all", "all routes", [](const RouteMemory&) { return true; });
}

void Engine::judge_scopes(WallTime now) {
  if (scopes_.empty() || (now >= scopes_judged_at_ && now - scopes_judged_at_ < scopes_every)) return;
  scopes_judged_at_ = now;
  const auto before = std::exchange(shared_symptoms_, {});
  std::vector<Fired> fired;
  for (auto& scope : scopes_) judge_scope(scope, fired, now);
  keep_culprits(fired);
  for (auto& one : fired)
    for (auto& symptom : one.symptoms) shared_symptoms_.try_emplace(symptom.route->name, std::move(symptom));
  // Those that came and those that went.
  for (const auto* symptoms : {&before, &std::as_const(shared_symptoms_)})
    for (const auto& [name, symptom] : *symptoms) mark(routes_.at(name));
}

void Engine::judge_scope(ScopeMemory& scope, std::vector<Fired>& fired, WallTime now) {
  const auto watches = [&](const Rule& rule) {
    if (rule.per != scope.per) return false;
    const RouteMemory& first = routes_.at(scope.routes.front());
    switch (scope.per) {
      case RuleScope::account: {
        const AccountName account(scope.name);
        const ProviderName& provider = first.route->from == account ? first.from_provider : first.to_provider;
        return chosen(rule.accounts, account) && chosen(rule.providers, provider);
      }
      case RuleScope::provider: return chosen(rule.providers, ProviderName(scope.name));
      case RuleScope::leg: return chosen(rule.providers, scope.blame.provider);
      default: return true;
    }
  };
  for (std::size_t i = 0; i < conditions_.list.size(); ++i) {
    const Condition& condition = conditions_.list[i];
    const Rule& rule = condition.rule;
    if (!watches(rule)) continue;
    const Finding finding = remembers_enough(condition, now) ? examine(condition, *scope.seen, now) : Finding{};
    const bool in_trouble = std::any_of(scope.routes.begin(), scope.routes.end(),
                                        [&](const RouteName& name) { return routes_.at(name).incident.has_value(); });
    // An incident has explained all of it.
    const bool over = condition.kind == Condition::Kind::drift && scope.tracks[i].firing && !scope.seen->drift() && !in_trouble;
    const RuleTrack before = std::exchange(scope.tracks[i], over ? RuleTrack{} : step(scope.tracks[i], rule, finding, now));
    if (before != scope.tracks[i]) keep_track(rule, fmt::format("{}:{}", name_of(scope.per), scope.name), scope.tracks[i]);
    if (!scope.tracks[i].firing) continue;

    Fired one{&scope, &condition, {}, {}};
    for (const auto& name : scope.routes) {
      const RouteMemory& memory = routes_.at(name);
      Symptom symptom = describe_symptom(memory, condition, now);
      symptom.impact = impact_of(rule, scope.tracks[i], now);
      symptom.reason = fmt::format("{}: {}", scope.title, describe(condition, *scope.seen, now));
      const bool drifts = condition.kind == Condition::Kind::drift && rule.above && memory.seen.drift() &&
                          memory.seen.drift()->times > rule.clear.value_or(*rule.above);
      if (drifts || !symptom.evidence.empty()) one.shown.insert(name);
      one.symptoms.push_back(std::move(symptom));
    }
    if (!one.shown.empty()) std::erase_if(one.symptoms, [&](const Symptom& symptom) { return !one.shown.contains(symptom.route->name); });
    fired.push_back(std::move(one));
  }
}

// A leg that is bad makes others look bad, of which it is a part. Of the legs in which one rule fires, those are kept
// that explain the most; what they explain speaks against no other.
void Engine::keep_culprits(std::vector<Fired>& fired) {
  std::vector<Fired*> open;
  for (auto& one : fired) {
    if (one.scope->per == RuleScope::leg) open.push_back(&one);
  }
  std::map<const Condition*, std::set<RouteName>> explained;
  while (!open.empty()) {
    const auto left_of = [&](const Fired* one) {  // how many of its routes are bad, what share that is, and which
      const auto& known = explained[one->condition];
      std::size_t all = 0;
      std::set<RouteName> bad;
      for (const auto& name : one->scope->routes) {
        if (known.contains(name)) continue;
        ++all;
        if (one->shown.empty() || one->shown.contains(name)) bad.insert(name);
      }
      return std::tuple(all == 0 ? 0.0 : static_cast<double>(bad.size()) / static_cast<double>(all), bad.size(), std::move(bad));
    };
    const auto best = std::max_element(open.begin(), open.end(), [&](const Fired* a, const Fired* b) { return left_of(a) < left_of(b); });
    Fired* const culprit = *best;
    open.erase(best);
    const auto left = left_of(culprit);
    const auto& bad = std::get<std::set<RouteName>>(left);
    std::erase_if(culprit->symptoms, [&](const Symptom& symptom) { return !bad.contains(symptom.route->name); });
    if (std::get<double>(left) < half) continue;  // what is bad there is no matter of the whole leg
    const auto as_good = std::find_if(open.begin(), open.end(), [&](const Fired* other) {
      return other->condition == culprit->condition && left_of(other) == left;
    });
    Blame blame = culprit->scope->blame;
    if (as_good != open.end()) {
      if ((*as_good)->scope->blame.provider != blame.provider) continue;  // it may be either
      blame.leg = Leg::unknown;
    }
    for (auto& symptom : culprit->symptoms)
      symptom.culprit = Symptom::Culprit{fmt::format("{}: legs of {}", symptom.rule, blame.provider.str()), blame};
    explained[culprit->condition].insert(bad.begin(), bad.end());
  }
}

}  // namespace mailcanary
