// A message by a Telegram bot: https://core.telegram.org/bots/api. The first message of an incident is rewritten as it
// goes on, and each notice answers it, so that the phone rings when it should.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "alerts/channels/http_channel.h"
#include "alerts/channels/notice_parts.h"

namespace mailcanary {
namespace {

using nlohmann::ordered_json;
using Outcome = Delivery::Outcome;

constexpr std::size_t most_text = 3500;  // 4,096 after the entities are read

struct Chat {
  Secret api;  // https://api.telegram.org/bot<TOKEN>
  std::string id, topic;
};

ordered_json chat_id(const std::string& id) {
  const bool number = !id.empty() && id.find_first_not_of("-0123456789") == std::string::npos && id.size() < 18;
  return number ? ordered_json(std::stoll(id)) : ordered_json(id);
}

std::string text_for(const Notice& notice, Form form) {
  std::string text = "<b>" + escaped(title_of(notice, 200)) + "</b>\n" + escaped(text_of(notice, form, most_text / 2));
  if (const std::string link = link_of(notice); !link.empty())
    text += fmt::format("\n<a href=\"{}\">Status page</a>", escaped(link));
  return text;
}

ordered_json message(const Chat& chat, const Notice& notice, Form form) {
  ordered_json body = {{"chat_id", chat_id(chat.id)},
                       {"text", text_for(notice, form)},
                       {"parse_mode", "HTML"},
                       {"link_preview_options", {{"is_disabled", true}}}};
  return body;
}

std::optional<HttpRequest> first_or_edit(const Chat& chat, const Notice& notice, Form form) {
  ordered_json body = message(chat, notice, form);
  if (!notice.remote_ref.empty()) {
    // "Not modified" is a 400 too; a second, shorter try would then shorten what stands there.
    if (form == Form::shortened) return std::nullopt;
    body["message_id"] = chat_id(notice.remote_ref);
    return json_request("POST", chat.api.reveal() + "/editMessageText", body);
  }
  if (!chat.topic.empty()) body["message_thread_id"] = chat_id(chat.topic);
  return json_request("POST", chat.api.reveal() + "/sendMessage", body);
}

std::optional<HttpRequest> answer_to_first(const Chat& chat, const Notice& notice, Form form) {
  if (notice.remote_ref.empty()) return std::nullopt;
  ordered_json body = message(chat, notice, form);
  body["reply_parameters"] = {{"message_id", chat_id(notice.remote_ref)}, {"allow_sending_without_reply", true}};
  if (!chat.topic.empty()) body["message_thread_id"] = chat_id(chat.topic);
  body["disable_notification"] = notice.kind == NoticeKind::updated;
  return json_request("POST", chat.api.reveal() + "/sendMessage", body);
}

bool says(const nlohmann::json& answer, std::string_view words) {
  return answer.is_object() && answer.contains("description") && answer["description"].is_string() &&
         answer["description"].get<std::string>().find(words) != std::string::npos;
}

Delivery judged(const Notice& notice, Posted posted) {
  Delivery delivery = posted.delivery;
  const auto answer = json_answer(posted);
  if (!answer.is_object()) return delivery;
  if (says(answer, "message is not modified")) {
    delivery.outcome = Outcome::delivered;
    delivery.remote_ref = notice.remote_ref;
    return delivery;
  }
  const auto& parameters = answer.contains("parameters") ? answer["parameters"] : nlohmann::json::object();
  if (parameters.is_object() && parameters.contains("retry_after") && parameters["retry_after"].is_number())
    delivery.retry_after = seconds_or_day(parameters["retry_after"].get<double>());
  if (parameters.is_object() && parameters.contains("migrate_to_chat_id") &&
      parameters["migrate_to_chat_id"].is_number_integer()) {
    delivery.outcome = Outcome::channel_stopped;
    delivery.detail += fmt::format(": the group has become a supergroup; set chat: to {}",
                                   parameters["migrate_to_chat_id"].get<long long>());
    return delivery;
  }
  if (delivery.outcome != Outcome::delivered) return delivery;
  if (!answer.value("ok", false)) return failed_inside(delivery, Outcome::retry_later, "ok=false");
  if (notice.remote_ref.empty() && answer.contains("result") && answer["result"].is_object() &&
      answer["result"].contains("message_id"))
    delivery.remote_ref = answer["result"]["message_id"].dump();
  return delivery;
}

}  // namespace

MadeChannel make_telegram_channel(ChannelTools tools, const Channel& channel) {
  const Secret token = setting(channel, "token");
  Chat chat;
  chat.id = setting(channel, "chat").reveal();
  chat.topic = setting(channel, "topic").reveal();
  if (token.empty()) return bad_setting(channel, "token is missing");
  if (chat.id.empty()) return bad_setting(channel, "chat is missing");
  chat.api = Secret(base_url(channel, "url", "https://api.telegram.org") + "/bot" + token.reveal());
  HttpKind kind;
  kind.request = [chat](const Notice& notice, Form form) { return first_or_edit(chat, notice, form); };
  kind.follow_up = [chat](const Notice& notice, Form form) { return answer_to_first(chat, notice, form); };
  kind.judge = judged;
  kind.is_gone = [](const Posted& posted) {
    const auto answer = json_answer(posted);
    return says(answer, "message to edit not found") || says(answer, "message can't be edited");
  };
  return make_http_channel(tools, channel, std::move(kind));
}

}  // namespace mailcanary
