#include "monitor/measures/hours.h"

#include <algorithm>
#include <cmath>

namespace mailcanary {
namespace {

constexpr std::int64_t hours_of_a_day = 24;
constexpr std::int64_t days_before = 28;
constexpr std::int64_t ring = (days_before + 1) * hours_of_a_day;
constexpr int fewest_days = 5;
constexpr int fewest_hours = 6;

std::int64_t hour_of(WallTime time) { return std::chrono::floor<std::chrono::hours>(time.time_since_epoch()).count(); }

}  // namespace

void HourMedians::add(WallTime sent_at, Duration round_trip) {
  const std::int64_t hour = hour_of(sent_at);
  Open& open = open_[static_cast<std::size_t>(hour & 1)];
  if (hour < open.hour) return;  // its hour was closed long ago
  if (hour > open.hour && at(hour).canaries > 0) return;  // known from the ledger's sums
  if (hour > open.hour) close(open);
  open.hour = hour;
  open.times.add(round_trip);
}

void HourMedians::restore(WallTime hour, const Histogram& round_trips) { keep(hour_of(hour), round_trips); }

void HourMedians::close(Open& open) {
  if (open.hour >= 0) keep(open.hour, open.times);
  open.times = Histogram();
}

void HourMedians::keep(std::int64_t hour, const Histogram& times) {
  const auto median = times.quantile_bucket(0.5);
  if (!median || hour <= newest_ - ring) return;
  if (cells_.empty()) {
    cells_.resize(static_cast<std::size_t>(ring));
    newest_ = hour;
  }
  for (; newest_ < hour; ++newest_) cells_[static_cast<std::size_t>((newest_ + 1) % ring)] = Cell();
  cells_[static_cast<std::size_t>(hour % ring)] = {static_cast<std::uint8_t>(*median),
                                                   static_cast<std::uint8_t>(std::min<std::int64_t>(times.count(), 255))};
}

HourMedians::Cell HourMedians::at(std::int64_t hour) const {
  if (cells_.empty() || hour > newest_ || hour <= newest_ - ring || hour < 0) return {};
  return cells_[static_cast<std::size_t>(hour % ring)];
}

std::optional<HourMedians::Drift> HourMedians::drift(WallTime now) const {
  // Two hours may still be open: the day ends where they begin, so that all of it is settled alike.
  const std::int64_t last = std::min(newest_, hour_of(now) - 2);
  std::vector<double> steps;  // buckets by which an hour of the last day is above its own normal
  Drift drift;
  for (std::int64_t hour = last; hour > last - hours_of_a_day; --hour) {
    const Cell today = at(hour);
    if (today.canaries == 0 || hour < hour_of(today_from_)) continue;
    std::vector<int> before;
    for (std::int64_t day = 1; day <= days_before; ++day) {
      const Cell then = at(hour - day * hours_of_a_day);
      if (then.canaries > 0) before.push_back(then.median);
    }
    if (before.size() < fewest_days) continue;
    const auto middle = before.begin() + static_cast<std::ptrdiff_t>(before.size() / 2);
    std::nth_element(before.begin(), middle, before.end());
    steps.push_back(today.median - *middle);
    drift.canaries += today.canaries;
  }
  if (steps.size() < fewest_hours) return std::nullopt;
  // The mean of the middle half: neither a bad hour nor a very good one counts.
  std::sort(steps.begin(), steps.end());
  const std::size_t cut = steps.size() / 4;
  double sum = 0;
  for (std::size_t i = cut; i < steps.size() - cut; ++i) sum += steps[i];
  drift.times = std::pow(Histogram::growth, sum / static_cast<double>(steps.size() - 2 * cut));
  drift.hours = static_cast<int>(steps.size());
  return drift;
}

}  // namespace mailcanary
