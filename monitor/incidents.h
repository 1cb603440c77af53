// From symptoms of single routes to incidents as people see them: one event, one incident.
// Pure: (open incidents, what each route shows now, now) → what changed. Any thread.
// Does not: weigh hops or learn. Routes of one disruption (monitor/evidence) are one event, and their culprit is known.
// Of other symptoms, routes that begin to fail together, or through one provider, are one event, and the culprit is
// named only when exactly one explains all failing routes and no working route speaks against it.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "alerts/incident.h"
#include "alerts/pipeline.h"
#include "config/config.h"

namespace mailcanary {

// Symptoms that need no rule in the configuration.
inline constexpr const char* mailbox_rule = "mailbox";  // one that cannot be read
inline constexpr const char* own_rule = "own_side";     // what we cannot watch by our own fault
inline constexpr const char* our_cause = "us";          // of all symptoms that blame our own side

// A route on which a rule fires.
struct Symptom {
  const Route* route = nullptr;
  enum class Leg { submit, transit, mailbox } leg = Leg::submit;  // where it fails, as seen from the one route
  enum class Nature { failing, slow } nature = Nature::failing;
  Impact impact = Impact::minor;
  std::string rule, reason, first_error;
  WallTime began_at;                // sent_at of the first canary in trouble
  std::vector<CanaryId> evidence;   // a few
  // What is known of its cause: symptoms of one cause are one event. Absent: the fold must find out.
  struct Culprit {
    std::string cause;    // the same for all symptoms of it, in this turn
    Blame blame;          // nobody named: several may be it
  };
  std::optional<Culprit> culprit = {};
  int good_needed = 2;              // canaries delivered in a row before the route counts as well again
};

// What the fold must know of all routes in this turn.
struct Findings {
  std::vector<Symptom> symptoms;
  std::vector<RouteName> well;     // routes that were in trouble and are well again
  std::vector<RouteName> working;  // routes with recent success, for and against culprits
  // Of each route that has or had trouble, by the open incident in which it had it, since that began; for one that is
  // to be opened, under the empty id.
  std::map<RouteName, std::map<IncidentId, IncidentCounts>> counts;
  std::vector<Incident> recent;  // resolved so lately that they go on if they return, newest first
};

// Changes for every open incident (Kind::none where nothing did) and for new ones.
std::vector<IncidentChange> fold_incidents(const Config& config, std::vector<Incident> open, const Findings& findings,
                                           WallTime now, const IdMaker& make_id);

}  // namespace mailcanary
