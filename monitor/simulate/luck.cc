#include "monitor/simulate/luck.h"

#include <algorithm>
#include <cmath>

namespace mailcanary {

namespace {

constexpr double ln_2 = 0.693147180559945309417232121458;
constexpr double root_half = 0.707106781186547524400844362105;
constexpr Duration longest = std::chrono::hours(24 * 365);

std::uint64_t mixed(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

// ln x = e ln 2 + 2 artanh((m - 1) / (m + 1)) with x = m 2^e and m near 1, so that few terms suffice.
double natural_log(double x) {
  int exponent = 0;
  double mantissa = std::frexp(x, &exponent);
  if (mantissa < root_half) {
    mantissa *= 2;
    --exponent;
  }
  const double s = (mantissa - 1) / (mantissa + 1);
  const double square = s * s;
  double sum = 0;
  for (int n = 21; n >= 1; n -= 2) sum = sum * square + 1.0 / n;
  return exponent * ln_2 + 2 * s * sum;
}

double exponential(double x) {
  x = std::clamp(x, -700.0, 700.0);
  const double whole = std::floor(x / ln_2 + 0.5);
  const double rest = x - whole * ln_2;
  double sum = 1;
  for (int n = 17; n >= 1; --n) sum = 1 + sum * rest / n;
  return std::ldexp(sum, static_cast<int>(whole));
}

}  // namespace

std::uint64_t luck_key(std::initializer_list<std::uint64_t> parts) {
  std::uint64_t key = 0x6d61696c63616e61u;
  for (const std::uint64_t part : parts) key = mixed((key ^ mixed(part + 0x9e3779b97f4a7c15u)) + 0x9e3779b97f4a7c15u);
  return key;
}

std::uint64_t Luck::bits() {
  state_ += 0x9e3779b97f4a7c15u;
  return mixed(state_);
}

double Luck::uniform() { return static_cast<double>(bits() >> 11) * 0x1.0p-53; }

double Luck::normal() {
  for (;;) {
    const double u = 2 * uniform() - 1;
    const double v = 2 * uniform() - 1;
    const double square = u * u + v * v;
    if (square > 0 && square < 1) return u * std::sqrt(-2 * natural_log(square) / square);
  }
}

Duration Luck::lognormal(Duration median, double sigma) {
  const double drawn = static_cast<double>(median.count()) * exponential(sigma * normal());
  return Duration(static_cast<Duration::rep>(std::min(drawn, static_cast<double>(longest.count()))));
}

}  // namespace mailcanary
