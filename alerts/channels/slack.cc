// A message in a Slack channel, by either of two ways:
// - an incoming webhook (https://api.slack.com/messaging/webhooks), which cannot edit or thread: each notice is a message;
// - a bot's token (https://api.slack.com/methods/chat.postMessage): one message an incident, rewritten as it goes on, and
//   each notice in its thread.
#include <algorithm>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "alerts/channels/http_channel.h"
#include "alerts/channels/notice_parts.h"
#include "alerts/channels/slack_message.h"
#include "core/text.h"

namespace mailcanary {
namespace {

using nlohmann::ordered_json;
using Outcome = Delivery::Outcome;

// ---- webhook --------------------------------------------------------------------------------------------------------

// Slack answers errors with one word ("no_service"). Anything else may hold our secret address and is not repeated.
std::string error_word(const std::string& body) {
  const std::string_view word = trim(body);
  const bool is_word = !word.empty() && word.size() <= 40 && word != "ok" &&
                       std::all_of(word.begin(), word.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
  return is_word ? fmt::format(" ({})", word) : "";
}

Delivery webhook_judged(const Notice&, Posted posted) {
  Delivery& delivery = posted.delivery;
  if (delivery.outcome != Outcome::delivered) {
    delivery.detail += error_word(posted.body);
  } else if (trim(posted.body).starts_with('<')) {
    // A portal or proxy on the way answers 200 with a page of its own; Slack says "ok".
    delivery.outcome = Outcome::retry_later;
    delivery.detail += ", but with a web page: not from Slack";
  }
  return std::move(delivery);
}

HttpKind webhook_kind(const Secret& url) {
  HttpKind kind;
  kind.request = [url](const Notice& notice, Form form) {
    return json_request("POST", url.reveal(), slack_message(notice, form));
  };
  kind.judge = webhook_judged;
  return kind;
}

// ---- bot ------------------------------------------------------------------------------------------------------------

struct Bot {
  std::string api;  // https://slack.com/api
  Secret login;
  std::string channel;
};

// Its remote_ref is CHANNEL/TS; the channel's id is needed to edit, whatever name the message was posted by.
std::string part_of(const std::string& ref, bool second) {
  const auto slash = ref.find('/');
  if (slash == std::string::npos) return {};
  return second ? ref.substr(slash + 1) : ref.substr(0, slash);
}

HttpRequest first_or_edit(const Bot& bot, const Notice& notice, Form form) {
  ordered_json body = slack_message(notice, form);
  if (notice.remote_ref.empty()) {
    body["channel"] = bot.channel;
    body["unfurl_links"] = false;
    return json_request("POST", bot.api + "/chat.postMessage", body, {bot.login.reveal()});
  }
  body["channel"] = part_of(notice.remote_ref, false);
  body["ts"] = part_of(notice.remote_ref, true);
  return json_request("POST", bot.api + "/chat.update", body, {bot.login.reveal()});
}

std::optional<HttpRequest> in_thread(const Bot& bot, const Notice& notice, Form form) {
  if (notice.remote_ref.empty()) return std::nullopt;
  ordered_json body = slack_message(notice, form);
  body["channel"] = part_of(notice.remote_ref, false);
  body["thread_ts"] = part_of(notice.remote_ref, true);
  body["reply_broadcast"] = notice.kind != NoticeKind::updated;  // what everybody in the channel should see
  body["unfurl_links"] = false;
  return json_request("POST", bot.api + "/chat.postMessage", body, {bot.login.reveal()});
}

std::string error_of(const nlohmann::json& answer) {
  if (!answer.is_object() || answer.value("ok", false)) return {};
  const auto found = answer.find("error");
  return found != answer.end() && found->is_string() ? found->get<std::string>() : "no_reason";
}

// https://api.slack.com/methods/chat.postMessage#errors: what no second try will mend.
Outcome outcome_of(std::string_view error) {
  constexpr std::string_view final_words[] = {"invalid_auth",      "not_authed",    "account_inactive", "token_revoked",
                                              "token_expired",     "missing_scope", "channel_not_found", "not_in_channel",
                                              "is_archived",       "no_permission", "restricted_action"};
  constexpr std::string_view payload_words[] = {"msg_too_long", "no_text", "invalid_blocks", "msg_blocks_too_long",
                                                "invalid_arguments"};
  if (std::find(std::begin(final_words), std::end(final_words), error) != std::end(final_words))
    return Outcome::channel_stopped;
  if (std::find(std::begin(payload_words), std::end(payload_words), error) != std::end(payload_words))
    return Outcome::bad_payload;
  return Outcome::retry_later;
}

Delivery bot_judged(const Notice& notice, Posted posted) {
  Delivery delivery = posted.delivery;
  if (delivery.outcome != Outcome::delivered) return delivery;
  const auto answer = json_answer(posted);
  if (!answer.is_object()) return failed_inside(delivery, Outcome::retry_later, "no JSON");
  if (const std::string error = error_of(answer); !error.empty()) return failed_inside(delivery, outcome_of(error), error);
  if (notice.remote_ref.empty()) delivery.remote_ref = answer.value("channel", "") + "/" + answer.value("ts", "");
  return delivery;
}

HttpKind bot_kind(const Bot& bot) {
  HttpKind kind;
  kind.request = [bot](const Notice& notice, Form form) { return first_or_edit(bot, notice, form); };
  kind.follow_up = [bot](const Notice& notice, Form form) { return in_thread(bot, notice, form); };
  kind.judge = bot_judged;
  kind.is_gone = [](const Posted& posted) {
    const std::string error = error_of(json_answer(posted));
    return error == "message_not_found" || error == "cant_update_message";
  };
  return kind;
}

}  // namespace

MadeChannel make_slack_channel(ChannelTools tools, const Channel& channel) {
  const Secret webhook = setting(channel, "webhook"), token = setting(channel, "token");
  Bot bot;
  bot.channel = setting(channel, "channel").reveal();
  if (webhook.empty() == token.empty())
    return bad_setting(channel, "give either webhook, or token and channel");
  if (!webhook.empty()) return make_http_channel(tools, channel, webhook_kind(webhook));
  if (bot.channel.empty()) return bad_setting(channel, "channel is missing: where the bot shall write");
  bot.api = base_url(channel, "url", "https://slack.com/api");
  bot.login = Secret("Authorization: Bearer " + token.reveal());
  return make_http_channel(tools, channel, bot_kind(bot));
}

}  // namespace mailcanary
