// How things stand by the ledger alone, for commands that show it beside `run` or without one.
// Threads: the store's.
#pragma once
#include "alerts/status_view.h"
#include "config/config.h"
#include "core/result.h"
#include "monitor/ledger.h"

namespace mailcanary {

Result<StatusView> stored_view(const Config& config, LedgerStore& store, Now now);

}  // namespace mailcanary
