// The proof that every canary is accounted for. It compares records that are kept apart: the counters of lanes
// (raised when a canary is written), the rows with the sums of retired ones, the fate log, and the rollups.
// Threads: one at a time. Everything throws SqlFailure.
#pragma once
#include "monitor/ledger.h"
#include "monitor/ledger/sql.h"

namespace mailcanary {

Books audit_books(Sql& sql, WallTime now);  // inside a transaction, so that all is of one moment

// Rows of some days against their sums, inside a transaction.
Books balance_days(Sql& sql, WallTime from, WallTime until);

// The part that compares rollups with rows, for audit_books(); adds to `faults`.
void audit_rollups(Sql& sql, std::vector<std::string>& faults);

}  // namespace mailcanary
