// Takes a structured header field apart (RFC 5322 §3.2): words, quoted strings, comments (nested) and the single
// characters the caller names. What is broken is read as far as it goes: a bracket or quote that never closes counts
// as a blank or a letter.
// Pure; any thread. Work grows with the length only, whatever stands in the text. The views point into it.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace mailcanary {

struct FieldToken {
  enum class Kind { word, quoted, comment, special } kind = Kind::word;
  std::string_view text;  // without the outer brackets or quotes
  std::size_t begin = 0;  // where the token stands in the field, brackets and quotes included
  std::size_t end = 0;
};

// `specials`: characters that are tokens of their own and end a word.
std::vector<FieldToken> field_tokens(std::string_view field, std::string_view specials);
// The text of a quoted string or comment without its backslashes.
std::string unescaped(std::string_view text);

}  // namespace mailcanary
