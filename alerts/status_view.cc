#include "alerts/status_view.h"

#include <algorithm>

#include <fmt/format.h>

#include "alerts/status/levels.h"
#include "core/text.h"

namespace mailcanary {
namespace {

// "Partial outage: Example Mail, Other Mail", or how many of them.
std::string affected_words(Level worst, const std::vector<ComponentView>& components) {
  std::string listed;
  std::size_t affected = 0;
  for (const auto& component : components) {
    if (level_of_status(component.status) < std::min(worst, Level::minor)) continue;
    ++affected;
    listed += (listed.empty() ? "" : ", ") + component.name;
  }
  if (affected == 0) return {};
  if (affected <= 2) return fmt::format("{}: {}", words_of(worst), listed);
  return fmt::format("{} at {} of {} providers", words_of(worst), affected, components.size());
}

std::string unknown_words(std::size_t unknown, std::size_t all) {
  if (all == 0) return "Nothing is being measured yet";
  if (unknown == all) return "Delivery is not being measured at the moment";
  return fmt::format("All measured systems operational; {} of {} {} not being measured", unknown, all,
                     unknown == 1 ? "is" : "are");
}

}  // namespace

const char* name_of(RouteState state) {
  switch (state) {
    case RouteState::ok: return "ok";
    case RouteState::degraded: return "degraded";
    case RouteState::down: return "down";
    case RouteState::unknown: return "unknown";
  }
  return "unknown";
}

// Trouble that was measured comes first; then what is unknown; only then may everything be called well.
Overall overall_of(const std::vector<ComponentView>& components, const std::vector<Incident>& incidents) {
  Level worst = Level::ok;
  std::string worst_title;
  const Incident* own_fault = nullptr;
  for (const auto& component : components) worst = std::max(worst, level_of_status(component.status));
  for (const auto& incident : incidents) {
    if (!incident.open() || !incident.maintenance.empty()) continue;
    if (incident.blame.self) {
      own_fault = &incident;  // says that we cannot look, nothing about the mail
      continue;
    }
    const Level level = level_of_impact(incident.impact);
    if (level > worst || worst_title.empty()) worst_title = incident.title;
    worst = std::max(worst, level);
  }
  if (worst > Level::maintenance) {
    const std::string affected = affected_words(worst, components);
    return {indicator_of(worst), affected.empty() ? worst_title : affected};
  }
  const auto unknown =
      std::count_if(components.begin(), components.end(), [](const ComponentView& c) { return c.unknown; });
  if (own_fault != nullptr) return {indicator_of(Level::unknown), own_fault->title};
  if (unknown > 0 || components.empty())
    return {indicator_of(Level::unknown), unknown_words(static_cast<std::size_t>(unknown), components.size())};
  if (worst == Level::maintenance) return {indicator_of(worst), affected_words(worst, components)};
  return {indicator_of(Level::ok), "All systems operational"};
}

}  // namespace mailcanary
