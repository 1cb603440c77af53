// What FETCH gives of a message (RFC 3501 §6.4.5): UID, FLAGS, INTERNALDATE, RFC822.SIZE and the BODY sections that
// know no MIME (whole, HEADER, HEADER.FIELDS, HEADER.FIELDS.NOT, TEXT), each with a partial range.
// Does not: ENVELOPE, BODYSTRUCTURE, numbered parts. Pure; any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "monitor/practice/imap_syntax.h"
#include "monitor/practice/mail_folder.h"

namespace mailcanary::practice {

struct FetchItem {
  enum class Kind { uid, flags, internal_date, size, body } kind = Kind::uid;
  enum class Section { all, header, fields, fields_not, text } section = Section::all;
  std::vector<std::string> fields;
  std::optional<std::pair<std::size_t, std::size_t>> range;  // start, count
  bool marks_seen = false;
  std::string label;  // as the answer names it
};
// `tokens` is what follows the sequence set: one item or a list in parentheses. Nothing when not understood.
std::optional<std::vector<FetchItem>> parse_fetch_items(const ImapTokens& tokens);
// "UID 7 FLAGS (\Seen) BODY[HEADER] {12}\r\n…"
std::string render_fetch(const StoredMail& mail, const std::vector<FetchItem>& items);

std::string render_flags(unsigned flags);                  // "(\Seen \Deleted)"
std::optional<unsigned> flag_from(std::string_view name);  // the bit of a system flag
std::string_view header_of(std::string_view message);      // with its blank line
// Does a field of that name hold this text (ASCII case ignored)? An empty text: is there such a field?
bool header_contains(std::string_view message, std::string_view name, std::string_view text);

}  // namespace mailcanary::practice
