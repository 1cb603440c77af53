#include "probes/bounce/addresses.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "core/text.h"

namespace mailcanary::bounce {
namespace {

constexpr std::size_t max_addresses = 20;
constexpr std::size_t max_local = 256;  // longer than RFC 5321 §4.5.3.1 allows: VERP and X.400 do not care
constexpr std::size_t max_domain = 255;

bool is_alnum(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }
bool is_high(char c) { return static_cast<unsigned char>(c) >= 0x80; }
bool is_local_char(char c) {
  return is_alnum(c) || is_high(c) || std::string_view("!#$%&'*+-/=?^_`{|}~.").find(c) != std::string_view::npos;
}
bool is_domain_char(char c) { return is_alnum(c) || is_high(c) || c == '.' || c == '-' || c == '_'; }

std::size_t begin_of_local(std::string_view line, std::size_t at) {
  std::size_t begin = at;
  if (at > 1 && line[at - 1] == '"') {  // a quoted local part
    const auto open = line.rfind('"', at - 2);
    return open == std::string_view::npos || at - open > max_local ? at : open;
  }
  while (begin > 0 && at - begin < max_local && is_local_char(line[begin - 1])) --begin;
  while (begin < at && std::string_view("'*.-/`|={").find(line[begin]) != std::string_view::npos &&
         line[begin + 1] != '?')
    ++begin;
  return begin;
}

std::size_t end_of_domain(std::string_view line, std::size_t at) {
  std::size_t end = at + 1;
  if (end < line.size() && line[end] == '[') {  // a literal
    const auto close = line.find(']', end);
    return close == std::string_view::npos || close - end > 60 ? at + 1 : close + 1;
  }
  while (end < line.size() && end - at <= max_domain && is_domain_char(line[end])) ++end;
  while (end > at + 1 && (line[end - 1] == '.' || line[end - 1] == '-' || line[end - 1] == '_')) --end;
  return end;
}

void append_utf8(std::string& out, std::uint32_t c) {
  const auto byte = [&out](std::uint32_t value) { out += static_cast<char>(value); };
  if (c < 0x80) return byte(c);
  if (c < 0x800) {
    byte(0xC0 | c >> 6);
  } else {
    if (c < 0x10000) {
      byte(0xE0 | c >> 12);
    } else {
      byte(0xF0 | c >> 18);
      byte(0x80 | (c >> 12 & 0x3F));
    }
    byte(0x80 | (c >> 6 & 0x3F));
  }
  byte(0x80 | (c & 0x3F));
}

}  // namespace

std::vector<FoundAddress> addresses_in(std::string_view line) {
  std::vector<FoundAddress> found;
  std::size_t from = 0;
  for (auto at = line.find('@'); at != std::string_view::npos && found.size() < max_addresses;
       at = line.find('@', at + 1)) {
    if (at < from) continue;
    const std::size_t begin = std::max(begin_of_local(line, at), from);
    const std::size_t end = end_of_domain(line, at);
    if (begin >= at || end <= at + 1) continue;
    found.push_back({begin, end, lower(line.substr(begin, end - begin))});
    from = end;
  }
  return found;
}

std::string first_address(std::string_view text) {
  const auto found = addresses_in(text.substr(0, 2048));
  return found.empty() ? std::string() : found.front().address;
}

std::string undo_utf8_xtext(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    std::uint32_t value = 0;
    const auto close = text.substr(i).starts_with("\\x{") ? text.find('}', i) : std::string_view::npos;
    if (close != std::string_view::npos && close - i <= 9 &&
        std::from_chars(text.data() + i + 3, text.data() + close, value, 16).ptr == text.data() + close &&
        value < 0x110000) {
      append_utf8(out, value);
      i = close + 1;
    } else {
      out += text[i++];
    }
  }
  return out;
}

}  // namespace mailcanary::bounce
