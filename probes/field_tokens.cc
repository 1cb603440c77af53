#include "probes/field_tokens.h"

#include <array>

namespace mailcanary {
namespace {

constexpr std::size_t none = std::string_view::npos;

// For each opening bracket the place of the one that closes it. One pass, so that "((((…" costs no more than text.
std::vector<std::size_t> closing_brackets(std::string_view field) {
  std::vector<std::size_t> closes(field.size(), none);
  std::vector<std::size_t> open;
  bool in_quotes = false;
  for (std::size_t i = 0; i < field.size(); ++i) {
    const char c = field[i];
    if (c == '\\') {
      ++i;
    } else if (open.empty() && c == '"') {
      in_quotes = !in_quotes && field.find('"', i + 1) != none;
    } else if (!in_quotes && c == '(') {
      open.push_back(i);
    } else if (!in_quotes && c == ')' && !open.empty()) {
      closes[open.back()] = i;
      open.pop_back();
    }
  }
  return closes;
}

std::size_t closing_quote(std::string_view field, std::size_t begin) {
  for (std::size_t i = begin + 1; i < field.size(); ++i) {
    if (field[i] == '\\') ++i;
    else if (field[i] == '"') return i;
  }
  return none;
}

bool blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

}  // namespace

std::vector<FieldToken> field_tokens(std::string_view field, std::string_view specials) {
  using Kind = FieldToken::Kind;
  const auto closes = closing_brackets(field);
  std::array<bool, 256> ends_words{};  // asked for each character
  for (const char c : specials) ends_words[static_cast<unsigned char>(c)] = true;
  const auto is_special = [&ends_words](char c) { return ends_words[static_cast<unsigned char>(c)]; };
  std::vector<FieldToken> tokens;
  bool quotes_close = true;  // once one does not, no later one does
  std::size_t at = 0;
  while (at < field.size()) {
    const char c = field[at];
    const std::size_t begin = at;
    if (blank(c) || (c == '(' && closes[at] == none)) {
      ++at;
    } else if (c == '(') {
      at = closes[begin] + 1;
      tokens.push_back({Kind::comment, field.substr(begin + 1, at - begin - 2), begin, at});
    } else if (is_special(c)) {
      ++at;
      tokens.push_back({Kind::special, field.substr(begin, 1), begin, at});
    } else {
      const auto close = c == '"' && quotes_close ? closing_quote(field, begin) : none;
      if (c == '"' && close == none) quotes_close = false;
      if (close != none) {
        at = close + 1;
        tokens.push_back({Kind::quoted, field.substr(begin + 1, close - begin - 1), begin, at});
        continue;
      }
      ++at;
      while (at < field.size() && !blank(field[at]) && field[at] != '(' && !is_special(field[at])) ++at;
      tokens.push_back({Kind::word, field.substr(begin, at - begin), begin, at});
    }
  }
  return tokens;
}

std::string unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    plain += text[i];
  }
  return plain;
}

}  // namespace mailcanary
