// One Received line (RFC 5321 §4.4) taken apart, as the common mail servers write it: which of them did does not
// matter, since the clauses are found by their keywords in any order, and the comments by what they hold.
// Does not: compare lines with each other (hop_times.h does), or believe: every word is the writer's own.
// Pure; any thread; bounded by the 16 KiB that unfold() keeps of a field. Texts are safe one-line texts.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"

namespace mailcanary {

struct ReceivedLine {
  std::string from;       // what the peer called itself; the HELO name where the server writes "unknown" for it
  std::string reverse;    // name of the peer's address as the server looked it up; empty: not said, or "unknown"
  std::string address;    // of the peer, plain form
  std::string by;         // the server that wrote the line
  std::string by_address;
  std::string with;       // "ESMTPS", "Microsoft SMTP Server", "LMTP", …
  std::string id;         // of the message in that server's queue and log
  std::string recipient;
  std::string tls_version;  // "TLSv1.3"
  std::string tls_cipher;
  std::optional<WallTime> at;
};

// `value`: the field's body, unfolded.
ReceivedLine parse_received(std::string_view value);
// All of a header block as they stand there, newest first; at most 100. X-Received lines (steps inside Google, which
// the Received lines beside them repeat) only when there is no Received line.
std::vector<ReceivedLine> received_lines(std::string_view header_block);

}  // namespace mailcanary
