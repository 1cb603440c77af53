#include "monitor/web_syntax.h"

#include <algorithm>

#include "core/crypto.h"
#include "core/text.h"
#include "core/units.h"

namespace mailcanary {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = hex_value(text[i + 1]);
    const int low = hex_value(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    decoded += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return decoded;
}

// Looked at after decoding, so that no spelling of a climb gets by.
bool is_harmless(std::string_view path) {
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || byte == '\\') return false;
  }
  return path.find("..") == std::string_view::npos;
}

}  // namespace

std::optional<WebTarget> decode_target(std::string_view target) {
  if (!target.starts_with('/')) {
    // absolute-form: servers must take it though only proxies send it.
    if (!istarts_with(target, "http://") && !istarts_with(target, "https://")) return std::nullopt;
    target.remove_prefix(target.find("://") + 3);
    const auto path = target.find_first_of("/?");
    if (path == 0) return std::nullopt;
    target = path == std::string_view::npos ? std::string_view("/") : target.substr(path);
    if (target.front() == '?') return std::nullopt;
  }
  if (target.find('#') != std::string_view::npos) return std::nullopt;
  const auto mark = target.find('?');
  const auto path = percent_decode(target.substr(0, mark));
  if (!path || !is_harmless(*path)) return std::nullopt;
  return WebTarget{*path, mark == std::string_view::npos ? std::string() : std::string(target.substr(mark + 1))};
}

std::string entity_tag(std::string_view body) { return '"' + to_hex(sha256(body).substr(0, 16)) + '"'; }

bool names_entity_tag(std::string_view if_none_match, std::string_view tag) {
  if (trim(if_none_match) == "*") return true;
  while (!if_none_match.empty()) {
    const auto comma = if_none_match.find(',');
    std::string_view one = trim(if_none_match.substr(0, comma));
    if (one.starts_with("W/")) one.remove_prefix(2);
    if (one == tag) return true;
    if (comma == std::string_view::npos) break;
    if_none_match.remove_prefix(comma + 1);
  }
  return false;
}

bool accepts_gzip(std::string_view accept_encoding) {
  bool any = false;
  while (!accept_encoding.empty()) {
    const auto comma = accept_encoding.find(',');
    const std::string_view one = accept_encoding.substr(0, comma);
    const auto semicolon = one.find(';');
    const std::string_view name = trim(one.substr(0, semicolon));
    std::string weight = lower(semicolon == std::string_view::npos ? "" : trim(one.substr(semicolon + 1)));
    std::erase(weight, ' ');
    const bool refused = weight.starts_with("q=0") && weight.find_first_of("123456789", 3) == std::string::npos;
    if (iequals(name, "gzip") || iequals(name, "x-gzip")) return !refused;
    if (name == "*") any = !refused;
    if (comma == std::string_view::npos) break;
    accept_encoding.remove_prefix(comma + 1);
  }
  return any;
}

std::map<std::string, std::string> form_fields(std::string_view form) {
  std::map<std::string, std::string> fields;
  while (!form.empty()) {
    const auto end = form.find('&');
    std::string one(form.substr(0, end));
    std::replace(one.begin(), one.end(), '+', ' ');
    const auto equals = one.find('=');
    const auto name = percent_decode(std::string_view(one).substr(0, equals));
    const auto value =
        percent_decode(equals == std::string::npos ? std::string_view() : std::string_view(one).substr(equals + 1));
    if (name && value) fields.emplace(*name, *value);
    if (end == std::string_view::npos) break;
    form.remove_prefix(end + 1);
  }
  return fields;
}

std::string format_http_date(WallTime time) {
  std::string date = format_mail_date(time);
  date.replace(date.rfind('+'), std::string::npos, "GMT");
  return date;
}

}  // namespace mailcanary
