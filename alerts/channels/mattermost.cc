// A message in a Mattermost channel through an incoming webhook:
// https://developers.mattermost.com/integrate/webhooks/incoming/. It cannot edit: each notice is a message of its own.
#include <nlohmann/json.hpp>

#include "alerts/channels/http_channel.h"
#include "alerts/channels/notice_parts.h"
#include "core/text.h"

namespace mailcanary {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t most_text = 12'000;  // the service cuts at 16,383

// Nobody is to be pinged or linked by text from outside: a space of no width after the sign, and no name follows it.
std::string quiet(std::string_view text) {
  std::string out;
  for (const char c : without_markdown(text)) {
    out += c;
    if (c == '@') out += "\xE2\x80\x8B";
  }
  return out;
}

}  // namespace

MadeChannel make_mattermost_channel(ChannelTools tools, const Channel& channel) {
  const Secret url = setting(channel, "webhook");
  if (url.empty()) return bad_setting(channel, "webhook is missing");
  HttpKind kind;
  kind.request = [url](const Notice& notice, Form form) {
    const std::string title = title_of(notice, 200);
    ordered_json attachment = {{"fallback", title},
                               {"color", is_over(notice) ? "#2E7D32" : by_impact(notice, "#757575", "#F9A825", "#C62828", "#C62828")},
                               {"title", quiet(title)},
                               {"text", quiet(text_of(notice, form, most_text))}};
    if (const std::string link = link_of(notice); !link.empty()) attachment["title_link"] = link;
    return json_request("POST", url.reveal(),
                        {{"username", "mailcanary"}, {"attachments", ordered_json::array({std::move(attachment)})}});
  };
  return make_http_channel(tools, channel, std::move(kind));
}

}  // namespace mailcanary
