#include "monitor/evidence/confirming.h"

#include <algorithm>
#include <set>

namespace mailcanary {
namespace {

constexpr double earned_each = 0.042, most_saved = 24;
// What a suspicion of so much (log odds) may leave behind: what is strong must not wait for what is weak to be paid.
struct Reserve {
  double odds, least;
};
constexpr Reserve reserves[] = {{7.5, -60}, {5, -12}, {3, -60}, {0, 1}};
constexpr std::size_t routes_considered = 64;

}  // namespace

void Confirming::earn() { budget = std::min(most_saved, budget + earned_each); }

bool Confirming::may_spend(double odds) const {
  for (const auto& reserve : reserves) {
    if (odds >= reserve.odds) return budget >= reserve.least;
  }
  return false;
}

int Confirming::under_way(std::size_t route) const {
  return static_cast<int>(std::count_if(sent.begin(), sent.end(), [&](const CasePtr& one) { return one->route == route; }));
}

std::optional<std::size_t> telling_route(const Parts& parts, const std::vector<std::size_t>& suspects,
                                         const std::function<double(std::size_t)>& busy) {
  std::set<std::size_t> routes;
  for (const std::size_t suspect : suspects) {
    for (const std::size_t route : parts.list[suspect].routes) {
      if (routes.size() >= routes_considered) break;
      routes.insert(route);
    }
  }
  std::optional<std::size_t> best;
  double most = 0;
  for (const std::size_t route : routes) {
    std::size_t passed = 0;
    for (const std::size_t suspect : suspects) passed += passes(parts.list[suspect], route) ? 1 : 0;
    const auto split = static_cast<double>(std::min(passed, suspects.size() - passed)) / static_cast<double>(suspects.size());
    const double telling = (passes(parts.list[suspects.front()], route) ? 1.0 : 0.0) + split - 0.6 * busy(route);
    if (best && telling <= most) continue;
    best = route;
    most = telling;
  }
  return best;
}

}  // namespace mailcanary
