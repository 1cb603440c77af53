// What every bench needs: to end with a reason, a folder for its files, the time its work took, and a way to print
// what was expected beside what was seen.
// Threads: one.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/result.h"

namespace mailcanary::bench {

[[noreturn]] void die(const std::string& reason);
template <class T>
T value_or_die(Result<T> result) {
  if (!result) die(result.error().message);
  return std::move(*result);
}

// A fresh folder below the system's folder for temporary files; it goes with the object.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::filesystem::path operator/(const char* name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

double seconds(Duration time);

struct Cost {  // in seconds
  double wall = 0, cpu = 0;
  Cost& operator+=(const Cost& other) {
    wall += other.wall;
    cpu += other.cpu;
    return *this;
  }
};
double own_cpu_seconds();
template <class Work>
Cost measure(Work work) {
  const MonoTime start = real_clock().now().mono;
  const double cpu = own_cpu_seconds();
  work();
  return {seconds(real_clock().now().mono - start), own_cpu_seconds() - cpu};
}

// The smallest value that `share` of all are no greater than; nan when there are none.
double percentile(std::vector<double> values, double share);

// Collects what was expected and prints each beside what was seen.
class Expectations {
 public:
  void at_most(const std::string& what, double seen, double limit, const char* unit);
  void at_least(const std::string& what, double seen, double limit, const char* unit);
  // The bench's exit code: 0 when all were met, 1 otherwise.
  int exit_code() const { return missed_ == 0 ? 0 : 1; }

 private:
  void print(const std::string& what, const std::string& seen, const std::string& limit, bool met);
  int missed_ = 0;
};

}  // namespace mailcanary::bench
