// From rules that fire on real traffic to incidents: one an account, whatever number of rules and domains.
// Pure: (open incidents, what fires, now) → what changed. Any thread.
#pragma once
#include <string>
#include <vector>

#include "alerts/pipeline.h"
#include "config/config.h"

namespace mailcanary {

// A rule that fires on an account's real traffic.
struct TrafficSymptom {
  const Account* account = nullptr;
  const Rule* rule = nullptr;
  Impact impact = Impact::minor;
  std::string reason;  // empty: nothing new can be said now
  WallTime began_at;
};

// `open`: incidents of real traffic only (Incident::of_traffic). One whose account shows nothing any more is over.
std::vector<IncidentChange> fold_traffic(const Config& config, std::vector<Incident> open, const std::vector<TrafficSymptom>& symptoms,
                                         WallTime now, const IdMaker& make_id);

}  // namespace mailcanary
