// The SQLite ledger with the one setting that tests need. Inside this folder and its tests only; everybody else
// uses open_sqlite_ledger() and open_memory_ledger() of monitor/ledger.h.
#pragma once
#include <filesystem>
#include <memory>

#include "monitor/ledger.h"

namespace mailcanary {

struct SqliteOptions {
  std::filesystem::path path;
  LedgerOpen how = LedgerOpen::create_or_migrate;
  Duration patience = std::chrono::seconds(5);  // with the locks of other processes
};
Result<std::unique_ptr<LedgerStore>> open_sqlite_store(const SqliteOptions& options);

}  // namespace mailcanary
