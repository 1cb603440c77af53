#include "monitor/histogram.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace mailcanary {
namespace {

using Count = std::int64_t;

// Bucket i holds the values above bound i-1 up to bound i, each bound 105/95 times the one before: whatever lies in a
// bucket is within 5% of its middle. The bounds come from multiplication, not from logarithms, so that every machine
// puts a value into the same bucket.
constexpr double growth = Histogram::growth;
constexpr double first_bound_us = 1e3;
constexpr Count top_us = Count{60} * 24 * 3600 * 1'000'000;
constexpr std::size_t bucket_count = 225;
using Bounds = std::array<double, bucket_count>;

constexpr Bounds make_bounds() {
  Bounds bounds{};
  double bound = first_bound_us;
  for (double& place : bounds) {
    place = bound;
    bound *= growth;
  }
  return bounds;
}
constexpr Bounds bounds = make_bounds();
static_assert(bounds.back() >= static_cast<double>(top_us) && bounds[bucket_count - 2] < static_cast<double>(top_us));

Count clamp_us(Duration value) { return std::clamp<Count>(value.count(), 0, top_us); }

std::int16_t bucket_of(Count us) {
  const auto at = std::lower_bound(bounds.begin(), bounds.end(), static_cast<double>(us));
  return static_cast<std::int16_t>(at - bounds.begin());
}

// The point of a bucket from which both ends are equally far in proportion.
Duration middle_of(std::int16_t bucket) {
  const auto at = static_cast<std::size_t>(bucket);
  if (at == 0) return Duration(static_cast<Count>(first_bound_us));
  return Duration(std::llround(2 * bounds[at - 1] * bounds[at] / (bounds[at - 1] + bounds[at])));
}

// Sums stop at the end of the number instead of going round: a mean that is too small is a lesser harm.
Count add_capped(Count a, Count b) {
  constexpr Count most = std::numeric_limits<Count>::max();
  return a > most - b ? most : a + b;
}

// Takes a number without a sign or leading zeros from the front; nothing when there is none or it does not fit.
std::optional<Count> take_number(std::string_view& text) {
  if (text.empty() || text[0] < '0' || text[0] > '9') return std::nullopt;
  if (text.size() > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9') return std::nullopt;
  Count number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

}  // namespace

void Histogram::add(Duration value) {
  const Count us = clamp_us(value);
  const std::int16_t bucket = bucket_of(us);
  const auto at = std::lower_bound(buckets_.begin(), buckets_.end(), bucket,
                                   [](const auto& entry, std::int16_t wanted) { return entry.first < wanted; });
  if (at != buckets_.end() && at->first == bucket)
    at->second = add_capped(at->second, 1);
  else
    buckets_.insert(at, {bucket, 1});
  count_ = add_capped(count_, 1);
  sum_us_ = add_capped(sum_us_, us);
}

void Histogram::merge(const Histogram& other) {
  std::vector<std::pair<std::int16_t, Count>> merged;
  merged.reserve(buckets_.size() + other.buckets_.size());
  auto a = buckets_.begin();
  auto b = other.buckets_.begin();
  while (a != buckets_.end() && b != other.buckets_.end()) {
    if (a->first < b->first) {
      merged.push_back(*a++);
    } else if (b->first < a->first) {
      merged.push_back(*b++);
    } else {
      merged.emplace_back(a->first, add_capped(a->second, b->second));
      ++a;
      ++b;
    }
  }
  merged.insert(merged.end(), a, buckets_.end());
  merged.insert(merged.end(), b, other.buckets_.end());
  buckets_ = std::move(merged);
  count_ = add_capped(count_, other.count_);
  sum_us_ = add_capped(sum_us_, other.sum_us_);
}

void Histogram::remove(Duration value) {
  const Count us = clamp_us(value);
  const std::int16_t bucket = bucket_of(us);
  const auto at = std::lower_bound(buckets_.begin(), buckets_.end(), bucket,
                                   [](const auto& entry, std::int16_t wanted) { return entry.first < wanted; });
  if (at == buckets_.end() || at->first != bucket) return;
  if (--at->second == 0) buckets_.erase(at);
  --count_;
  sum_us_ = std::max<Count>(0, sum_us_ - us);
}

void Histogram::remove(const Histogram& other) {
  for (const auto& [bucket, count] : other.buckets_) {
    const auto at = std::find_if(buckets_.begin(), buckets_.end(), [&](const auto& entry) { return entry.first == bucket; });
    if (at == buckets_.end()) continue;
    const Count gone = std::min(count, at->second);
    at->second -= gone;
    count_ -= gone;
    if (at->second == 0) buckets_.erase(at);
  }
  sum_us_ = std::max<Count>(0, sum_us_ - other.sum_us_);
}

Count Histogram::count() const { return count_; }

std::optional<Duration> Histogram::quantile(double q) const {
  const auto bucket = quantile_bucket(q);
  return bucket ? std::optional(middle_of(static_cast<std::int16_t>(*bucket))) : std::nullopt;
}

Duration Histogram::middle(int bucket) { return middle_of(static_cast<std::int16_t>(bucket)); }

std::optional<int> Histogram::quantile_bucket(double q) const {
  if (count_ == 0) return std::nullopt;
  const double wanted = std::clamp(q, 0.0, 1.0) * static_cast<double>(count_ - 1);
  const Count rank = wanted < 9e18 ? static_cast<Count>(wanted) : count_ - 1;
  Count seen = 0;
  for (const auto& [bucket, count] : buckets_) {
    seen = add_capped(seen, count);
    if (seen > rank) return bucket;
  }
  return buckets_.back().first;
}

std::optional<Duration> Histogram::mean() const {
  if (count_ == 0) return std::nullopt;
  return Duration(sum_us_ / count_);
}

std::string Histogram::to_text() const {
  std::string text = fmt::format("v1 {}", sum_us_);
  for (const auto& [bucket, count] : buckets_) fmt::format_to(std::back_inserter(text), " {}:{}", bucket, count);
  return text;
}

Result<Histogram> Histogram::from_text(std::string_view text) {
  const Error bad{ErrorKind::invalid_input, "read histogram: not of the form \"v1 sum bucket:count ...\""};
  Histogram histogram;
  if (!take(text, "v1 ")) return bad;
  const auto sum = take_number(text);
  if (!sum) return bad;
  histogram.sum_us_ = *sum;
  while (!text.empty()) {
    if (!take(text, " ")) return bad;
    const auto bucket = take_number(text);
    if (!bucket || *bucket >= static_cast<Count>(bucket_count) || !take(text, ":")) return bad;
    const auto count = take_number(text);
    if (!count || *count == 0) return bad;
    const auto index = static_cast<std::int16_t>(*bucket);
    if (!histogram.buckets_.empty() && histogram.buckets_.back().first >= index) return bad;
    if (*count > std::numeric_limits<Count>::max() - histogram.count_) return bad;
    histogram.buckets_.emplace_back(index, *count);
    histogram.count_ += *count;
  }
  if (histogram.count_ == 0 && histogram.sum_us_ != 0) return bad;
  return histogram;
}

}  // namespace mailcanary
