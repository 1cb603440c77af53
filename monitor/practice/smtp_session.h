// The SMTP counter of a practice provider (RFC 5321): EHLO, AUTH PLAIN and LOGIN, MAIL, RCPT, DATA, RSET, NOOP, VRFY,
// QUIT, with PIPELINING, SIZE, 8BITMIME, ENHANCEDSTATUSCODES and DSN. Everybody may send to mailboxes here; only
// users who logged in may send elsewhere.
// Does not: TLS. Threads: the loop's thread.
// Bounds: 4 KiB a command, 64 KiB a line of data, 10 MiB a message, 100 recipients, 20 mistakes, 5 min of silence.
#pragma once
#include <memory>

#include "monitor/practice/line_server.h"
#include "monitor/practice/post_office.h"

namespace mailcanary::practice {

Task<void> serve_smtp(std::shared_ptr<PostOffice> office, std::shared_ptr<LineStream> stream);

}  // namespace mailcanary::practice
