// Whether a name that could not be resolved is our fault: no resolver answers us at all. A host whose own name servers
// are broken (SERVFAIL, which getaddrinfo() does not tell from silence) is not: a name that nobody has decides.
// Does not: resolve names for use; libcurl does that.
// Threads: the loop's thread; other loops may ask at the same time. The system's resolver waits ten seconds and more,
// so each host is asked for on a thread of its own, once for all who ask meanwhile.
#pragma once
#include <string>

#include "core/event_loop.h"

namespace mailcanary {

// True also when there is no answer by `until`, and when no thread is to be had for the question.
Task<bool> resolver_is_silent(EventLoop& loop, std::string host, MonoTime until);

}  // namespace mailcanary
