#include "alerts/standing.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/text.h"

namespace mailcanary {

std::string unmeasured_words(const std::vector<Unmeasured>& unmeasured, std::size_t routes) {
  if (unmeasured.empty()) return {};
  const std::string why = ": " + one_line(unmeasured.front().reason);
  if (unmeasured.size() >= routes) return "delivery" + why;
  const std::string first = "route " + one_line(unmeasured.front().route.str());
  if (unmeasured.size() == 1) return first + why;
  return fmt::format("{} of {} routes, {} among them{}", unmeasured.size(), routes, first, why);
}

std::map<ProviderName, Impact> components_beside(const Standing& standing, const IncidentId& incident) {
  std::map<ProviderName, Impact> beside;
  for (const auto& notice : standing.open) {
    if (notice.incident == incident) continue;
    const auto told = nlohmann::json::parse(notice.detail, nullptr, false);
    if (!told.is_object() || !told.contains("components") || is_of_our_own(notice)) continue;
    for (const auto& component : told["components"]) {
      if (!component.is_string()) continue;
      Impact& worst = beside[ProviderName(component.get<std::string>())];
      worst = std::max(worst, std::max(notice.impact, Impact::minor));
    }
  }
  return beside;
}

}  // namespace mailcanary
