// One message about an incident to one channel, and its way through the outbox.
// A notice is written in the transaction that changed the incident; it is delivered later, as often as needed, with
// the same id as idempotency key. Plain values; any thread.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "alerts/incident.h"
#include "core/clock.h"
#include "core/ids.h"

namespace mailcanary {

// Stored by number: DO NOT CHANGE THESE VALUES.
enum class NoticeKind { opened = 0, updated = 1, resolved = 2, reminder = 3, escalated = 4 };
const char* name_of(NoticeKind kind);

// Stored by number: DO NOT CHANGE THESE VALUES.
enum class NoticeState {
  queued = 0,     // waits for delivery or for the next attempt
  delivered = 1,
  held = 2,       // decided not to send; `reason` says why
  failed = 3,     // the channel refused it for good, or it grew too old
  collapsed = 4,  // a newer notice of the same incident and channel took its place
};
const char* name_of(NoticeState state);

struct Notice {
  NoticeId id;  // idempotency key
  IncidentId incident;
  std::string incident_key;
  ChannelName channel;
  NoticeKind kind = NoticeKind::opened;
  int sequence = 0;  // per incident and channel, from 1; delivered in this order
  IncidentStatus status = IncidentStatus::investigating;
  Impact impact = Impact::minor;
  WallTime created_at;
  std::string title;
  std::string text;
  std::string public_text;  // the same for customers: no addresses, no hosts, no peer output
  std::string url;     // of the incident's page, or empty
  std::string detail;  // JSON object: the incident as published to machines (webhook data)
  NoticeState state = NoticeState::queued;
  std::string reason;  // why it is sent, or why it is held: one word of pipeline.h's reasons, then numbers
  int attempts = 0;
  std::optional<WallTime> next_attempt_at, delivered_at;
  std::string last_error;
  // What the channel called the thing it made (message ts, incident id). Before a delivery: what it called the thing
  // that it made for an earlier notice of the incident, so that an update lands on the same.
  std::string remote_ref;
  // Before a delivery: the worst of the other open incidents that the channel was told of. For services that know one
  // state of ours and not incidents. Not stored.
  Impact beside = Impact::none;
  // Before a delivery: by component, the worst that the other open incidents of the channel make of it. For status pages
  // elsewhere, whose rows several incidents colour. Not stored.
  std::map<ProviderName, Impact> components_beside;
};

bool is_of_our_own(const Notice& notice);  // a fault of our own side, as its detail says

}  // namespace mailcanary
