#include "config/suggest.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "core/text.h"

namespace mailcanary {
namespace {

constexpr std::size_t longest_word = 40;
constexpr std::size_t most_compared = 2000;
constexpr std::size_t most_listed = 30;

// Optimal string alignment: insert, delete, replace, swap of neighbours (Damerau 1964). Case does not count.
std::size_t distance(std::string_view raw_a, std::string_view raw_b) {
  const std::string a = lower(raw_a);
  const std::string b = lower(raw_b);
  std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replace = a[i - 1] == b[j - 1] ? 0 : 1;
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + replace});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
    }
  }
  return cost[a.size()][b.size()];
}

}  // namespace

std::string suggest(std::string_view unknown, const std::vector<std::string>& candidates, std::string_view none) {
  if (candidates.empty()) return std::string(none);
  const std::string* nearest = nullptr;
  std::size_t best = std::numeric_limits<std::size_t>::max();
  for (std::size_t i = 0; i < std::min(candidates.size(), most_compared); ++i) {
    if (unknown.size() > longest_word || candidates[i].size() > longest_word) continue;
    const std::size_t d = distance(unknown, candidates[i]);
    if (d < best) {
      best = d;
      nearest = &candidates[i];
    }
  }
  if (nearest != nullptr && best <= std::max<std::size_t>(1, nearest->size() / 3))
    return fmt::format("did you mean \"{}\"?", *nearest);
  std::string list;
  for (std::size_t i = 0; i < std::min(candidates.size(), most_listed); ++i)
    list += (i == 0 ? "" : ", ") + candidates[i];
  return (candidates.size() == 1 ? "use " : "use one of ") + list + (candidates.size() > most_listed ? ", …" : "");
}

}  // namespace mailcanary
