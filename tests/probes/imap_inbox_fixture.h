// An IMAP inbox whose server plays dialogues, and pieces of dialogues that most tests of it begin or end with.
#pragma once
#include "tests/probes/inbox_fixture.h"

namespace mailcanary {

struct InboxTest : ServedInbox {
  explicit InboxTest(std::vector<std::string> dialogues) : ServedInbox(make_imap_inbox, std::move(dialogues)) {}
};

inline std::string cursor_of(const InboxReport& report, const std::string& folder) {
  for (const auto& cursor : report.cursors) {
    if (cursor.folder == folder) return std::to_string(cursor.uid_validity) + ":" + std::to_string(cursor.next_uid);
  }
  return "none";
}

// While next() waits in IDLE time goes on; then something happens.
inline Task<void> later(InboxTest& test, Duration time, std::string signal) {
  while (test.server.said_by_client().back().find("IDLE") == std::string::npos) co_await test.loop.sleep_for(std::chrono::milliseconds(1));
  // And read the server's word that it idles, which the test cannot see: the clock must not step before.
  for (int turns = 0; turns < 50; ++turns) co_await test.loop.sleep_for(std::chrono::milliseconds(1));
  test.clock.advance(time);
  test.server.signal(signal);
}

inline const std::vector<std::string> none;
inline const std::string start = imap_hello("IDLE UIDPLUS") + opened_inbox(3, 7, 11) + no_junk;
inline const std::string done = "S: $tag OK done\n";

}  // namespace mailcanary
