// The watch on real traffic, as the engine keeps it: counts what comes, steps the rules that look at it, and says what
// fires. No I/O, no clock.
// Threads: one.
#pragma once
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include "config/config.h"
#include "monitor/ledger.h"
#include "monitor/metrics.h"
#include "monitor/rules.h"
#include "monitor/traffic/traffic_counts.h"
#include "monitor/traffic/traffic_incidents.h"

namespace mailcanary {

Duration traffic_span(const Config& config);  // how far back its rules look; zero: none does

class TrafficWatch {
 public:
  explicit TrafficWatch(const Config& config) : config_(config) {}
  // From the ledger: its counts of traffic_span(), and the facts.
  void restore(const TrafficRecord& record, const std::map<std::string, std::string>& facts, WallTime now);

  // These come from a report in which nothing is that the ledger has counted.
  void bounced(const AccountName& account, const std::vector<TrafficBounce>& bounces, WallTime now, Batch& record);
  // A source of sent mails was read, or could not be: then `fault` says why, and rates are unknown.
  void sent(SentReading reading, const std::string& fault, Batch& record);

  // Steps the rules. `unreadable`: accounts whose mailbox cannot be looked at.
  std::vector<TrafficSymptom> judge(const std::set<AccountName>& unreadable, WallTime now, Batch& record);
  bool due(WallTime now) const;  // to be judged: something came, or some time has passed
  // An incident of the account was ended by hand while its rules fire: it shows nothing until they were quiet once.
  void dismiss(const AccountName& account) { dismissed_.insert(account); }
  bool fires(const AccountName& account) const;
  std::optional<WallTime> next_look(WallTime now) const;

  std::vector<TrafficMetrics> metrics() const;

 private:
  struct Watched {
    TrafficCounts counts;
    std::string source_fault;
    std::map<std::size_t, RuleTrack> tracks;  // by the rule's place in the config
    TrafficMetrics totals;
    std::set<std::string> named;  // domains with a series of their own
  };
  void count(Watched& watched, const TrafficBounce::Group& group);
  bool seen_lately(const AccountName& account, std::uint64_t mark);

  const Config& config_;
  std::map<AccountName, Watched> watched_;
  std::deque<std::pair<AccountName, std::uint64_t>> lately_;  // not in the ledger yet, as may be
  std::set<std::pair<AccountName, std::uint64_t>> lately_seen_;
  std::set<AccountName> dismissed_;
  bool changed_ = true;
  WallTime judged_at_;
};

}  // namespace mailcanary
