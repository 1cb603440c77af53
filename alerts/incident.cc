#include "alerts/incident.h"

namespace mailcanary {

const char* name_of(IncidentStatus status) {
  switch (status) {
    case IncidentStatus::investigating: return "investigating";
    case IncidentStatus::identified: return "identified";
    case IncidentStatus::monitoring: return "monitoring";
    case IncidentStatus::resolved: return "resolved";
  }
  return "investigating";
}

const char* name_of(Leg leg) {
  switch (leg) {
    case Leg::unknown: return "unknown";
    case Leg::submit: return "submit";
    case Leg::outbound: return "outbound";
    case Leg::inbound: return "inbound";
    case Leg::mailbox: return "mailbox";
  }
  return "unknown";
}

const char* component_status_of(Impact impact) {
  switch (impact) {
    case Impact::none: return "operational";
    case Impact::minor: return "degraded_performance";
    case Impact::major: return "partial_outage";
    case Impact::critical: return "major_outage";
  }
  return "operational";
}

}  // namespace mailcanary
