// What is remembered of one account's real traffic, by the minute, and sums over any window of it. The ledger has the
// same and more; this is for rules that look every few seconds.
// Pure; one thread.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>

#include "monitor/traffic/traffic.h"

namespace mailcanary {

// Which of the traffic is meant. Empty: all.
struct TrafficChoice {
  std::string domain, reason;
};

struct TrafficSum {
  std::int64_t mails = 0;  // sent
  std::int64_t bounced = 0, hard = 0;
  std::map<std::string, std::int64_t> by_reason;
};

class TrafficCounts {
 public:
  void bounced(WallTime at, const std::string& domain, const std::string& reason, bool hard, std::int64_t recipients);
  void sent(WallTime at, const std::string& domain, std::int64_t mails);
  // Of the whole minutes that touch from..until.
  TrafficSum sum(WallTime from, WallTime until, const TrafficChoice& choice) const;
  void forget(WallTime before);
  bool empty() const { return slots_.empty(); }

 private:
  using Key = std::tuple<std::string, std::string, bool>;  // domain, reason, hard
  struct Slot {
    std::map<Key, std::int64_t> bounces;
    std::map<std::string, std::int64_t> sent;
  };
  std::map<WallTime, Slot> slots_;
};

}  // namespace mailcanary
