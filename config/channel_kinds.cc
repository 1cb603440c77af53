#include "config/channel_kinds.h"

namespace mailcanary {

const std::vector<ChannelKind>& channel_kinds() {
  using enum SettingType;
  using Reach = ChannelKind::Reach;
  using Audience = ChannelKind::Audience;
  constexpr auto required = SettingInfo::Need::required;
  constexpr auto optional = SettingInfo::Need::optional;
  static const std::vector<ChannelKind> kinds = {
      {"log", Reach::local, Audience::log,
       {{"stream", text, optional, "stderr or stdout; stderr when left out"}},
       "the notice on the terminal or in the log"},
      {"webhook", Reach::http, Audience::people,
       {{"url", url, required, "where notices are posted as JSON; may be a secret"},
        {"secret", secret, optional, "signs each post as Standard Webhooks 1.0 says (whsec_ and base64)"}},
       "a signed JSON post to any address"},
      {"command", Reach::local, Audience::people,
       {{"run", arguments, required, "the program's whole path and its arguments; no shell reads them"}},
       "a program of this machine, with the notice as JSON on its standard input"},

      // Alerts for those on call.
      {"pagerduty", Reach::http, Audience::people,
       {{"routing_key", secret, required, "the integration key of an Events API v2 integration"},
        {"url", url, optional, "https://events.eu.pagerduty.com for accounts in the EU"}},
       "an alert at PagerDuty, one an incident"},
      {"opsgenie", Reach::http, Audience::people,
       {{"api_key", secret, required, "the key of an API integration"},
        {"url", url, optional,
         "https://api.eu.opsgenie.com in the EU, https://api.atlassian.com/jsm/ops/integration for Jira Service Management"}},
       "an alert at Opsgenie (until April 2027) or Jira Service Management, one an incident"},
      {"grafana_irm", Reach::http, Audience::people,
       {{"url", secret_url, required, "the address of a formatted webhook integration"}},
       "an alert group at Grafana IRM (OnCall), one an incident"},
      {"splunk_oncall", Reach::http, Audience::people,
       {{"url", secret_url, required, "the REST endpoint's address up to its API key"},
        {"routing_key", text, required, "which team is called"}},
       "an incident at Splunk On-Call (VictorOps)"},
      {"incident_io", Reach::http, Audience::people,
       {{"token", secret, required, "the token of an HTTP alert source"},
        {"source", text, required, "the alert source's id"},
        {"url", url, optional, "another address of the API"}},
       "an alert at incident.io, one an incident"},
      {"better_stack", Reach::http, Audience::people,
       {{"token", secret, required, "an API token"},
        {"email", text, required, "the address of the user in whose name incidents are reported"},
        {"url", url, optional, "another address of the API"}},
       "an incident at Better Stack Uptime"},
      {"twilio", Reach::http, Audience::people,
       {{"account_sid", text, required, "the account's id: AC…"},
        {"auth_token", secret, required, "the account's token"},
        {"from", text, required, "the number that sends, or a messaging service's id: MG…"},
        {"to", text, required, "the number that receives, as in +12025550123"},
        {"url", url, optional, "another address of the API"}},
       "a text message (SMS) by Twilio"},

      // Chat and push.
      {"slack", Reach::http, Audience::people,
       {{"webhook", secret_url, optional, "the incoming webhook's address; whoever has it can post"},
        {"token", secret, optional, "instead of webhook: a bot's token (xoxb-…) with the scope chat:write"},
        {"channel", text, optional, "with token: where the bot writes"},
        {"url", url, optional, "another address of the API"}},
       "a message in Slack, by an incoming webhook or by a bot that keeps one message an incident"},
      {"teams", Reach::http, Audience::people,
       {{"webhook", secret_url, required, "the address of a Workflows webhook of the channel"}},
       "a card in Microsoft Teams"},
      {"discord", Reach::http, Audience::people,
       {{"webhook", secret_url, required, "the webhook's address; whoever has it can post"}},
       "a message in Discord, one an incident"},
      {"telegram", Reach::http, Audience::people,
       {{"token", secret, required, "the bot's token"},
        {"chat", text, required, "the chat's number, or @name of a channel"},
        {"topic", number, optional, "the number of a topic in a group"},
        {"url", url, optional, "another address of the API"}},
       "a message by a Telegram bot, one an incident and answers to it"},
      {"mattermost", Reach::http, Audience::people,
       {{"webhook", secret_url, required, "the incoming webhook's address; whoever has it can post"}},
       "a message in Mattermost"},
      {"matrix", Reach::http, Audience::people,
       {{"url", url, required, "the home server's address"},
        {"token", secret, required, "an access token"},
        {"room", text, required, "the room's id: !abc:example.org; the room must not be encrypted"}},
       "a message in a Matrix room, one an incident and its thread"},
      {"ntfy", Reach::http, Audience::people,
       {{"topic", secret, required, "the topic; whoever knows it can read it"},
        {"token", secret, optional, "an access token"},
        {"url", url, optional, "a server of one's own; https://ntfy.sh when left out"}},
       "a push message by ntfy"},
      {"pushover", Reach::http, Audience::people,
       {{"token", secret, required, "the application's token"},
        {"user", secret, required, "the user's or group's key"},
        {"url", url, optional, "another address of the API"}},
       "a push message by Pushover, repeated until confirmed when critical"},
      {"gotify", Reach::http, Audience::people,
       {{"url", url, required, "the server's address"}, {"token", secret, required, "the application's token"}},
       "a push message by a Gotify server"},

      // Status pages somewhere else: customers read them.
      {"statuspage", Reach::http, Audience::pages,
       {{"api_key", secret, required, "an API key"},
        {"page", text, required, "the page's id"},
        {"components", ids, optional, "provider: component id"},
        {"url", url, optional, "another address of the API"}},
       "an incident on an Atlassian Statuspage, in public words"},
      {"cachet", Reach::http, Audience::pages,
       {{"url", url, required, "the page's address"},
        {"token", secret, required, "an API token"},
        {"components", ids, optional, "provider: component id"}},
       "an incident on a Cachet 3 page, in public words"},
      {"instatus", Reach::http, Audience::pages,
       {{"api_key", secret, required, "an API key"},
        {"page", text, required, "the page's id"},
        {"components", ids, optional, "provider: component id"},
        {"url", url, optional, "another address of the API"}},
       "an incident on an Instatus page, in public words"},

      {"mail", Reach::mail, Audience::people,
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
