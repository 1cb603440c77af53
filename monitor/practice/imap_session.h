// The IMAP counter of a practice provider (RFC 3501): CAPABILITY, LOGIN, AUTHENTICATE PLAIN, LIST, STATUS, SELECT,
// EXAMINE, IDLE, FETCH, SEARCH, STORE, EXPUNGE (all four also by UID), CLOSE, UNSELECT, NOOP, CHECK, LOGOUT. Two
// folders: INBOX and Junk (SPECIAL-USE).
// Does not: TLS, APPEND, COPY, own folders, keywords. Threads: the loop's thread.
// Bounds: 64 KiB a command, literals included; 20 mistakes; 30 min of silence (1 min before the login).
#pragma once
#include <memory>

#include "monitor/practice/line_server.h"
#include "monitor/practice/post_office.h"

namespace mailcanary::practice {

Task<void> serve_imap(std::shared_ptr<PostOffice> office, std::shared_ptr<LineStream> stream);

}  // namespace mailcanary::practice
