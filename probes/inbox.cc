#include "probes/inbox.h"

#include <fmt/format.h>

namespace mailcanary {

Result<std::unique_ptr<Inbox>> make_inbox(EventLoop& loop, InboxOptions options) {
  const auto& endpoint = options.account.inbox;
  if (endpoint && endpoint->protocol == Protocol::imap) return make_imap_inbox(loop, std::move(options));
  return Error{ErrorKind::invalid_input,
               fmt::format("read the mailbox of account {}: only imap:// and imaps:// can be read by this version",
                           options.account.name.str())};
}

}  // namespace mailcanary
