#include "monitor/measures/sums.h"

#include <functional>

namespace mailcanary {
namespace {

enum class Sign { plus = 1, minus = -1 };

void change(Sums& sums, const Mark& mark, const Families& kept, Sign sign) {
  if (!mark.stands()) return;
  const int one = static_cast<int>(sign);
  if (mark.overdue) sums.overdue += one;
  if (mark.counts() && !mark.overdue) sums.by_fate[static_cast<std::size_t>(mark.fate)] += one;
  if (mark.duplicated) sums.duplicated += one;
  if (mark.verdicts != Observation::Verdicts::unsaid) sums.judged += one;
  if (mark.verdicts == Observation::Verdicts::fail) sums.not_passed += one;
  for (std::size_t family = 0; family < time_families; ++family) {
    if (!kept[family]) continue;
    const auto took = mark.took(static_cast<TimeOf>(family));
    if (took && sign == Sign::plus) sums.times[family].add(*took);
    if (took && sign == Sign::minus) sums.times[family].remove(*took);
  }
}

}  // namespace

std::optional<Duration> Mark::took(TimeOf family) const {
  if (family == TimeOf::round_trip) return round_trip;
  if (family == TimeOf::submit) return submit;
  if (round_trip && submit) return *round_trip - *submit;
  return std::nullopt;
}

Mark mark_of(const Observation& seen) {
  return {std::hash<CanaryId>{}(seen.id), seen.sent_at,    stands_at(seen), seen.round_trip, seen.submit, seen.fate,
          seen.overdue,                   seen.duplicated, false,           seen.verdicts};
}

void Sums::add(const Mark& mark, const Families& kept) { change(*this, mark, kept, Sign::plus); }
void Sums::take(const Mark& mark, const Families& kept) { change(*this, mark, kept, Sign::minus); }

void Sums::add(const Sums& other) {
  for (std::size_t fate = 0; fate < by_fate.size(); ++fate) by_fate[fate] += other.by_fate[fate];
  overdue += other.overdue;
  duplicated += other.duplicated;
  judged += other.judged;
  not_passed += other.not_passed;
  for (std::size_t family = 0; family < time_families; ++family) times[family].merge(other.times[family]);
}

void Sums::take(const Sums& other) {
  for (std::size_t fate = 0; fate < by_fate.size(); ++fate) by_fate[fate] -= other.by_fate[fate];
  overdue -= other.overdue;
  duplicated -= other.duplicated;
  judged -= other.judged;
  not_passed -= other.not_passed;
  for (std::size_t family = 0; family < time_families; ++family) times[family].remove(other.times[family]);
}

std::int64_t Sums::counted() const {
  std::int64_t all = overdue;
  for (std::size_t fate = 0; fate < by_fate.size(); ++fate) {
    if (static_cast<Fate>(fate) != Fate::pending && static_cast<Fate>(fate) != Fate::unknown) all += by_fate[fate];
  }
  return all;
}

std::int64_t Sums::trouble() const {
  return overdue + of(Fate::bounced) + of(Fate::rejected) + of(Fate::deferred) + of(Fate::unreachable) + of(Fate::lost);
}

}  // namespace mailcanary
