// A push message through ntfy, the public server or one's own: https://docs.ntfy.sh/publish/.
// Whoever knows the topic can read it, so it is a secret. Each notice is a message of its own.
#include <nlohmann/json.hpp>

#include "alerts/channels/http_channel.h"
#include "alerts/channels/notice_parts.h"

namespace mailcanary {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t most_characters = 900;  // 4,096 bytes; longer text becomes an attachment

int priority_of(const Notice& notice) {
  if (is_over(notice)) return 3;
  if (notice.kind == NoticeKind::escalated) return 5;
  switch (notice.impact) {
    case Impact::none: return 2;
    case Impact::minor: return 3;
    case Impact::major: return 4;
    case Impact::critical: return 5;
  }
  return 3;
}

}  // namespace

MadeChannel make_ntfy_channel(ChannelTools tools, const Channel& channel) {
  const Secret topic = setting(channel, "topic");
  const Secret token = setting(channel, "token");
  const std::string url = base_url(channel, "url", "https://ntfy.sh") + "/";
  if (topic.empty()) return bad_setting(channel, "topic is missing");
  HttpKind kind;
  kind.request = [topic, token, url](const Notice& notice, Form form) {
    ordered_json body = {{"topic", topic.reveal()},
                         {"title", title_of(notice, 200)},
                         {"message", text_of(notice, form, most_characters)},
                         {"priority", priority_of(notice)},
                         {"tags", ordered_json::array({is_over(notice) ? "white_check_mark" : "warning"})}};
    if (const std::string link = link_of(notice); !link.empty()) body["click"] = link;
    std::vector<std::string> headers;
    if (!token.empty()) headers.push_back("Authorization: Bearer " + token.reveal());
    return json_request("POST", url, body, std::move(headers));
  };
  return make_http_channel(tools, channel, std::move(kind));
}

}  // namespace mailcanary
