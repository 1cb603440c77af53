#include "alerts/channels/notice_parts.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "core/text.h"
#include "core/units.h"

namespace mailcanary {
namespace {

constexpr std::size_t most_short = 300;
constexpr std::size_t most_link = 300;

std::string lines_of(std::string_view text, std::size_t most) {
  std::string lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    lines += (lines.empty() ? "" : "\n") + one_line(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return cut(lines, most);
}

nlohmann::json incident_of(const Notice& notice) { return nlohmann::json::parse(notice.detail, nullptr, false); }

}  // namespace

const char* by_impact(Impact impact, const char* none, const char* minor, const char* major, const char* critical) {
  switch (impact) {
    case Impact::none: return none;
    case Impact::minor: return minor;
    case Impact::major: return major;
    case Impact::critical: return critical;
  }
  return none;
}

const char* by_impact(const Notice& notice, const char* none, const char* minor, const char* major, const char* critical) {
  return by_impact(notice.impact, none, minor, major, critical);
}

std::string title_of(const Notice& notice, std::size_t most) { return cut(one_line(notice.title), most); }

std::string text_of(const Notice& notice, Form form, std::size_t most) {
  if (form == Form::shortened) return cut(one_line(notice.text), std::min(most, most_short));
  return lines_of(notice.text, most);
}

std::string public_text_of(const Notice& notice, std::size_t most) { return lines_of(notice.public_text, most); }

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') out += "&amp;";
    else if (c == '<') out += "&lt;";
    else if (c == '>') out += "&gt;";
    else out += c;
  }
  return out;
}

std::string without_markdown(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("\\`*_[]<>#|~").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string opened_at(const Notice& notice) {
  const auto incident = incident_of(notice);
  if (incident.is_object() && incident.contains("began_at") && incident["began_at"].is_string())
    return incident["began_at"].get<std::string>();
  return format_time(notice.created_at);
}

std::string link_of(const Notice& notice) {
  const bool web = notice.url.starts_with("https://") || notice.url.starts_with("http://");
  const bool clean = std::none_of(notice.url.begin(), notice.url.end(), [](unsigned char c) {
    return c <= ' ' || c >= 0x7f || c == '<' || c == '>' || c == '|' || c == '"' || c == '\'' || c == '\\' || c == '(' || c == ')';
  });
  return web && clean && notice.url.size() <= most_link ? notice.url : std::string();
}

}  // namespace mailcanary
