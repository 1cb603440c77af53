// The small grammar of IMAP commands (RFC 3501 §9): tokens, literals, sequence sets, dates, quoted text.
// Pure; any thread. Bounded: a command has at most 64 KiB (the session sees to it) and 512 tokens.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/clock.h"

namespace mailcanary::practice {

struct ImapToken {
  enum class Kind { atom, text /* quoted or literal */, open, close } kind = Kind::atom;
  std::string value;
};
using ImapTokens = std::vector<ImapToken>;

// A command as it came: the text with its literals taken out; each left its "{123}" in the text.
struct ImapCommand {
  std::string text;
  std::vector<std::string> literals;
};
struct ImapLiteral {
  std::size_t size = 0;
  bool waits = true;  // for our "+"; false for "{123+}" (RFC 7888)
};
// The literal that a line announces at its end.
std::optional<ImapLiteral> literal_at_end(std::string_view line);
// Nothing when malformed. "BODY[HEADER.FIELDS (A B)]<0.9>" is one atom.
std::optional<ImapTokens> read_tokens(const ImapCommand& command);

// "2:4,7,9:*". `*` is `last`.
class ImapSet {
 public:
  static std::optional<ImapSet> parse(std::string_view text);
  bool contains(std::uint32_t number, std::uint32_t last) const;

 private:
  std::vector<std::pair<std::uint32_t, std::uint32_t>> ranges_;  // 0 stands for `*`
};

// "24-Nov-2026" as the start of that day in UTC.
std::optional<WallTime> parse_imap_date(std::string_view text);
// "24-Nov-2026 13:00:00 +0000", in quotes.
std::string format_internal_date(WallTime time);

}  // namespace mailcanary::practice
