#include "monitor/practice/smtp_syntax.h"

#include <algorithm>

#include "core/text.h"

namespace mailcanary::practice {
namespace {

constexpr std::size_t address_limit = 320;

bool is_address(std::string_view text) {
  if (text.size() > address_limit) return false;
  const auto at = text.rfind('@');
  if (at == 0 || at == std::string_view::npos || at + 1 == text.size()) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f && c != '<' && c != '>'; });
}

std::string upper(std::string_view text) {
  std::string made(text);
  for (char& c : made)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return made;
}

int upper_hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::optional<SmtpPath> parse_smtp_path(std::string_view arguments, std::string_view keyword) {
  if (!istarts_with(arguments, keyword)) return std::nullopt;
  arguments = trim(arguments.substr(keyword.size()));
  const auto end = arguments.find('>');
  if (!arguments.starts_with('<') || end == std::string_view::npos) return std::nullopt;
  SmtpPath path;
  path.address = arguments.substr(1, end - 1);
  if (!path.address.empty() && !is_address(path.address)) return std::nullopt;
  std::string_view rest = arguments.substr(end + 1);
  if (!rest.empty() && rest.front() != ' ') return std::nullopt;
  while (!(rest = trim(rest)).empty()) {
    const std::string_view one = rest.substr(0, rest.find(' '));
    rest.remove_prefix(one.size());
    const auto equals = one.find('=');
    const std::string_view value = equals == std::string_view::npos ? "" : one.substr(equals + 1);
    path.more[upper(one.substr(0, equals))] = value;
  }
  return path;
}

bool is_hello_name(std::string_view name) {
  if (name.empty() || name.size() > 255) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view(".-_:[]").find(c) != std::string_view::npos;
  });
}

std::optional<std::string> decode_xtext(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    int value = static_cast<unsigned char>(text[i]);
    if (text[i] == '+') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = upper_hex(text[i + 1]);
      const int low = upper_hex(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      value = high * 16 + low;
      i += 2;
    }
    if (value < ' ' || value > '~') return std::nullopt;
    decoded += static_cast<char>(value);
  }
  return decoded;
}

std::optional<DsnNotify> parse_notify(std::string_view value) {
  DsnNotify notify{false, false};
  if (iequals(value, "NEVER")) return notify;
  for (;;) {
    const auto comma = value.find(',');
    const std::string_view one = value.substr(0, comma);
    if (iequals(one, "FAILURE"))
      notify.failure = true;
    else if (iequals(one, "SUCCESS"))
      notify.success = true;
    else if (!iequals(one, "DELAY"))
      return std::nullopt;
    if (comma == std::string_view::npos) return notify;
    value.remove_prefix(comma + 1);
  }
}

}  // namespace mailcanary::practice
