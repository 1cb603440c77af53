#include "monitor/report/charges.h"

#include <algorithm>

namespace mailcanary {

bool Charge::to(const ProviderName& provider) const {
  if (own) return false;
  return blamed.empty() || std::find(blamed.begin(), blamed.end(), provider) != blamed.end();
}

ProviderName blamed_provider(const Config& config, const Incident& incident) {
  if (!incident.blame.provider.empty()) return incident.blame.provider;
  const Account* account = config.account(incident.blame.account);
  return account == nullptr ? ProviderName() : account->provider;
}

TimeSpan span_of(const Incident& incident, WallTime end) {
  return {std::min(incident.began_at, incident.opened_at), std::max(incident.opened_at, incident.resolved_at.value_or(end))};
}

Charges::Charges(const Config& config, const std::vector<Incident>& incidents, TimeSpan month) {
  for (const auto& incident : incidents) {
    const TimeSpan span = span_of(incident, month.until);
    if (span.from >= month.until || span.until <= month.from) continue;
    for (const auto& route : incident.routes)
      entries_[route].push_back({span, blamed_provider(config, incident), incident.blame.self});
  }
}

Charge Charges::of(const RouteName& route, TimeSpan slot) const {
  Charge charge;
  const auto found = entries_.find(route);
  if (found == entries_.end()) return charge;
  bool own = false;
  for (const auto& entry : found->second) {
    if (entry.span.from >= slot.until || entry.span.until <= slot.from) continue;
    if (entry.own) {
      own = true;
    } else if (entry.provider.empty()) {
      return {};
    } else {
      charge.blamed.push_back(entry.provider);
    }
  }
  charge.own = own && charge.blamed.empty();
  return charge;
}

}  // namespace mailcanary
