#include "monitor/evidence/confirming.h"

#include <algorithm>
#include <set>

namespace mailcanary {
namespace {

constexpr double earned_each = 0.042, most_saved = 60;
constexpr std::size_t routes_considered = 64;

// What must be left: what is urgent never waits for what was spent on something that is not.
double reserve(Pursuit pursuit) {
  switch (pursuit) {
    case Pursuit::some_may_fail: return 20;
    case Pursuit::the_only_one:
    case Pursuit::some_fail: return -36;
    case Pursuit::all_fail: break;
  }
  return -60;
}

}  // namespace

void Confirming::earn() { budget = std::min(most_saved, budget + earned_each); }

bool Confirming::may_spend(Pursuit pursuit) const { return budget >= reserve(pursuit) + 1; }

int Confirming::under_way(std::size_t route) const {
  return static_cast<int>(std::count_if(sent.begin(), sent.end(), [&](const CasePtr& one) { return one->route == route; }));
}

std::optional<std::size_t> telling_route(const Parts& parts, const std::vector<std::size_t>& suspects, Pursuit pursuit,
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
    const std::size_t told_of = pursuit < Pursuit::all_fail ? passed : std::min(passed, suspects.size() - passed);
    const auto share = static_cast<double>(told_of) / static_cast<double>(suspects.size());
    const double telling = (passes(parts.list[suspects.front()], route) ? 1.0 : 0.0) + share - 0.6 * busy(route);
    if (best && telling <= most) continue;
    best = route;
    most = telling;
  }
  return best;
}

}  // namespace mailcanary
