#include "alerts/channels/slack_message.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "alerts/words.h"
#include "core/text.h"

namespace mailcanary {
namespace {

using nlohmann::ordered_json;

// Slack's limits are 150 for a header and 3000 for a section, counted after escaping; and all blocks together are
// refused (msg_blocks_too_long) far below what the single limits allow, so the sum stays under 10,000.
constexpr std::size_t most_header = 150;
constexpr std::size_t most_section = 2900;
constexpr std::size_t most_plain = 1000;
constexpr std::size_t longest_label = 12;

// The bytes of the first code point; the text is valid UTF-8.
std::size_t first_length(std::string_view text) {
  std::size_t length = 1;
  while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) ++length;
  return length;
}

// Escaped for mrkdwn (& < > and nothing else), at most `limit` bytes, never cut inside an entity or a character.
std::string mrkdwn(std::string_view text, std::size_t limit) {
  static constexpr std::string_view ellipsis = "…";
  std::string escaped;
  while (!text.empty()) {
    const std::string_view point = text.substr(0, first_length(text));
    const std::string_view written = point == "&" ? "&amp;" : point == "<" ? "&lt;" : point == ">" ? "&gt;" : point;
    if (escaped.size() + written.size() + ellipsis.size() > limit) return escaped.append(ellipsis);
    escaped += written;
    text.remove_prefix(point.size());
  }
  return escaped;
}

// "Measured: 3 of 4" with the label in bold. Text from outside never begins a line, so it cannot pose as a label.
std::string with_bold_label(const std::string& line) {
  const auto colon = line.find(": ");
  if (colon == std::string::npos || colon > longest_label) return line;
  return fmt::format("*{}:*{}", line.substr(0, colon), line.substr(colon + 1));
}

std::string body_text(const Notice& notice) {
  std::string text;
  std::string_view rest = notice.text;
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    text += (text.empty() ? "" : "\n") + with_bold_label(one_line(rest.substr(0, end)));
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  }
  return text;
}

const char* mark_of(const Notice& notice) {
  if (notice.kind == NoticeKind::resolved) return "✅";
  return notice.impact == Impact::minor || notice.impact == Impact::none ? "🟠" : "🔴";
}

// "<https://…|page>"; an address that would break out of the brackets is left out.
std::string page_link(const std::string& url) {
  const bool web = url.starts_with("https://") || url.starts_with("http://");
  const bool clean = std::none_of(url.begin(), url.end(), [](unsigned char c) {
    return c <= ' ' || c == 0x7f || c == '<' || c == '>' || c == '|';
  });
  if (!web || !clean || url.size() > 300) return {};
  return fmt::format(" | <{}|page>", mrkdwn(url, 400));
}

ordered_json mrkdwn_object(std::string text) {
  // verbatim: Slack must not turn names, channels or addresses inside quoted text into links and pings.
  return {{"type", "mrkdwn"}, {"text", std::move(text)}, {"verbatim", true}};
}

ordered_json full_message(const Notice& notice) {
  const std::string title = one_line(notice.title);
  const std::string moment =
      fmt::format("{}, {}", date_words(notice.created_at), time_words(notice.created_at, notice.created_at));
  const std::string context = fmt::format("{} | {}{}", mrkdwn(notice.incident_key, 100), moment, page_link(notice.url));
  ordered_json blocks = ordered_json::array();
  blocks.push_back(
      {{"type", "header"},
       {"text", {{"type", "plain_text"}, {"text", cut(fmt::format("{} {}", mark_of(notice), title), most_header)}}}});
  const std::string body = body_text(notice);
  if (!body.empty()) blocks.push_back({{"type", "section"}, {"text", mrkdwn_object(mrkdwn(body, most_section))}});
  blocks.push_back({{"type", "context"}, {"elements", ordered_json::array({mrkdwn_object(context)})}});
  return {{"text", mrkdwn(title, most_plain)}, {"blocks", std::move(blocks)}};
}

ordered_json short_message(const Notice& notice) {
  return {{"text", mrkdwn(one_line(notice.title + ": " + notice.text), most_plain)}};
}

}  // namespace

ordered_json slack_message(const Notice& notice, Form form) {
  return form == Form::full ? full_message(notice) : short_message(notice);
}

}  // namespace mailcanary
