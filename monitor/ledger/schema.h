// The tables of the SQLite ledger and how older ones become newer ones; README.md explains every table.
// Threads: one at a time.
#pragma once
#include "core/result.h"
#include "monitor/ledger.h"
#include "monitor/ledger/sql.h"

namespace mailcanary {

// The newest version of the tables that this program knows.
int newest_schema();

// Makes an empty database into a ledger, or brings an older ledger up to date; with read_only it only looks.
// Refuses (invalid_input) a newer ledger and the database of another program, and leaves both as they are.
Result<void> prepare_schema(Sql& sql, LedgerOpen how);

}  // namespace mailcanary
