#include "config/channel_kinds.h"

namespace mailcanary {

const std::vector<ChannelKind>& channel_kinds() {
  using enum SettingType;
  using Reach = ChannelKind::Reach;
  using Audience = ChannelKind::Audience;
  constexpr auto required = SettingInfo::Need::required;
  constexpr auto optional = SettingInfo::Need::optional;
  static const std::vector<ChannelKind> kinds = {
      {"log",
       Reach::local,
       Audience::log,
       {{"stream", text, optional, "stderr or stdout; stderr when left out"}},
       "the notice on the terminal or in the log"},
      {"webhook",
       Reach::http,
       Audience::people,
       {{"url", url, required, "where notices are posted as JSON; may be a secret"},
        {"secret", secret, optional, "signs each post as Standard Webhooks 1.0 says (whsec_ and base64)"}},
       "a signed JSON post to any address"},
      {"slack",
       Reach::http,
       Audience::people,
       {{"webhook", secret_url, required, "the incoming webhook's address; whoever has it can post"}},
       "a message by a Slack incoming webhook"},
      {"mail",
       Reach::mail,
       Audience::people,
       {{"account", account, required,
         "the account that sends the notice; its provider should be one that is not watched"},
        {"to", text, required, "the address that receives notices"}},
       "a mail through one of the accounts"},
  };
  return kinds;
}

const ChannelKind* channel_kind(std::string_view name) {
  for (const auto& kind : channel_kinds())
    if (kind.name == name) return &kind;
  return nullptr;
}

}  // namespace mailcanary
