#include "config/config.h"

#include <algorithm>
#include <array>

namespace mailcanary {
namespace {

struct ImpactName {
  Impact impact;
  const char* name;
};
constexpr std::array<ImpactName, 4> impact_names = {
    ImpactName{Impact::none, "none"}, ImpactName{Impact::minor, "minor"}, ImpactName{Impact::major, "major"},
    ImpactName{Impact::critical, "critical"}};

template <class Thing, class Name>
const Thing* find_named(const std::vector<Thing>& things, const Name& name) {
  const auto found = std::find_if(things.begin(), things.end(), [&name](const Thing& t) { return t.name == name; });
  return found == things.end() ? nullptr : &*found;
}

}  // namespace

const char* name_of(Impact impact) {
  for (const auto& row : impact_names)
    if (row.impact == impact) return row.name;
  return "none";
}

const char* name_of(SentCount::From from) {
  switch (from) {
    case SentCount::From::file: return "file";
    case SentCount::From::command: return "command";
    case SentCount::From::postfix_log: return "postfix_log";
  }
  return "file";
}

std::optional<Impact> impact_from(std::string_view name) {
  for (const auto& row : impact_names)
    if (row.name == name) return row.impact;
  return std::nullopt;
}

namespace {
struct ScopeName {
  RuleScope scope;
  const char* name;
};
constexpr std::array scope_names = {ScopeName{RuleScope::route, "route"}, ScopeName{RuleScope::account, "account"},
                                    ScopeName{RuleScope::provider, "provider"}, ScopeName{RuleScope::leg, "leg"},
                                    ScopeName{RuleScope::all, "all"}};
}  // namespace

const char* name_of(RuleScope scope) {
  for (const auto& row : scope_names)
    if (row.scope == scope) return row.name;
  return "route";
}

std::optional<RuleScope> rule_scope_from(std::string_view name) {
  for (const auto& row : scope_names)
    if (row.name == name) return row.scope;
  return std::nullopt;
}

double Slo::objective_of(const ProviderName& provider) const {
  const auto found = providers.find(provider);
  return found == providers.end() ? objective : found->second;
}

const Account* Config::account(const AccountName& name) const { return find_named(accounts, name); }
const Provider* Config::provider(const ProviderName& name) const { return find_named(providers, name); }
const Route* Config::route(const RouteName& name) const { return find_named(routes, name); }
const Channel* Config::channel(const ChannelName& name) const { return find_named(channels, name); }

}  // namespace mailcanary
