// What rules look at after a start, without walking through all canaries since the oldest that may be lost.
// Does not: begin or commit. Everything throws SqlFailure.
// Threads: one at a time.
#pragma once
#include <vector>

#include "core/calendar.h"
#include "monitor/ledger/canary_row.h"
#include "monitor/ledger/sql.h"

namespace mailcanary {

// Sent since `sent_at`, and lost ones sent since `lost_sent_at`; oldest first.
std::vector<Canary> read_recent(Sql& sql, WallTime sent_at, WallTime lost_sent_at, RowDetails details);
std::vector<Canary> read_sent_within(Sql& sql, TimeSpan time, RowDetails details);

}  // namespace mailcanary
