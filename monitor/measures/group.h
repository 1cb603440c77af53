// Several routes together, as a rule with `per: account`, `provider` or `all` sees them: the sums of their windows
// (kept by the histories themselves), and what stands at the end of all their canaries, put in the order of sending.
// Threads: one.
#pragma once
#include <string>
#include <vector>

#include "monitor/measures/history.h"

namespace mailcanary {

class Group {
 public:
  explicit Group(const Windows& windows) { sums_.windows.resize(windows.list.size()); }
  Group(const Group&) = delete;  // histories know where its sums are
  Group& operator=(const Group&) = delete;

  void add(History& member);  // before its first canary; must outlive the scope

  const Sums& sums(std::size_t window) const { return sums_.windows[window]; }
  std::optional<std::vector<Duration>> few_times(std::size_t window, TimeOf family) const;
  History::Run run() const;
  std::optional<WallTime> awaited_since() const;
  std::optional<WallTime> last_arrival() const;
  std::int64_t backlog() const;
  // The middle one of the routes' own.
  std::optional<HourMedians::Drift> drift() const;

 private:
  SharedSums sums_;
  std::vector<History*> members_;
  mutable std::optional<std::uint64_t> drift_of_;  // sums_.drifted when it was found out: nobody asks thousands each time
  mutable std::optional<HourMedians::Drift> drift_;
};

}  // namespace mailcanary
