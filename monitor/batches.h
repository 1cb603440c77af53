// Batches that wait to be written together. Pure; any thread.
#pragma once
#include <vector>

#include "monitor/ledger.h"

namespace mailcanary {

// Puts `from` behind `to`; of facts the newer value stays.
void append(Batch& to, Batch from);
// Drops what something later in the same batch says again and more.
void drop_superseded(Batch& batch);

}  // namespace mailcanary
