// The words of which IMAP responses are made (RFC 3501 §9): atoms, numbers, quoted strings, literals, lists.
// Pure; any thread; never throws. The text must outlive the reader.
#pragma once
#include <charconv>
#include <optional>
#include <string>
#include <string_view>

namespace mailcanary {

std::string imap_upper(std::string_view text);

// The whole of `digits` as a number; nothing when it is none or too large.
template <class Number>
std::optional<Number> imap_number(std::string_view digits) {
  Number value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

// Takes a response apart from the left. What does not match is left where it is, but for a broken quoted string or
// literal, after which there is nothing to go on with.
class ImapTokens {
 public:
  explicit ImapTokens(std::string_view text) : rest_(text) {}

  bool at_end() const;  // nothing but white space is left
  std::string_view rest() const { return rest_; }
  char peek() const { return rest_.empty() ? '\0' : rest_.front(); }
  bool at_string() const { return peek() == '"' || peek() == '{' || peek() == '~'; }

  bool consume(char c);
  void skip_spaces();
  std::string_view until(std::string_view stops);  // up to any of these characters, or all
  std::string_view word();                         // up to a space; the spaces go too
  std::string_view atom();                         // empty: none here
  std::optional<std::string> string();             // quoted or literal
  std::optional<std::string> astring();            // or an atom
  bool skip_value();                               // any value, lists too; false when malformed or nested too deep

 private:
  std::optional<std::string> quoted();
  std::optional<std::string_view> literal();
  bool skip_value(int depth);

  std::string_view rest_;
};

}  // namespace mailcanary
