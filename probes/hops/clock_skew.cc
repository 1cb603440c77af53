#include "probes/hops/clock_skew.h"

#include <algorithm>
#include <map>
#include <string>

#include "core/text.h"
#include "probes/hops/hop_times.h"
#include "probes/mail_host.h"

namespace mailcanary {
namespace {

constexpr Duration stamp_resolution = std::chrono::seconds(1);
constexpr double weight_of_date = 0.25;
// Sums of thirds and the like are not exact; less than the lightest witness.
constexpr double little = 0.01;

struct Witness {
  std::optional<std::size_t> hop;  // none: our own clock, or the Date field
  Stamp stamp;
};

// The clock a hop was stamped with, by the name of the server. A filter on "localhost" shares that of its neighbour.
std::vector<std::string> clock_names(const std::vector<Hop>& hops) {
  std::vector<std::string> names;
  std::string before;
  for (const Hop& hop : hops) {
    std::string name = lower(hop.by);
    const bool local = name.empty() || name == "localhost" || name.starts_with("127.") || name == "localhost.localdomain";
    if (local) name = before;
    if (name.empty()) name = "hop " + std::to_string(names.size());
    before = name;
    names.push_back(std::move(name));
  }
  return names;
}

std::vector<Witness> witnesses_of(const std::vector<Hop>& hops, const std::vector<std::string>& clocks,
                                  const OwnTimes& own) {
  std::map<std::string, double> stamps_of_clock;
  for (std::size_t i = 0; i < hops.size(); ++i)
    if (hops[i].at) ++stamps_of_clock[clocks[i]];
  std::vector<Witness> all;
  if (own.written && !own.sent) all.push_back({std::nullopt, {*own.written, weight_of_date}});
  if (own.sent) all.push_back({std::nullopt, {*own.sent, 1}});
  for (std::size_t i = 0; i < hops.size(); ++i)
    if (hops[i].at) all.push_back({i, {*hops[i].at, 1 / stamps_of_clock[clocks[i]]}});
  if (own.seen) all.push_back({std::nullopt, {*own.seen, 1}});
  return all;
}

// What a wrong clock must be moved by to stand between its neighbours.
struct Correction {
  std::optional<Duration> low, high;
};

Correction narrower(const Correction& a, const Correction& b) {
  Correction both;
  both.low = a.low && b.low ? std::max(*a.low, *b.low) : a.low ? a.low : b.low;
  both.high = a.high && b.high ? std::min(*a.high, *b.high) : a.high ? a.high : b.high;
  return both;
}

bool possible(const Correction& c) { return !c.low || !c.high || *c.low <= *c.high; }

Duration smallest(const Correction& c) {
  if (c.low && *c.low > Duration::zero()) return *c.low;
  if (c.high && *c.high < Duration::zero()) return *c.high;
  return Duration::zero();
}

void put_skew(Step& step, const Correction& correction) {
  const Duration near = smallest(correction);
  if (near == Duration::zero()) return;
  step.ahead_low = -near;
  const auto& far = near > Duration::zero() ? correction.high : correction.low;
  if (far) step.ahead_high = -*far;
}

// Stamps along which time runs forward.
struct Chain {
  double weight = 0;
  Duration span{};  // from the first to the last
  std::size_t next = 0;
};

// Of sets of equal weight the one that took less time: it needs no delay that a wrong clock happens to undo.
bool better(const Chain& a, const Chain& b) {
  if (a.weight > b.weight + little) return true;
  return a.weight >= b.weight - little && a.span < b.span;
}

}  // namespace

Agreement agreeing_stamps(const std::vector<Stamp>& stamps, Duration tolerance) {
  const std::size_t n = stamps.size();
  const auto forward = [&](std::size_t a, std::size_t b) { return stamps[a].at <= stamps[b].at + tolerance; };
  const auto took = [&](std::size_t a, std::size_t b) { return std::max(Duration::zero(), stamps[b].at - stamps[a].at); };
  // The best set that ends at each stamp, and the best one that starts there.
  std::vector<Chain> to(n), from(n);
  for (std::size_t i = 0; i < n; ++i) {
    to[i] = {stamps[i].weight, Duration::zero(), n};
    for (std::size_t j = 0; j < i; ++j) {
      if (!forward(j, i)) continue;
      const Chain longer{to[j].weight + stamps[i].weight, to[j].span + took(j, i), j};
      if (better(longer, to[i])) to[i] = longer;
    }
  }
  for (std::size_t i = n; i-- > 0;) {
    from[i] = {stamps[i].weight, Duration::zero(), n};
    for (std::size_t j = i + 1; j < n; ++j) {
      if (!forward(i, j)) continue;
      const Chain longer{from[j].weight + stamps[i].weight, from[j].span + took(i, j), j};
      if (!better(from[i], longer)) from[i] = longer;
    }
  }
  Agreement result{std::vector<bool>(n, false), std::vector<bool>(n, false)};
  if (n == 0) return result;
  std::size_t start = 0;
  for (std::size_t i = 1; i < n; ++i)
    if (!better(from[start], from[i])) start = i;
  const Chain best = from[start];
  for (std::size_t i = start; i < n; i = from[i].next) result.agrees[i] = true;
  for (std::size_t i = 0; i < n; ++i) {
    const double weight = to[i].weight + from[i].weight - stamps[i].weight;
    const Duration span = to[i].span + from[i].span;
    const bool as_likely = span <= 4 * best.span + std::chrono::seconds(10);
    result.undecided[i] = !result.agrees[i] && weight >= best.weight - weight_of_date - little && as_likely;
  }
  return result;
}

std::vector<Step> estimate_steps(const std::vector<Hop>& hops, const OwnTimes& own) {
  std::vector<Step> steps(hops.size());
  const auto clocks = clock_names(hops);
  const auto witnesses = witnesses_of(hops, clocks, own);
  std::vector<Stamp> stamps;
  for (const auto& witness : witnesses) stamps.push_back(witness.stamp);
  const Agreement agreement = agreeing_stamps(stamps, stamp_resolution);

  // Where each stamp that does not agree should lie: between the nearest ones that do.
  std::vector<Correction> corrections(witnesses.size());
  std::optional<WallTime> before;
  for (std::size_t i = 0; i < witnesses.size(); ++i) {
    if (agreement.agrees[i]) before = stamps[i].at;
    else if (before) corrections[i].low = *before - stamps[i].at;
  }
  std::optional<WallTime> after;
  for (std::size_t i = witnesses.size(); i-- > 0;) {
    if (agreement.agrees[i]) after = stamps[i].at;
    else if (after) corrections[i].high = *after - stamps[i].at;
  }

  // A clock is wrong by the same amount each time it stamps, where that is possible.
  std::map<std::string, Correction> of_clock;
  for (std::size_t i = 0; i < witnesses.size(); ++i) {
    if (agreement.agrees[i] || !witnesses[i].hop) continue;
    const auto [found, fresh] = of_clock.emplace(clocks[*witnesses[i].hop], corrections[i]);
    if (!fresh) found->second = narrower(found->second, corrections[i]);
  }
  std::optional<WallTime> last;
  for (std::size_t i = 0; i < witnesses.size(); ++i) {
    if (!witnesses[i].hop) continue;
    Step& step = steps[*witnesses[i].hop];
    WallTime at = stamps[i].at;
    if (!agreement.agrees[i]) {
      const Correction& whole = of_clock.at(clocks[*witnesses[i].hop]);
      const Correction& correction = possible(whole) ? whole : corrections[i];
      put_skew(step, correction);
      step.undecided = agreement.undecided[i];
      at += smallest(correction);
    }
    if (last) step.delay = std::max(Duration::zero(), at - *last);
    last = last ? std::max(*last, at) : at;
  }
  return steps;
}

}  // namespace mailcanary
