#include "bench/kit/bench.h"

#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>

#include <fmt/format.h>

namespace mailcanary::bench {

namespace fs = std::filesystem;

void die(const std::string& reason) {
  fmt::print(stderr, "bench: {}\n", reason);
  std::exit(2);
}

Folder::Folder() {
  std::string name = (fs::temp_directory_path() / "mailcanary-bench-XXXXXX").string();
  if (!mkdtemp(name.data())) die("cannot make a folder for temporary files");
  path_ = name;
}

Folder::~Folder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

double seconds(Duration time) { return std::chrono::duration<double>(time).count(); }

double own_cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto to_seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return to_seconds(usage.ru_utime) + to_seconds(usage.ru_stime);
}

double percentile(std::vector<double> values, double share) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::sort(values.begin(), values.end());
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size())));
  return values[std::clamp<std::size_t>(rank, 1, values.size()) - 1];
}

void Expectations::at_most(const std::string& what, double seen, double limit, const char* unit) {
  print(what, fmt::format("{:.4g} {}", seen, unit), fmt::format("at most {:g} {}", limit, unit), seen <= limit);
}

void Expectations::at_least(const std::string& what, double seen, double limit, const char* unit) {
  print(what, fmt::format("{:.4g} {}", seen, unit), fmt::format("at least {:g} {}", limit, unit), seen >= limit);
}

void Expectations::print(const std::string& what, const std::string& seen, const std::string& limit, bool met) {
  fmt::print("  {:<8} {}: {} (expected {})\n", met ? "met" : "NOT MET", what, seen, limit);
  if (!met) ++missed_;
}

}  // namespace mailcanary::bench
