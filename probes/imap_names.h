// What we say to an IMAP server, in its spelling: folder names, sets of messages, dates; and which of its folders
// is the one for junk.
// Pure; any thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "probes/imap_parser.h"

namespace mailcanary {

// A folder name as a quoted string. Nothing when the wire cannot carry it so (control characters, 8 bit, too long).
std::optional<std::string> imap_quoted(std::string_view wire_name);
// A name as people write it in modified UTF-7 (RFC 3501 §5.1.3). Plain ASCII is taken to be in that form already.
// Broken UTF-8 becomes U+FFFD.
std::string imap_folder_name(std::string_view utf8);
// "3,7:9" for 3 7 8 9. The numbers ascend.
std::string imap_set(const std::vector<std::uint32_t>& uids);
// "24-Nov-2026", UTC, for SINCE.
std::string imap_date(WallTime time);

// Listens to LIST responses and keeps the best candidate: \Junk (RFC 6154) first, then the usual names at the top or
// right below INBOX.
class JunkChoice {
 public:
  void consider(const ImapListed& folder);
  const std::string& best() const { return best_; }  // wire name; empty: none seen

 private:
  std::string best_;
  int rank_ = -1;  // lower is better; -1: none
};

}  // namespace mailcanary
