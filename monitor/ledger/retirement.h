// What happens to old rows: settled canaries past their retention become sums (table `retired`), rollups past theirs
// are dropped. Pending canaries stay, however old: their fate is owed.
// Threads: one at a time. Everything throws SqlFailure.
#pragma once
#include <string>

#include "monitor/ledger.h"
#include "monitor/ledger/sql.h"

namespace mailcanary {

// One small step in one transaction.
LedgerStore::Work retire_step(Sql& sql, const Retention& retention, WallTime now);

// Where complete records begin; nothing was dropped yet: the smallest time.
WallTime canaries_kept_from(Sql& sql);
WallTime rollups_kept_from(Sql& sql, Duration length);

}  // namespace mailcanary
