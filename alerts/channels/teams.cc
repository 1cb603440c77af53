// A card in Microsoft Teams through a Workflows webhook ("post to a channel when a webhook request is received"):
// https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/. A 2xx says that the flow was started,
// not that the card stands in the channel; the old connectors (webhook.office.com) are switched off.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "alerts/channels/http_channel.h"
#include "alerts/channels/notice_parts.h"
#include "core/text.h"

namespace mailcanary {
namespace {

using nlohmann::ordered_json;

// A message may have some 28 KB.
constexpr std::size_t most_text = 8000;

// In a TextBlock one line feed is none.
std::string paragraphs(std::string_view text) {
  std::string out;
  for (const char c : without_markdown(text)) out.append(c == '\n' ? 2 : 1, c);
  return out;
}

ordered_json card(const Notice& notice, Form form) {
  const char* colour = is_over(notice) ? "Good" : by_impact(notice, "Default", "Warning", "Attention", "Attention");
  ordered_json body = ordered_json::array();
  body.push_back({{"type", "TextBlock"},
                  {"text", without_markdown(title_of(notice, 200))},
                  {"weight", "Bolder"},
                  {"size", "Medium"},
                  {"color", colour},
                  {"wrap", true}});
  body.push_back({{"type", "TextBlock"}, {"text", paragraphs(text_of(notice, form, most_text))}, {"wrap", true}});
  ordered_json content = {{"$schema", "http://adaptivecards.io/schemas/adaptive-card.json"},
                          {"type", "AdaptiveCard"},
                          {"version", "1.4"},
                          {"msteams", {{"width", "Full"}}},
                          {"body", std::move(body)}};
  if (const std::string link = link_of(notice); !link.empty())
    content["actions"] =
        ordered_json::array({{{"type", "Action.OpenUrl"}, {"title", "Status page"}, {"url", link}}});
  return {{"type", "message"},
          {"attachments", ordered_json::array({{{"contentType", "application/vnd.microsoft.card.adaptive"},
                                                {"contentUrl", nullptr},
                                                {"content", std::move(content)}}})}};
}

}  // namespace

MadeChannel make_teams_channel(ChannelTools tools, const Channel& channel) {
  const Secret url = setting(channel, "webhook");
  if (url.empty()) return bad_setting(channel, "webhook is missing");
  if (lower(url.reveal()).find(".webhook.office.com/") != std::string::npos)
    return bad_setting(channel, "webhook is that of an Office 365 connector, which Microsoft has switched off; make a "
                                "Workflows webhook in the Teams channel and give its address");
  HttpKind kind;
  kind.request = [url](const Notice& notice, Form form) {
    return json_request("POST", url.reveal(), card(notice, form));
  };
  return make_http_channel(tools, channel, std::move(kind));
}

}  // namespace mailcanary
