// Why an incident is what it is, and why a route stands as it does: which rule, which numbers, which canaries, what was
// told, what was held back and why. Read from the ledger alone, so that it works beside `run` and long afterwards.
// Threads: the store's.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "alerts/quiet.h"
#include "alerts/status_view.h"
#include "config/config.h"
#include "core/result.h"
#include "monitor/acts.h"
#include "monitor/ledger.h"

namespace mailcanary {

struct IncidentExplained {
  Incident incident;
  std::string culprit;              // how the blame follows from the routes, in words
  std::vector<Canary> evidence;     // those that are still in the ledger
  std::vector<Canary> confirming;   // sent on its routes to be certain, newest first
  std::vector<Notice> notices;      // sent and held, in order
  std::vector<Act> acts;
  Quiet quiet;                      // now
};
Result<IncidentExplained> explain_incident(const Config& config, LedgerStore& store, Incident incident, WallTime now);

struct RouteExplained {
  RouteView route;
  std::vector<std::string> rules;   // each that applies, with what it sees now
  std::vector<Canary> canaries;     // newest first
  std::vector<Incident> incidents;  // open ones it belongs to
  std::vector<std::string> quiet;   // maintenance and silences in force that concern it
};
Result<RouteExplained> explain_route(const Config& config, LedgerStore& store, const Route& route, const RouteView& view,
                                     WallTime now);

std::string explained_text(const IncidentExplained& explained);
std::string explained_text(const RouteExplained& explained);
std::string explained_json(const IncidentExplained& explained);
std::string explained_json(const RouteExplained& explained);

}  // namespace mailcanary
