// One disruption as people see it. Plain values; any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "core/clock.h"
#include "core/ids.h"

namespace mailcanary {

// Stored by number: DO NOT CHANGE THESE VALUES.
enum class IncidentStatus { investigating = 0, identified = 1, monitoring = 2, resolved = 3 };
const char* name_of(IncidentStatus status);

// Which leg of the way fails. Stored by number: DO NOT CHANGE THESE VALUES.
enum class Leg { unknown = 0, submit = 1, outbound = 2, inbound = 3, mailbox = 4 };
const char* name_of(Leg leg);

struct Blame {
  ProviderName provider;  // empty: not named
  AccountName account;    // empty: not named
  Leg leg = Leg::unknown;
  bool self = false;      // our own network, resolver, disk or credentials
};

// What was counted since the incident began. Notices and pages publish these, nothing guessed.
struct IncidentCounts {
  int canaries = 0;         // that met the disruption
  int failed = 0;           // bounced, rejected, deferred, unreachable, lost
  int overdue = 0;          // pending past late_after now
  int delayed_arrived = 0;  // late ones that did arrive
  int bounced = 0, lost = 0;  // parts of `failed`, where they are told apart
  int not_due = 0;            // pending, late_after not over yet
};

struct IncidentUpdate {
  WallTime at;
  IncidentStatus status = IncidentStatus::investigating;
  std::string text;         // for the people on call: routes, replies, hosts
  std::string public_text;  // for the page: no addresses, no hosts, no peer output; empty: not for the page
  std::string by = {};      // who wrote it; empty: the program
};

struct Incident {
  IncidentId id;
  std::string key;    // stable name of what is broken, [a-z0-9._-], at most 64: "example-mail.submit"
  std::string title;  // "Example Mail: mail is not accepted" (public: names no address)
  Impact impact = Impact::minor;
  IncidentStatus status = IncidentStatus::investigating;
  WallTime opened_at, updated_at;
  WallTime began_at;  // sent_at of the first canary that met it: "since"
  std::optional<WallTime> resolved_at, acknowledged_at;
  std::string acknowledged_by;
  std::optional<IncidentStatus> status_by_hand;  // somebody said so: what we find may go beyond it, not behind it
  std::string maintenance;  // it lies wholly inside this one, so the page does not show it; empty: it does not
  Blame blame;
  std::vector<RouteName> routes;         // affected now or before, in order of appearance
  std::vector<RouteName> failing;        // not yet well; of one resolved by hand: not well since
  std::vector<ProviderName> components;  // whose page rows it colours
  std::string rule;                      // which rule opened it
  std::string reason;                    // which numbers: "3 of 3 canaries failed over 15 min (limit 50%)"
  std::string first_error;               // safe one-line text of the first failure
  std::string provider_says;             // on its own status page, safe one-line text: "All Systems Operational (14:02 UTC)"
  std::vector<CanaryId> evidence;
  IncidentCounts counts;
  std::vector<IncidentUpdate> updates;   // oldest first

  bool open() const { return status != IncidentStatus::resolved; }
  // Of real mail that bounces; all others are of canaries and name routes. `blame.account` has the mailbox of bounces.
  bool of_traffic() const { return routes.empty() && !blame.account.empty() && !blame.self; }
};

// The Statuspage-shaped word for a component: operational, degraded_performance, partial_outage, major_outage.
const char* component_status_of(Impact impact);
inline constexpr const char* maintenance_status = "under_maintenance";

}  // namespace mailcanary
