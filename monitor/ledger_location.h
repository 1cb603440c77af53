// From the configuration's `ledger:` to an open store.
#pragma once
#include <memory>

#include "config/config.h"
#include "monitor/ledger.h"

namespace mailcanary {

Result<std::unique_ptr<LedgerStore>> open_ledger(const Config& config, LedgerOpen how);

}  // namespace mailcanary
