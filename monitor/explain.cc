#include "monitor/explain.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/text.h"
#include "core/units.h"
#include "monitor/maintenance.h"
#include "monitor/rules.h"

namespace mailcanary {
namespace {

constexpr int canaries_looked_at = 500;
constexpr std::size_t most_confirming = 20;
constexpr std::size_t canaries_shown = 10;

bool passes(const Config& config, const Route& route, const Blame& blame) {
  const bool sends = blame.leg == Leg::submit || blame.leg == Leg::outbound;
  const bool takes = blame.leg == Leg::inbound || blame.leg == Leg::mailbox;
  const auto is_it = [&](const AccountName& name) {
    if (!blame.account.empty()) return name == blame.account;
    const Account* account = config.account(name);
    return account && account->provider == blame.provider;
  };
  return (!takes && is_it(route.from)) || (!sends && is_it(route.to));
}

std::string culprit_words(const Config& config, const Incident& incident) {
  const Blame& blame = incident.blame;
  if (blame.self) return "our own side: what fails is ours (network, resolver, disk or credentials)";
  if (incident.of_traffic())
    return fmt::format("nobody is named: real mail comes back to account {}; 'mailcanary bounces {}' tells from where and why",
                       blame.account.str(), blame.account.str());
  if (blame.provider.empty()) {
    return incident.routes.size() == 1
               ? fmt::format("nobody is named: only {} is known to be hit, and either of its ends may be it", incident.routes.front().str())
               : "nobody is named: several explain the failing routes about equally well, or none explains them all";
  }
  int through = 0, hit = 0, others = 0;
  for (const auto& route : config.routes) {
    const bool passed = passes(config, route, blame);
    const bool was_hit = std::find(incident.routes.begin(), incident.routes.end(), route.name) != incident.routes.end();
    through += passed ? 1 : 0;
    hit += passed && was_hit ? 1 : 0;
    others += !passed && was_hit ? 1 : 0;
  }
  const std::string who = blame.account.empty() ? "provider " + blame.provider.str() : "account " + blame.account.str();
  const std::string where = blame.leg == Leg::unknown ? "the whole way" : fmt::format("leg {}", name_of(blame.leg));
  return fmt::format("{}, {}: {} of the {} that pass it were hit, and {}", who, where, hit, count_noun(through, "route", "routes"),
                     others == 0 ? "no other" : count_noun(others, "other that does not", "others that do not"));
}

const char* word_for(Finding::Answer answer) {
  switch (answer) {
    case Finding::Answer::met: return "met";
    case Finding::Answer::not_met: return "not met";
    case Finding::Answer::clear: return "clear";
    case Finding::Answer::no_data: return "no data";
  }
  return "no data";
}

bool applies(const Config& config, const Rule& rule, const Route& route) {
  const Scope scope{rule.providers, rule.accounts, rule.routes};
  return holds_route(config, scope, route);
}

}  // namespace

Result<IncidentExplained> explain_incident(const Config& config, LedgerStore& store, Incident incident, WallTime now) {
  IncidentExplained explained;
  explained.culprit = culprit_words(config, incident);
  for (const auto& id : incident.evidence) {
    auto canary = store.find(id);
    if (!canary) return canary.error();
    if (*canary) explained.evidence.push_back(std::move(**canary));
  }
  for (const auto& name : incident.routes) {
    auto canaries = store.history(name, canaries_looked_at);
    if (!canaries) return canaries.error();
    for (auto& canary : *canaries) {
      if (canary.purpose != CanaryPurpose::confirming || canary.sent_at < incident.began_at) continue;
      if (incident.resolved_at && canary.sent_at > *incident.resolved_at) continue;
      if (explained.confirming.size() < most_confirming) explained.confirming.push_back(std::move(canary));
    }
  }
  std::sort(explained.confirming.begin(), explained.confirming.end(),
            [](const Canary& a, const Canary& b) { return a.sent_at > b.sent_at; });
  auto notices = store.notices_of(incident.id);
  if (!notices) return notices.error();
  explained.notices = std::move(*notices);
  auto acts = store.acts_about(incident.id.str());
  if (!acts) return acts.error();
  explained.acts = std::move(*acts);
  if (incident.open()) {
    auto quiet = store.quiet_acts(now);
    if (!quiet) return quiet.error();
    auto open = store.incidents_since(now);
    if (!open) return open.error();
    explained.quiet = quiet_for(config, incident, maintenance_between(config, *quiet, now, now + Duration(1)),
                                silences_in(*quiet), *open, now);
  }
  explained.incident = std::move(incident);
  return explained;
}

Result<RouteExplained> explain_route(const Config& config, LedgerStore& store, const Route& route, const RouteView& view,
                                     WallTime now) {
  RouteExplained explained;
  explained.route = view;
  auto canaries = store.history(route.name, canaries_looked_at);
  if (!canaries) return canaries.error();
  auto incidents = store.incidents_since(now);
  if (!incidents) return incidents.error();
  auto quiet = store.quiet_acts(now);
  if (!quiet) return quiet.error();

  for (auto& incident : *incidents) {
    if (!incident.open() || std::find(incident.routes.begin(), incident.routes.end(), route.name) == incident.routes.end())
      continue;
    explained.incidents.push_back(std::move(incident));
  }
  const Conditions ready = prepare(config.rules);
  History seen(ready.windows);
  for (auto canary = canaries->rbegin(); canary != canaries->rend(); ++canary) {
    if (canary->fate == Fate::unknown) continue;
    Observation observation = observation_of(*canary);
    observation.overdue = canary->fate == Fate::pending && now >= canary->late_at();
    seen.note(std::move(observation));
  }
  seen.advance(now);
  for (const auto& condition : ready.list) {
    const Rule& rule = condition.rule;
    if (measures_traffic(rule) || rule.per != RuleScope::route || !applies(config, rule, route)) continue;
    const Finding finding = examine(condition, seen, now);
    const std::string words = describe(condition, seen, now);
    explained.rules.push_back(fmt::format("{} ({} over {}): {}{}", rule.name, rule.measure, human_duration(rule.over),
                                          word_for(finding.answer), words.empty() ? "" : ", " + words));
  }
  for (const auto& m : maintenance_between(config, *quiet, now, now + Duration(1)))
    if (holds_route(config, m.scope, route))
      explained.quiet.push_back(fmt::format("maintenance {} until {}", m.name, format_time(m.until)));
  for (const auto& silence : silences_in(*quiet)) {
    const bool elsewhere = std::any_of(silence.matchers.begin(), silence.matchers.end(), [&](const Matcher& matcher) {
      return matcher.key == Matcher::Key::route && matcher.value != route.name.str();
    });
    if (silence.in_force(now) && !elsewhere)
      explained.quiet.push_back(fmt::format("silence of {} until {}", to_text(silence.matchers), format_time(silence.until)));
  }
  if (canaries->size() > canaries_shown) canaries->resize(canaries_shown);
  explained.canaries = std::move(*canaries);
  return explained;
}

}  // namespace mailcanary
