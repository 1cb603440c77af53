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

struct TimePoint {  // round trips of the canaries that were sent within one hour or one UTC day
  WallTime start;
  Duration p50{}, p95{};
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
  std::vector<TimePoint> by_hour = {};  // of the last 24 hours, oldest first; none where nothing arrived
  std::vector<TimePoint> by_day = {};   // of the last 30 days
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

struct MaintenanceView {
  std::string id, name, text;
  WallTime from, until;
  std::vector<std::string> components;  // their ids
  WallTime announced_at = {};
};

struct StatusView {
  WallTime generated_at;
  std::string vantage;
  std::string public_vantage = {};  // as the page says it; empty: not said
  std::string title;  // of the page
  std::string url;
  std::string indicator;    // none, minor, major, critical, unknown
  std::string description;  // "All systems operational"
  std::vector<ComponentView> components;
  std::vector<Incident> incidents;  // open ones and those since `history_from`, newest first
  std::vector<RouteView> routes;
  std::vector<MaintenanceView> maintenance;  // announced: now or to come; by its beginning
  std::vector<MaintenanceView> past_maintenance = {};  // over, of the last 30 days; by its beginning
  WallTime history_from = {};  // incidents are complete since then
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
