#include "probes/imap_tokens.h"

#include <algorithm>
#include <cstdint>

#include "core/text.h"
#include "probes/imap_parser.h"

namespace mailcanary {

std::string imap_upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

bool ImapTokens::at_end() const { return rest_.find_first_not_of(" \t\r\n") == std::string_view::npos; }

bool ImapTokens::consume(char c) {
  if (rest_.empty() || rest_.front() != c) return false;
  rest_.remove_prefix(1);
  return true;
}

// Servers put more than one space, or one before a closing parenthesis; nothing is lost by allowing it.
void ImapTokens::skip_spaces() { rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size())); }

std::string_view ImapTokens::until(std::string_view stops) {
  const std::string_view taken = rest_.substr(0, rest_.find_first_of(stops));
  rest_.remove_prefix(taken.size());
  return taken;
}

std::string_view ImapTokens::word() {
  const std::string_view taken = until(" ");
  skip_spaces();
  return taken;
}

std::string_view ImapTokens::atom() { return until(" ()\"{\r\n"); }

std::optional<std::string> ImapTokens::quoted() {
  if (!consume('"')) return std::nullopt;
  std::string out;
  while (!rest_.empty()) {
    out += until("\"\\\r\n");
    if (consume('"')) return out;
    if (!consume('\\') || rest_.empty()) return std::nullopt;
    out += rest_.front();
    rest_.remove_prefix(1);
  }
  return std::nullopt;
}

std::optional<std::string_view> ImapTokens::literal() {
  consume('~');  // RFC 3516: a literal that may hold NUL
  if (!consume('{')) return std::nullopt;
  const auto size = imap_number<std::uint64_t>(until("}"));
  if (!size || !consume('}') || !consume('\r') || !consume('\n') || *size > rest_.size()) return std::nullopt;
  const std::string_view bytes = rest_.substr(0, *size);
  rest_.remove_prefix(bytes.size());
  return bytes;
}

std::optional<std::string> ImapTokens::string() {
  if (peek() == '"') return quoted();
  const auto bytes = literal();
  if (!bytes) return std::nullopt;
  return std::string(*bytes);
}

std::optional<std::string> ImapTokens::astring() {
  if (at_string()) return string();
  const std::string_view bare = atom();
  if (bare.empty()) return std::nullopt;
  return std::string(bare);
}

bool ImapTokens::skip_value() { return skip_value(0); }

bool ImapTokens::skip_value(int depth) {
  if (peek() == '"') return quoted().has_value();
  if (at_string()) return literal().has_value();
  if (!consume('(')) return !atom().empty();
  if (depth >= imap_max_nesting) return false;
  skip_spaces();
  while (!consume(')')) {
    if (!skip_value(depth + 1)) return false;
    skip_spaces();
  }
  return true;
}

}  // namespace mailcanary
