// Where a late canary waited, as the Received lines of its way say (RFC 5321 section 4.4): in the hands of a host of the
// sender's provider, or of the recipient's.
// Does not: believe a line more than it must. Hosts that belong to neither, clocks that disagree and ways without lines
// say nothing.
// Pure; any thread.
#pragma once
#include "config/config.h"
#include "probes/canary.h"

namespace mailcanary {

enum class Holder { unknown, sender, receiver };

// Unknown unless one of the two held it for more than half of its way.
Holder holder_of(const Canary& canary, const Account& from, const Account& to);

}  // namespace mailcanary
