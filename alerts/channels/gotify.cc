// A push message through a Gotify server: https://gotify.net/api-docs. Each notice is a message of its own.
#include <nlohmann/json.hpp>

#include "alerts/channels/http_channel.h"
#include "alerts/channels/notice_parts.h"

namespace mailcanary {

MadeChannel make_gotify_channel(ChannelTools tools, const Channel& channel) {
  const Secret token = setting(channel, "token");
  const std::string base = base_url(channel, "url", "");
  if (token.empty()) return bad_setting(channel, "token is missing");
  if (base.empty()) return bad_setting(channel, "url is missing");
  HttpKind kind;
  kind.request = [token, url = base + "/message"](const Notice& notice, Form form) {
    const int priority = is_over(notice) ? 4 : notice.impact >= Impact::critical ? 10 : notice.impact == Impact::major ? 8 : 5;
    nlohmann::ordered_json body = {{"title", title_of(notice, 200)},
                                   {"message", text_of(notice, form, 4000)},
                                   {"priority", priority}};
    if (const std::string link = link_of(notice); !link.empty())
      body["extras"] = {{"client::notification", {{"click", {{"url", link}}}}}};
    return json_request("POST", url, body, {"X-Gotify-Key: " + token.reveal()});
  };
  return make_http_channel(tools, channel, std::move(kind));
}

}  // namespace mailcanary
