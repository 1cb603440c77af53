// SEARCH (RFC 3501 §6.4.4), the part that programs use: ALL, sequence sets, UID, SINCE, BEFORE, ON, HEADER, SUBJECT,
// FROM, TO, the system flags and their opposites, NOT, OR and parentheses.
// Does not: search bodies or sent dates. Pure; any thread. Nesting is bounded.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>

#include "monitor/practice/imap_syntax.h"
#include "monitor/practice/mail_folder.h"

namespace mailcanary::practice {

struct SearchSubject {
  const StoredMail& mail;
  std::uint32_t number;                 // its sequence number
  std::uint32_t last_number, last_uid;  // what `*` means
};
using SearchTest = std::function<bool(const SearchSubject&)>;
// Nothing when a key is not understood.
std::optional<SearchTest> parse_search(const ImapTokens& tokens);

}  // namespace mailcanary::practice
