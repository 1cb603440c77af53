// What explains trouble, and when nobody need be called: dependencies and maintenance that returns.
#include <fmt/format.h>

#include "config/dependencies.h"
#include "config/sections.h"
#include "config/suggest.h"

namespace mailcanary {
namespace {

// A name may be a provider's and an account's; then the provider is meant, with all its accounts.
Dependency dependency_on(const Loading& loading, const std::string& name) {
  if (loading.providers.has(name)) return ProviderName(name);
  return AccountName(name);
}

template <class Dependents>
void read_dependencies(Loading& loading, const NameIndex& known, const MapReader& top, const char* key, Section section,
                       Dependents& dependents) {
  const auto map = top.value(key);
  for (auto& dependent : dependents) {
    const auto* entry = map == nullptr ? nullptr : map->find(dependent.name.str());
    if (entry == nullptr || entry->value->find("depends_on") == nullptr) continue;
    // What else is wrong with it has been reported, and is not reported twice.
    const MapReader reader(loading.report, entry->value, section,
                           fmt::format("{} {}", name_of(section), in_quotes(dependent.name.str())));
    for (const auto& name : reader.names("depends_on"))
      if (known.check(loading.report, name)) dependent.depends_on.push_back(dependency_on(loading, name.text));
  }
}

MaintenanceRule load_rule(Loading& loading, const MapReader& reader) {
  MaintenanceRule rule;
  rule.name = reader.text("name").value_or("");
  if (const auto every = reader.text("every")) {
    const auto parsed = parse_calendar_rule(*every);
    if (parsed)
      rule.every = *parsed;
    else
      loading.report.error(reader.place_of("every"), fmt::format("every: {}", parsed.error().message));
  }
  rule.zone = reader.text("zone").value_or(rule.zone);
  if (!is_time_zone(rule.zone))
    loading.report.error(reader.place_of("zone"),
                         fmt::format("zone: no time zone is named {}; write it as Europe/Berlin, and install tzdata "
                                     "where it is missing",
                                     in_quotes(rule.zone)));
  rule.scope.providers = resolve<ProviderName>(loading.report, loading.providers, reader.names("providers"));
  rule.scope.accounts = resolve<AccountName>(loading.report, loading.accounts, reader.names("accounts"));
  rule.scope.routes = resolve<RouteName>(loading.report, loading.routes, reader.names("routes"));
  rule.text = reader.text("text").value_or("");
  const std::string slo = reader.text("slo").value_or("exclude");
  if (slo == "count") {
    rule.slo = MaintenanceRule::Slo::count;
  } else if (slo != "exclude") {
    loading.report.error(reader.place_of("slo"), fmt::format("slo: {} is neither exclude nor count; {}", in_quotes(slo),
                                                             suggest(slo, {"exclude", "count"}, "")));
  }
  return rule;
}

}  // namespace

void load_dependencies(Loading& loading, const MapReader& top) {
  NameIndex known("provider or account");
  for (const auto& provider : loading.config.providers) known.add(provider.name.str());
  for (const auto& account : loading.config.accounts) known.add(account.name.str());
  read_dependencies(loading, known, top, "providers", Section::provider, loading.config.providers);
  read_dependencies(loading, known, top, "accounts", Section::account, loading.config.accounts);
  const auto circle = circular_dependency(loading.config);
  if (circle.empty()) return;
  const bool at_provider = std::holds_alternative<ProviderName>(circle.front());
  loading.report.error(top.place_of(at_provider ? "providers" : "accounts"),
                       fmt::format("depends_on goes in a circle: {}; remove one of these, since none of them can be "
                                   "the culprit of the next",
                                   to_text(circle)));
}

void load_maintenance(Loading& loading, const MapReader& top) {
  for (const auto& node : top.list("maintenance")) {
    if (loading.report.full()) return;
    const MapReader reader(loading.report, node, Section::maintenance, "an entry of maintenance");
    loading.config.maintenance.push_back(load_rule(loading, reader));
  }
}

}  // namespace mailcanary
