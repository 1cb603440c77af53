#include "monitor/maintenance.h"

#include <algorithm>

#include "core/units.h"

namespace mailcanary {
namespace {

bool by_beginning(const Maintenance& a, const Maintenance& b) { return a.from < b.from; }

template <class Holds>
std::vector<TimeSpan> spans_of(const std::vector<Maintenance>& maintenance, WallTime from, WallTime until, Holds holds) {
  std::vector<TimeSpan> spans;
  for (const auto& m : maintenance) {
    if (m.slo == MaintenanceRule::Slo::count || !holds(m.scope)) continue;
    const TimeSpan span{std::max(m.from, from), std::min(m.until, until)};
    if (span.from >= span.until) continue;
    if (!spans.empty() && span.from <= spans.back().until) {
      spans.back().until = std::max(spans.back().until, span.until);
    } else {
      spans.push_back(span);
    }
  }
  return spans;
}

}  // namespace

std::vector<Maintenance> maintenance_between(const Config& config, const std::vector<Act>& acts, WallTime from,
                                             WallTime until) {
  std::vector<Maintenance> found = maintenance_in(acts);
  std::erase_if(found, [&](const Maintenance& m) { return m.until <= from || m.from >= until; });
  for (const auto& rule : config.maintenance) {
    for (const auto& span : occurrences(rule.every, rule.zone, from, until))
      found.push_back({rule.name + "@" + format_time(span.from).substr(0, 16) + "Z", rule.name, span.from, span.until,
                       rule.scope, rule.text, "", rule.slo});
  }
  std::stable_sort(found.begin(), found.end(), by_beginning);
  return found;
}

std::vector<TimeSpan> excluded_spans(const Config& config, const std::vector<Maintenance>& maintenance,
                                     const Route& route, WallTime from, WallTime until) {
  return spans_of(maintenance, from, until, [&](const Scope& scope) { return holds_route(config, scope, route); });
}

std::vector<TimeSpan> excluded_spans(const Config& config, const std::vector<Maintenance>& maintenance,
                                     const ProviderName& provider, WallTime from, WallTime until) {
  return spans_of(maintenance, from, until, [&](const Scope& scope) { return holds_provider(config, scope, provider); });
}

}  // namespace mailcanary
