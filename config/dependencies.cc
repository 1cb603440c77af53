#include "config/dependencies.h"

#include <algorithm>
#include <map>
#include <set>

namespace mailcanary {
namespace {

struct Step {
  Dependency to;
  bool stated;  // by a depends_on; else from an account to its provider
};

std::vector<Step> steps_from(const Config& config, const Dependency& node) {
  std::vector<Step> steps;
  if (const auto* name = std::get_if<ProviderName>(&node)) {
    if (const Provider* provider = config.provider(*name))
      for (const auto& to : provider->depends_on) steps.push_back({to, true});
  } else if (const Account* account = config.account(std::get<AccountName>(node))) {
    for (const auto& to : account->depends_on) steps.push_back({to, true});
    steps.push_back({account->provider, false});
  }
  return steps;
}

std::string text_of(const Dependency& node) {
  if (const auto* name = std::get_if<ProviderName>(&node)) return "provider " + name->str();
  return "account " + std::get<AccountName>(node).str();
}

// Depth first; `way` are the nodes from the start to here.
bool find_cycle(const Config& config, const Dependency& node, std::vector<Dependency>& way, std::set<Dependency>& clear) {
  if (clear.contains(node)) return false;
  const auto before = std::find(way.begin(), way.end(), node);
  const bool found = before != way.end();
  way.push_back(node);
  if (found) {
    way.erase(way.begin(), std::find(way.begin(), way.end(), node));
    return true;
  }
  for (const auto& step : steps_from(config, node))
    if (find_cycle(config, step.to, way, clear)) return true;
  way.pop_back();
  clear.insert(node);
  return false;
}

}  // namespace

bool depends_on(const Config& config, const Dependency& dependent, const Dependency& on) {
  std::set<std::pair<Dependency, bool>> seen{{dependent, false}};
  std::vector<std::pair<Dependency, bool>> open{{dependent, false}};
  while (!open.empty()) {
    const auto [node, stated] = open.back();
    open.pop_back();
    for (const auto& step : steps_from(config, node)) {
      const std::pair next{step.to, stated || step.stated};
      if (next.second && next.first == on) return true;
      if (seen.insert(next).second) open.push_back(next);
    }
  }
  return false;
}

std::vector<Dependency> circular_dependency(const Config& config) {
  std::set<Dependency> clear;
  std::vector<Dependency> way;
  const auto circle = [&](const Dependency& start) {
    way.clear();
    return find_cycle(config, start, way, clear);
  };
  const bool found =
      std::any_of(config.providers.begin(), config.providers.end(), [&](const Provider& p) { return circle(p.name); }) ||
      std::any_of(config.accounts.begin(), config.accounts.end(), [&](const Account& a) { return circle(a.name); });
  if (!found) way.clear();
  return way;
}

std::string to_text(const std::vector<Dependency>& chain) {
  std::string text;
  for (const auto& node : chain) text += (text.empty() ? "" : " → ") + text_of(node);
  return text;
}

}  // namespace mailcanary
