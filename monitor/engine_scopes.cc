// How the engine judges several routes as one: rules with `per: account`, `provider` or `all`. A rule that fires there
// is a symptom of each of its routes that shows what it is about, or of all of them when none shows it alone.
#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "monitor/engine.h"

namespace mailcanary {

namespace {

constexpr Duration scopes_every = std::chrono::seconds(5);

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
  add(RuleScope::all, "all", "all routes", [](const RouteMemory&) { return true; });
}

void Engine::judge_scopes(WallTime now) {
  if (scopes_.empty() || (now >= scopes_judged_at_ && now - scopes_judged_at_ < scopes_every)) return;
  scopes_judged_at_ = now;
  const auto before = std::exchange(shared_symptoms_, {});
  for (auto& scope : scopes_) judge_scope(scope, now);
  // Those that came and those that went.
  for (const auto* symptoms : {&before, &std::as_const(shared_symptoms_)})
    for (const auto& [name, symptom] : *symptoms) mark(routes_.at(name));
}

void Engine::judge_scope(ScopeMemory& scope, WallTime now) {
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
      default: return true;
    }
  };
  for (std::size_t i = 0; i < conditions_.list.size(); ++i) {
    const Condition& condition = conditions_.list[i];
    const Rule& rule = condition.rule;
    if (!watches(rule)) continue;
    const Finding finding = remembers_enough(condition, now) ? examine(condition, *scope.seen, now) : Finding{};
    const RuleTrack before = std::exchange(scope.tracks[i], step(scope.tracks[i], rule, finding, now));
    if (before != scope.tracks[i]) keep_track(rule, fmt::format("{}:{}", name_of(scope.per), scope.name), scope.tracks[i]);
    if (!scope.tracks[i].firing) continue;

    std::vector<Symptom> all, telling;
    for (const auto& name : scope.routes) {
      Symptom symptom = describe_symptom(routes_.at(name), condition, now);
      symptom.impact = impact_of(rule, scope.tracks[i], now);
      symptom.reason = fmt::format("{}: {}", scope.title, describe(condition, *scope.seen, now));
      if (!symptom.evidence.empty()) telling.push_back(symptom);
      all.push_back(std::move(symptom));
    }
    for (auto& symptom : telling.empty() ? all : telling) shared_symptoms_.try_emplace(symptom.route->name, std::move(symptom));
  }
}

}  // namespace mailcanary
