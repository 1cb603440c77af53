// What the tests of inboxes share: calls run to their end, and an inbox on a clock that moves only when told, whose
// server plays dialogues.
#pragma once
#include "probes/inbox.h"
#include "tests/probes/imap_dialogue.h"

namespace mailcanary {

inline InboxReport next_report(EventLoop& loop, Inbox& inbox) {
  struct Call {
    static Task<void> next(Inbox& inbox, InboxReport& report) { report = co_await inbox.next(); }
  };
  InboxReport report;
  loop.run_until_done(Call::next(inbox, report));
  return report;
}

inline Result<void> remove_messages(EventLoop& loop, Inbox& inbox, std::vector<MessageRef> messages) {
  struct Call {
    static Task<void> remove(Inbox& inbox, std::vector<MessageRef> messages, Result<void>& result) {
      result = co_await inbox.remove(std::move(messages));
    }
  };
  Result<void> result;
  loop.run_until_done(Call::remove(inbox, std::move(messages), result));
  return result;
}

struct ServedInbox {
  using Make = std::unique_ptr<Inbox> (*)(EventLoop&, InboxOptions);
  ServedInbox(Make make_one, std::vector<std::string> dialogues)
      : server(std::move(dialogues)), options(inbox_options(server.port())), make_(make_one) {}

  Inbox& inbox() {
    if (!inbox_) inbox_ = make_(loop, options);
    return *inbox_;
  }
  InboxReport next() { return next_report(loop, inbox()); }
  Result<void> remove(std::vector<MessageRef> messages) { return remove_messages(loop, inbox(), std::move(messages)); }
  // The connection ends, and with it the dialogue.
  std::vector<std::string> complaints() {
    inbox_.reset();
    return server.complaints();
  }

  FakeClock clock{test_noon};
  ScriptedServer server;
  EventLoop loop{clock};
  InboxOptions options;

 private:
  Make make_;
  std::unique_ptr<Inbox> inbox_;
};

}  // namespace mailcanary
