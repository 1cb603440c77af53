// A mergeable latency histogram with logarithmic buckets (relative error at most 5%; 1 ms to 60 days), after the idea
// of DDSketch (Masson, Rim, Lee, VLDB 2019). Plain value; any thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/result.h"

namespace mailcanary {

class Histogram {
 public:
  void add(Duration value);
  void merge(const Histogram& other);
  // Takes off what was added before; what was not is left alone.
  void remove(Duration value);
  void remove(const Histogram& other);
  std::int64_t count() const;
  // Calls told(middle of a bucket, how many are in it), shortest first.
  template <class Told>
  void each(Told told) const {
    for (const auto& [bucket, count] : buckets_) told(middle(bucket), count);
  }
  // `q` in 0..1; nothing when empty.
  std::optional<Duration> quantile(double q) const;
  std::optional<Duration> mean() const;
  // The number of the bucket that `q` falls into, 0 to 224; each is `growth` times the one before.
  std::optional<int> quantile_bucket(double q) const;
  static Duration middle(int bucket);
  static constexpr double growth = 105.0 / 95.0;
  std::size_t bytes() const { return buckets_.capacity() * sizeof(buckets_[0]); }

  // Compact text form for the ledger: "v1 sum bucket:count …". Parsing is strict.
  std::string to_text() const;
  static Result<Histogram> from_text(std::string_view text);
  bool operator==(const Histogram&) const = default;

 private:
  std::vector<std::pair<std::int16_t, std::int64_t>> buckets_;  // sorted by index, no zero counts
  std::int64_t count_ = 0;
  std::int64_t sum_us_ = 0;
};

}  // namespace mailcanary
