// Canary ids in the ledger: a ULID (in any case of letters) as its 16 bytes, anything else as the text it is.
// Pure; any thread.
#pragma once
#include <string>
#include <string_view>

#include "core/ids.h"

namespace mailcanary {

struct IdKey {
  std::string bytes;
  bool is_ulid = false;
};
IdKey key_of(const CanaryId& id);
CanaryId canary_id(const IdKey& key);  // ULIDs in upper case

}  // namespace mailcanary
