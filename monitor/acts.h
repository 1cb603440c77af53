// What people do, as rows of the ledger: announce maintenance, silence, acknowledge, post, resolve. A command writes an
// act in a transaction of its own and ends; whoever decides (`run`, `tick`) finds it there. Maintenance and silences
// hold from the moment they are written. Acts on incidents wait until they are applied: the mark is written in one
// transaction with what they change, so each counts once, whatever crashes.
// Plain values and pure functions; any thread.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "alerts/incident.h"
#include "alerts/pipeline.h"
#include "alerts/quiet.h"
#include "core/clock.h"
#include "core/ids.h"

namespace mailcanary {

using ActId = StrongId<struct ActIdTag>;  // a ULID

// Stored by number: DO NOT CHANGE THESE VALUES.
enum class ActKind {
  maintenance_add = 0,
  maintenance_end = 1,
  silence_add = 2,
  silence_end = 3,
  acknowledge = 4,
  post = 5,
  edit = 6,
  resolve = 7,
};

struct Act {
  ActId id;
  ActKind kind = ActKind::acknowledge;
  std::string about;              // id of the incident, maintenance or silence
  std::string who;                // name of the user
  WallTime at;
  std::optional<WallTime> until;  // of maintenance and silences: when they end by themselves; of an end: the same
  std::optional<WallTime> applied_at;  // absent: it waits
  std::string outcome;            // what came of it, in words
  std::string details;            // JSON text, by kind
};

Act act_of(const Maintenance& maintenance, WallTime now);
Act act_of(const Silence& silence, WallTime now);
Act end_of(const Maintenance& maintenance, std::string who, WallTime now);
Act end_of(const Silence& silence, std::string who, WallTime now);

struct Post {
  std::string text, public_text;
  std::optional<IncidentStatus> status;  // identified or monitoring
};
Act acknowledgement(const IncidentId& incident, std::string who, WallTime now);
Act posting(ActKind kind /* post, edit or resolve */, const IncidentId& incident, const Post& post, std::string who,
            WallTime now);

// From acts in the order they were written; what was ended early ends then, what was ended before it began is left out.
std::vector<Maintenance> maintenance_in(const std::vector<Act>& acts);
// Announced, and ended before it began: `until` is when that was said.
std::vector<Maintenance> cancelled_in(const std::vector<Act>& acts);
std::vector<Silence> silences_in(const std::vector<Act>& acts);

// Changes the incident as the act says. `outcome` says what came of it; `kind` is none when people need not hear of it.
struct Applied {
  IncidentChange change;
  std::string outcome;
};
Applied apply(const Act& act, Incident incident, WallTime now);

}  // namespace mailcanary
