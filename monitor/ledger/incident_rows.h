// Incidents and notices as rows: what is searched for in columns, the whole rest as one JSON text each.
// Does not: begin or commit. Everything throws SqlFailure.
// Threads: one at a time.
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "alerts/notice.h"
#include "monitor/ledger/sql.h"

namespace mailcanary {

void write_incident(Sql& sql, const Incident& incident);
std::vector<Incident> read_incidents_since(Sql& sql, WallTime time);  // open ones too; in order of opening
std::optional<Incident> read_incident(Sql& sql, const IncidentId& id);

void write_notice(Sql& sql, const Notice& notice);
std::vector<Notice> read_queued_notices(Sql& sql);                    // oldest first
std::vector<Notice> read_notices_of(Sql& sql, const IncidentId& id);  // oldest first

}  // namespace mailcanary
