// What Linux says of this process, in /proc.
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <iterator>

#include "core/files.h"
#include "monitor/metrics.h"

namespace mailcanary {

ProcessMetrics read_process_metrics() {
  ProcessMetrics process;
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) == 0) {
    const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
    process.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  }
  long whole = 0, resident = 0;
  const auto statm = read_file("/proc/self/statm", 4096);
  if (statm && std::sscanf(statm->c_str(), "%ld %ld", &whole, &resident) == 2)
    process.resident_bytes = static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE));
  std::error_code failure;
  const std::filesystem::directory_iterator files("/proc/self/fd", failure);
  // One of them is this look itself.
  if (!failure) process.open_files = static_cast<double>(std::distance(begin(files), end(files)) - 1);
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
    process.most_files = static_cast<double>(limit.rlim_cur);
  return process;
}

}  // namespace mailcanary
