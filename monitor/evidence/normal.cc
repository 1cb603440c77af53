#include "monitor/evidence/normal.h"

#include <algorithm>
#include <cmath>

namespace mailcanary {
namespace {

constexpr double first_bound = 10e3, growth = 1.25;  // us
// When so many are known, all weigh half from then on: about a week of a route at the default cadence.
constexpr double most_known = 2000;

// Where on the scale; the part behind the point tells where inside the bucket.
double place_of(Duration took) {
  const auto us = static_cast<double>(std::max<Duration::rep>(took.count(), 1));
  return std::max(0.0, std::log(us / first_bound) / std::log(growth) + 1);
}

// One failure in a hundred is assumed before anything is known, and three in a thousand are never ruled out.
constexpr double assumed_weight = 50, assumed_failures = 0.5, assumed_deferrals = 2.5, least_share = 0.003;
// Greylisting may begin on any day.
constexpr double least_deferred = 0.02;

}  // namespace

void Normal::arrived(Duration took, double count) {
  const auto bucket = std::min(static_cast<std::size_t>(place_of(took)), buckets_.size() - 1);
  buckets_[bucket] += static_cast<float>(count);
  count_ += count;
  forget_a_little();
}

void Normal::never_came(double count) {
  never_ += count;
  count_ += count;
  forget_a_little();
}

void Normal::arrived(const Histogram& times) {
  times.each([this](Duration middle, std::int64_t count) { arrived(middle, static_cast<double>(count)); });
}

void Normal::forget_a_little() {
  while (count_ > most_known) {
    for (float& bucket : buckets_) bucket /= 2;
    count_ /= 2;
    never_ /= 2;
  }
}

double Normal::still_out(Duration age) const {
  if (count_ <= 0) return 1;
  const double place = place_of(age);
  const auto bucket = std::min(static_cast<std::size_t>(place), buckets_.size() - 1);
  double out = never_ + buckets_[bucket] * (1 - std::min(1.0, place - static_cast<double>(bucket)));
  for (std::size_t i = bucket + 1; i < buckets_.size(); ++i) out += buckets_[i];
  return std::min(1.0, out / count_);
}

double assumed_still_out(Duration age, Duration late_after) {
  if (age <= Duration::zero()) return 1;
  const double half = static_cast<double>(late_after.count()) / 12;
  const double times = static_cast<double>(age.count()) / half;
  return 0.02 + 0.98 / (1 + times * times);
}

void Habit::seen(bool failed) {
  count_ += 1;
  if (failed) failed_ += 1;
  if (count_ <= most_known) return;
  count_ /= 2;
  failed_ /= 2;
}

double Habit::leaning_on(double assumed) const {
  return std::clamp((failed_ + assumed) / (count_ + assumed_weight), least_share, 0.9);
}

double Habit::share() const { return leaning_on(assumed_failures); }
double Habit::share_of_deferred() const { return std::max(leaning_on(assumed_deferrals), least_deferred); }

}  // namespace mailcanary
