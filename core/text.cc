#include "core/text.h"

#include <algorithm>
#include <cstdint>

namespace mailcanary {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::string_view ellipsis = "\xE2\x80\xA6";     // U+2026

struct CodePoint {
  std::uint32_t value = 0;
  std::size_t length = 0;  // bytes taken; 0 when the first byte starts no valid sequence
};

// The table of well-formed sequences, Unicode 15 table 3-7: no overlong forms, no surrogates, nothing past U+10FFFF.
CodePoint decode(std::string_view bytes) {
  const auto at = [bytes](std::size_t i) -> std::uint32_t {
    return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0u;
  };
  const auto is_tail = [&](std::size_t i) { return at(i) >= 0x80 && at(i) <= 0xBF; };
  const std::uint32_t first = at(0);
  if (first < 0x80) return {first, 1};
  if (first >= 0xC2 && first <= 0xDF && is_tail(1)) return {(first & 0x1F) << 6 | (at(1) & 0x3F), 2};
  if (first >= 0xE0 && first <= 0xEF && is_tail(1) && is_tail(2)) {
    if ((first == 0xE0 && at(1) < 0xA0) || (first == 0xED && at(1) > 0x9F)) return {};
    return {(first & 0x0F) << 12 | (at(1) & 0x3F) << 6 | (at(2) & 0x3F), 3};
  }
  if (first >= 0xF0 && first <= 0xF4 && is_tail(1) && is_tail(2) && is_tail(3)) {
    if ((first == 0xF0 && at(1) < 0x90) || (first == 0xF4 && at(1) > 0x8F)) return {};
    return {(first & 0x07) << 18 | (at(1) & 0x3F) << 12 | (at(2) & 0x3F) << 6 | (at(3) & 0x3F), 4};
  }
  return {};
}

bool is_space(std::uint32_t c) {
  return c == ' ' || (c >= 0x09 && c <= 0x0D) || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

// Control characters, marks that reorder text (so that it reads as something else), and invisible tag letters.
bool is_harmful(std::uint32_t c) {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x061C || c == 0x200E || c == 0x200F ||
         (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFB) ||
         (c >= 0xE0000 && c <= 0xE007F);
}

char lower_char(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_ascii_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

}  // namespace

std::string PeerText::line() const { return one_line(raw_); }

std::string one_line(std::string_view untrusted) {
  std::string line;
  line.reserve(untrusted.size());
  bool space_due = false;  // written only before the next character, so that both ends stay trimmed
  while (!untrusted.empty()) {
    const CodePoint point = decode(untrusted);
    const std::size_t taken = std::max<std::size_t>(point.length, 1);
    const std::string_view bytes = untrusted.substr(0, taken);
    untrusted.remove_prefix(taken);
    if (point.length > 0 && is_space(point.value)) {
      space_due = !line.empty();
      continue;
    }
    if (space_due) line += ' ';
    space_due = false;
    line += point.length == 0 || is_harmful(point.value) ? replacement : bytes;
  }
  return line;
}

std::string escape_html(std::string_view text) {
  std::string html;
  html.reserve(text.size() + text.size() / 8);
  for (const char c : text) {
    switch (c) {
      case '&': html += "&amp;"; break;
      case '<': html += "&lt;"; break;
      case '>': html += "&gt;"; break;
      case '"': html += "&quot;"; break;
      case '\'': html += "&#39;"; break;
      default: html += c;
    }
  }
  return html;
}

std::string cut(std::string_view utf8, std::size_t max_chars) {
  if (max_chars == 0) return {};
  std::size_t at = 0;
  std::size_t before_last = 0;  // where the text must end to leave room for the ellipsis
  for (std::size_t chars = 0; at < utf8.size(); ++chars) {
    if (chars == max_chars) return std::string(utf8.substr(0, before_last)) += ellipsis;
    before_last = at;
    at += std::max<std::size_t>(decode(utf8.substr(at)).length, 1);
  }
  return std::string(utf8);
}

bool valid_utf8(std::string_view bytes) {
  while (!bytes.empty()) {
    const CodePoint point = decode(bytes);
    if (point.length == 0) return false;
    bytes.remove_prefix(point.length);
  }
  return true;
}

std::string lower(std::string_view ascii) {
  std::string text(ascii);
  std::transform(text.begin(), text.end(), text.begin(), lower_char);
  return text;
}

bool iequals(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower_char(x) == lower_char(y); });
}

bool istarts_with(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && iequals(text.substr(0, prefix.size()), prefix);
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_ascii_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_ascii_space(text.back())) text.remove_suffix(1);
  return text;
}

std::string count_noun(long long n, std::string_view one, std::string_view many) {
  return std::to_string(n).append(" ").append(n == 1 ? one : many);
}

}  // namespace mailcanary
