#include "probes/inbox.h"

#include <array>

#include <fmt/format.h>

namespace mailcanary {
namespace {

struct InboxKind {
  Protocol protocol;
  std::unique_ptr<Inbox> (*make)(EventLoop&, InboxOptions);
};
constexpr std::array<InboxKind, 3> kinds = {{
    {Protocol::imap, make_imap_inbox},
    {Protocol::pop3, make_pop3_inbox},
    {Protocol::maildir, make_maildir_inbox},
}};

}  // namespace

Result<std::unique_ptr<Inbox>> make_inbox(EventLoop& loop, InboxOptions options) {
  const auto& endpoint = options.account.inbox;
  for (const InboxKind& kind : kinds) {
    if (endpoint && endpoint->protocol == kind.protocol) return kind.make(loop, std::move(options));
  }
  return Error{ErrorKind::invalid_input,
               fmt::format("read the mailbox of account {}: it has no place to read from", options.account.name.str())};
}

}  // namespace mailcanary
