#include "monitor/evidence/log_odds.h"

#include <algorithm>
#include <cmath>

namespace mailcanary {
namespace {

// Blips are rare: so much evidence is needed less to rule one out.
constexpr double blip_is_rare = 3;
// There are many more ways in which chance looks like a part that fails now and then than like one that lets nothing
// through, and less harm in waiting.
constexpr std::array<double, failing_shares.size()> more_needed = {0, 2, 2};

}  // namespace

LogOdds against(double chance) {
  const double p = std::clamp(chance, 1e-6, 1.0);
  LogOdds odds;
  for (std::size_t k = 0; k < odds.size(); ++k) odds[k] = std::log((failing_shares[k] + (1 - failing_shares[k]) * p) / p);
  return odds;
}

const LogOdds& in_favour() {
  static const LogOdds odds = [] {
    LogOdds made;
    for (std::size_t k = 0; k < made.size(); ++k) made[k] = std::log(1 - failing_shares[k]);
    return made;
  }();
  return odds;
}

Score score_of(const std::vector<const Weight*>& weights, std::uint64_t explained_by) {
  const auto left_out = [&](const Weight& weight) {
    return !weight.counts || (weight.explained_by != 0 && weight.explained_by != explained_by);
  };
  struct Best {
    double sum = 0, best = 0;
    std::size_t from = 0;
  };
  std::array<Best, failing_shares.size()> chance, blip;
  const auto move = [](Best& best, double odds, std::size_t at) {
    best.sum += odds;
    if (best.sum <= best.best) return;
    best.best = best.sum;
    best.from = at;
  };
  for (std::size_t i = weights.size(); i-- > 0;) {
    const Weight& weight = *weights[i];
    if (left_out(weight)) continue;
    for (std::size_t k = 0; k < failing_shares.size(); ++k) {
      move(chance[k], weight.odds[k], i);
      move(blip[k], weight.odds_in_blip[k], i);
    }
  }
  Score score;
  score.odds_if_all_fail = chance.front().best;
  std::size_t from = weights.size();
  for (std::size_t k = 0; k < failing_shares.size(); ++k) {
    score.odds_but_for_blips = std::max(score.odds_but_for_blips, chance[k].best);
    const double odds = std::min(chance[k].best, blip[k].best + blip_is_rare) - more_needed[k];
    if (odds <= score.odds) continue;
    score.odds = odds;
    score.share = failing_shares[k];
    from = chance[k].from;
  }
  for (std::size_t i = from; i < weights.size(); ++i) {
    const Weight& weight = *weights[i];
    if (left_out(weight)) continue;
    if (!weight.bad) {
      ++score.good;
      continue;
    }
    if (score.bad++ == 0) score.since = weight.sent_at;
    score.last_bad = weight.sent_at;
  }
  return score;
}

}  // namespace mailcanary
