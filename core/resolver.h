// Whether a name that could not be resolved is our fault: no resolver answers us at all.
// Does not: resolve names for use; libcurl does that.
// Threads: blocks for as long as the system's resolver waits (ten seconds and more); call it on a thread of its own.
#pragma once
#include <string>

namespace mailcanary {

// True when the system's resolver says nothing of this host, and nothing of a name that nobody has either. A host whose
// own name servers are broken (SERVFAIL, which getaddrinfo() does not tell from silence) is not our fault.
bool resolver_is_silent(const std::string& host);

}  // namespace mailcanary
