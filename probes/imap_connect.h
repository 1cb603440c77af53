// Opens an IMAP session for an account: libcurl connects, secures and logs in; then we ask what the server can do.
// One attempt, one deadline. What failed is told in words, and whose fault it looks like.
// Threads: the loop's thread.
#pragma once
#include <memory>
#include <string>

#include "config/config.h"
#include "core/event_loop.h"
#include "probes/imap_session.h"

namespace mailcanary {

struct ImapOpened {
  std::unique_ptr<ImapSession> session;  // null on failure
  std::string peer;                      // "192.0.2.1:993"
  struct Fault {
    std::string text;  // safe one-line text: "log in to imap.example: credentials refused: A002 NO …"
    enum class Whose { server, own, credentials } whose = Whose::server;
  } fault;
};

Task<ImapOpened> open_imap_session(EventLoop& loop, Account account, Duration patience);

}  // namespace mailcanary
