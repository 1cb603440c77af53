#include "bench/kit/usage.h"

#include <ctime>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include <unistd.h>

#include <fmt/format.h>

namespace mailcanary::bench {
namespace {

struct Stat {
  int parent = 0;
  double ticks = 0;           // its own
  double children_ticks = 0;  // of children that ended and were waited for
};

// /proc/PID/stat: the name in parentheses may hold anything, so fields are counted from the last ")".
bool read_stat(const std::filesystem::path& folder, Stat& stat) {
  std::ifstream in(folder / "stat");
  std::string line;
  std::getline(in, line);
  const auto end = line.rfind(')');
  if (end == std::string::npos) return false;
  std::istringstream fields(line.substr(end + 1));
  std::string skipped;
  double user = 0, system = 0, children_user = 0, children_system = 0;
  fields >> skipped >> stat.parent;
  for (int i = 0; i < 9; ++i) fields >> skipped;
  fields >> user >> system >> children_user >> children_system;
  stat.ticks = user + system;
  stat.children_ticks = children_user + children_system;
  return static_cast<bool>(fields);
}

double status_mb(int pid, const std::string& field) {
  std::ifstream in(fmt::format("/proc/{}/status", pid));
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(field + ":")) return std::stod(line.substr(field.size() + 1)) * 1024 / 1e6;
  }
  return 0;
}

}  // namespace

double cpu_seconds(int pid) {
  clockid_t clock{};
  timespec time{};
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0) return 0;
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

double family_cpu_seconds(int pid) {
  std::map<int, Stat> all;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    Stat stat;
    if (read_stat(entry.path(), stat)) all[std::stoi(name)] = stat;
  }
  double ticks = 0;
  for (const auto& [process, stat] : all) {
    int ancestor = process;
    while (ancestor != pid && all.contains(ancestor)) ancestor = all[ancestor].parent;
    if (ancestor == pid) ticks += stat.ticks + stat.children_ticks;
  }
  return ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double resident_mb(int pid) { return status_mb(pid, "VmRSS"); }
double peak_resident_mb(int pid) { return status_mb(pid, "VmHWM"); }

double load_average() {
  std::ifstream in("/proc/loadavg");
  double load = 0;
  in >> load;
  return load;
}

}  // namespace mailcanary::bench
