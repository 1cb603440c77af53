#include "monitor/histogram.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "tests/catch.h"

using namespace mailcanary;
using namespace std::chrono_literals;

namespace {

Histogram of(const std::vector<Duration>& values) {
  Histogram histogram;
  for (const Duration value : values) histogram.add(value);
  return histogram;
}

double error_of(Duration estimate, Duration truth) {
  return std::abs(static_cast<double>(estimate.count() - truth.count())) / static_cast<double>(truth.count());
}

}  // namespace

TEST_CASE("an empty histogram has no quantile and no mean") {
  const Histogram empty;
  CHECK(empty.count() == 0);
  CHECK_FALSE(empty.quantile(0.5));
  CHECK_FALSE(empty.mean());
  CHECK(empty.to_text() == "v1 0");
}

TEST_CASE("any single value from 1 ms to 60 days comes back within 5%") {
  const Duration top = 24h * 60;
  double worst = 0;
  for (Duration value = 1ms; value <= top; value += value / 97 + 1us) {
    const auto estimate = of({value}).quantile(0.5);
    REQUIRE(estimate);
    worst = std::max(worst, error_of(*estimate, value));
  }
  CHECK(worst <= 0.05);
  CHECK(error_of(*of({top}).quantile(1), top) <= 0.05);
}

TEST_CASE("values outside the range count as its ends") {
  const Histogram histogram = of({-5s, 0us, 24h * 365});
  CHECK(histogram.count() == 3);
  CHECK(*histogram.quantile(0) == 1ms);
  CHECK(error_of(*histogram.quantile(1), 24h * 60) <= 0.05);
  CHECK(*histogram.mean() == Duration(24h * 60) / 3);
}

TEST_CASE("quantiles of many values are within 5% of the exact ones") {
  std::mt19937 random(7);
  std::lognormal_distribution<double> seconds(1.0, 0.8);
  std::vector<Duration> values;
  for (int i = 0; i < 5000; ++i) values.emplace_back(static_cast<std::int64_t>(seconds(random) * 1e6));
  const Histogram histogram = of(values);
  std::sort(values.begin(), values.end());
  for (const double q : {0.0, 0.01, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0}) {
    CAPTURE(q);
    const Duration exact = values[static_cast<std::size_t>(q * static_cast<double>(values.size() - 1))];
    CHECK(error_of(*histogram.quantile(q), exact) <= 0.0501);
  }
}

TEST_CASE("the mean is exact") { CHECK(*of({1s, 2s, 6s}).mean() == 3s); }

TEST_CASE("merging is the same as having added everything to one") {
  const std::vector<Duration> a = {1ms, 3s, 3s, 40s, 5h};
  const std::vector<Duration> b = {2ms, 3s, 41s, 7h, 24h * 70};
  std::vector<Duration> both = a;
  both.insert(both.end(), b.begin(), b.end());
  Histogram merged = of(a);
  merged.merge(of(b));
  CHECK(merged == of(both));
  merged.merge(Histogram());
  CHECK(merged == of(both));
  Histogram from_nothing;
  from_nothing.merge(merged);
  CHECK(from_nothing == merged);
}

TEST_CASE("the text form comes back as it was") {
  const Histogram histogram = of({1ms, 3s, 3s, 40s, 5h});
  const auto back = Histogram::from_text(histogram.to_text());
  REQUIRE(back);
  CHECK(*back == histogram);
  CHECK(of({3200ms, 3200ms}).to_text() == "v1 6400000 81:2");
  CHECK(*Histogram::from_text("v1 0") == Histogram());
}

TEST_CASE("a text that is not exactly the form is refused") {
  for (const char* text : {"",
                           "v1",
                           "v1 ",
                           "v2 0",
                           "v1 x",
                           "v1 -1 3:1",
                           "v1 5",
                           "v1 5 ",
                           "v1 5 3",
                           "v1 5 3:",
                           "v1 5 3:0",
                           "v1 5 3:-1",
                           "v1 5 3:1 ",
                           "v1 5  3:1",
                           "v1 5 3:1 3:1",
                           "v1 5 4:1 3:1",
                           "v1 5 225:1",
                           "v1 5 99999:1",
                           "v1 5 3:1x",
                           "v1 05 3:1",
                           "v1 5 03:1",
                           "v1 5 3:99999999999999999999",
                           "v1 99999999999999999999 3:1",
                           "v1 5 3:9223372036854775807 4:1",
                           "V1 5 3:1"}) {
    CAPTURE(text);
    const auto histogram = Histogram::from_text(text);
    CHECK_FALSE(histogram);
  }
}

TEST_CASE("sums that do not fit stop at the largest number") {
  auto full = Histogram::from_text("v1 9223372036854775807 3:9223372036854775807");
  REQUIRE(full);
  full->add(1h);
  full->merge(*full);
  CHECK(full->count() == 9223372036854775807);
  CHECK(*full->mean() == 1us);
  CHECK(full->quantile(0.5));
}
