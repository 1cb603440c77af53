#include "monitor/report/series.h"

#include <algorithm>
#include <cmath>

namespace mailcanary {
namespace {

Duration part_of(TimeSpan span, double share) {
  return Duration(std::llround(static_cast<double>((span.until - span.from).count()) * share));
}

}  // namespace

Series::Series(Options options) : options_(std::move(options)) {
  options_.excluded = clipped(options_.excluded, options_.span);
  excluded_ = length_of(options_.excluded);
  if (options_.month == nullptr) return;
  days_.resize(options_.month->days.size());
  for (std::size_t i = 0; i < days_.size(); ++i)
    days_[i].excluded = length_of(clipped(options_.excluded, options_.month->days[i]));
}

void Series::add(WallTime start, double bad) {
  // A canary is sent somewhere in its slot, so two in a row may stand one slot further apart than the cadence says.
  const Duration steady = options_.every + options_.slot;
  const WallTime from = std::max(start, options_.span.from);
  if (start_) {
    close(from - *start_ <= steady ? from : *start_ + std::max(options_.every, options_.slot));
  } else if (from - options_.span.from < steady) {
    count({options_.span.from, from}, bad);  // the first canary of the month tells of what is just before it
  }
  start_ = from;
  share_ = bad;
}

void Series::end() {
  if (start_) close(std::min(options_.span.until, *start_ + std::max(options_.every, options_.slot)));
  start_.reset();
}

void Series::close(WallTime until) { count({*start_, until}, share_); }

void Series::count(TimeSpan span, double bad) {
  if (span.from >= span.until) return;
  for (const auto& part : without({span}, options_.excluded)) {
    measured_ += part.until - part.from;
    const Duration bad_part = part_of(part, bad);
    bad_ += bad_part;
    if (options_.month == nullptr) continue;
    for (std::size_t day = day_of(*options_.month, part.from); day < days_.size() && options_.month->days[day].from < part.until; ++day) {
      const Spans inside = clipped({part}, options_.month->days[day]);
      if (inside.empty()) continue;
      days_[day].measured += length_of(inside);
      days_[day].bad += part_of(inside.front(), bad);
    }
    if (bad_part > Duration{}) bad_spans_.push_back({part, bad});
  }
}

std::optional<WallTime> Series::passed(Duration allowed) const {
  Duration sum{};
  for (const auto& bad : bad_spans_) {
    const Duration more = part_of(bad.span, bad.share);
    if (sum + more > allowed) {
      const double rest = static_cast<double>((allowed - sum).count());
      return bad.span.from + Duration(std::llround(rest / bad.share));
    }
    sum += more;
  }
  return std::nullopt;
}

}  // namespace mailcanary
