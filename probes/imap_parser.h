// Reads what an IMAP server says (RFC 3501 §7, RFC 9051 §7): one complete response at a time, in the forms the inbox
// needs. Responses it has no use for are recognised by keyword and not read further.
// Pure functions on bounded text; any thread; never throw on any input.
// Does not: read from the network (see imap_session.h) or decode mailbox names.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/clock.h"
#include "core/result.h"

namespace mailcanary {

// Lists nested deeper than this are refused.
inline constexpr int imap_max_nesting = 16;

struct ImapStatus {
  enum class Kind { ok, no, bad, bye, preauth } kind = Kind::ok;
  std::string code;      // of "[CODE argument]", in upper case; empty when there is none
  std::string argument;
  std::string text;      // for people; untrusted
  std::optional<std::uint32_t> number() const;  // the argument, when it is one
};

struct ImapFetch {
  std::uint32_t sequence = 0;
  std::optional<std::uint32_t> uid;
  std::optional<WallTime> internal_date;  // whole seconds
  std::optional<std::string> header;      // BODY[HEADER…], whole or its beginning
  std::optional<std::string> message;     // BODY[], whole or its beginning
  std::optional<std::string> text;        // BODY[TEXT], whole or its beginning
};

struct ImapListed {
  std::vector<std::string> attributes;  // "\Junk", as written
  std::string delimiter;                // one character, or empty: a flat name
  std::string name;                     // as on the wire (modified UTF-7)
};
struct ImapSearched {
  std::vector<std::uint32_t> numbers;
};
struct ImapFolderStatus {
  std::string folder;
  std::optional<std::uint32_t> uid_next, uid_validity;
};
struct ImapExists {
  std::uint32_t count = 0;
};
struct ImapExpunged {
  std::uint32_t sequence = 0;
};
struct ImapCapabilities {
  std::vector<std::string> names;  // upper case
};
struct ImapContinuation {
  std::string text;
};
struct ImapOther {
  std::string keyword;
};

struct ImapResponse {
  std::string tag;  // of a command's completion; empty: untagged, or a continuation request
  std::variant<ImapOther, ImapStatus, ImapFetch, ImapListed, ImapSearched, ImapFolderStatus, ImapExists, ImapExpunged,
               ImapCapabilities, ImapContinuation>
      data;
};

// `text`: one response without its last CRLF; a literal stands in it as on the wire, "{3}\r\nabc".
// ErrorKind::protocol when it is none or a form the inbox needs is malformed.
Result<ImapResponse> parse_imap_response(std::string_view text);

// Can this response, of which the first line is given, hold literals? Status lines hold free text, where "{5}" at
// the end means nothing.
bool may_hold_literals(std::string_view first_line);
// The size of the literal that follows a line ("… {123}"); nothing when the line ends the response. A size beyond
// 64 bits is given as the largest number.
std::optional<std::uint64_t> announced_literal(std::string_view line);

}  // namespace mailcanary
