// The ledger's file before and while it is opened: made for its owner only, known by its first bytes, and the
// connection set to keep what it is told (WAL, synchronous=FULL).
// Threads: any.
#pragma once
#include <filesystem>

#include "core/result.h"
#include "monitor/ledger.h"
#include "monitor/ledger/sql.h"

namespace mailcanary {

// Makes an empty file (mode 0600) where there is none and `how` allows it. A file that is no SQLite database is
// refused before SQLite sees it, so that nothing touches it.
Result<void> ready_ledger_file(const std::filesystem::path& path, LedgerOpen how);

// Checks whose database it is, brings the tables up to date and sets the connection up. Throws SqlFailure.
Result<void> prepare_connection(Sql& sql, LedgerOpen how);

}  // namespace mailcanary
