// The tables of the SQLite ledger and how older ones become newer ones; README.md explains every table.
// Threads: one at a time.
#pragma once
#include "core/result.h"
#include "monitor/ledger.h"
#include "monitor/ledger/sql.h"

namespace mailcanary {

// The newest version of the tables that this program knows.
int newest_schema();

// Whose database is this? Refuses (invalid_input) a newer ledger and the database of another program, with read_only
// an older ledger too. Only looks.
Result<void> check_schema(Sql& sql, LedgerOpen how);
// Makes an empty database into a ledger, or brings an older ledger up to date, each step in a transaction of its own.
Result<void> update_schema(Sql& sql);

}  // namespace mailcanary
