// What the status page shows: filled by the monitor, rendered here. Holds nothing that must not be public but
// `routes`, which only `status --json` and the operator see. Plain values; any thread.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "alerts/incident.h"

namespace mailcanary {

struct DayBar {  // one UTC day of a component
  WallTime day;
  int delivered = 0, late = 0, junked = 0, failed = 0;  // canaries by fate; failed: bounced, rejected, deferred, unreachable, lost
  Impact worst = Impact::none;  // of incidents that day
};

struct ComponentView {
  std::string id;      // stable, from the provider's name
  std::string name;    // provider title
  std::string status;  // operational, under_maintenance, degraded_performance, partial_outage, major_outage
  bool unknown = false;        // nothing fresh was measured: shown as such, never as healthy
  std::string unknown_reason;  // public words
  std::optional<WallTime> last_delivered_at;
  std::optional<Duration> p50, p95;  // round trip, last hour
  WallTime since;                    // first measured; for created_at
  WallTime updated_at;               // last change of status
  std::vector<DayBar> days;          // oldest first, at most 90
  std::string provider_says = {};    // on its own status page; not for our page
};

enum class RouteState { ok, degraded, down, unknown };
const char* name_of(RouteState state);
struct RouteView {
  RouteName name;
  RouteState state = RouteState::unknown;
  std::string reason;
  std::string last_fate;  // empty: none yet
  std::optional<WallTime> last_delivered_at;
  std::optional<Duration> p50, p95;
};

struct MaintenanceView {  // announced: now or to come
  std::string id, name, text;
  WallTime from, until;
  std::vector<std::string> components;  // their ids
};

struct StatusView {
  WallTime generated_at;
  std::string vantage;
  std::string title;  // of the page
  std::string url;
  std::string indicator;    // none, minor, major, critical, unknown
  std::string description;  // "All systems operational"
  std::vector<ComponentView> components;
  std::vector<Incident> incidents;  // open ones and those of the last 90 days, newest first
  std::vector<RouteView> routes;
  std::vector<MaintenanceView> maintenance;  // by its beginning
  Duration refresh = std::chrono::seconds(30);  // how often the page is made anew
};

// The overall indicator and its words from components and open incidents.
struct Overall {
  std::string indicator, description;
};
Overall overall_of(const std::vector<ComponentView>& components, const std::vector<Incident>& incidents);

// `status --json` of the design.
std::string status_json(const StatusView& view);

}  // namespace mailcanary
