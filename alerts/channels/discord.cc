// A message in a Discord channel through a webhook: https://discord.com/developers/docs/resources/webhook.
// The first message of an incident is rewritten as it goes on; a rewritten message wakes nobody, so what people must hear
// (the end, a reminder) is a short message of its own beside it.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "alerts/channels/http_channel.h"
#include "alerts/channels/notice_parts.h"
#include "core/units.h"

namespace mailcanary {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t most_title = 256;
constexpr std::size_t most_description = 3500;

ordered_json message(const Notice& notice, Form form) {
  ordered_json embed = {{"title", without_markdown(title_of(notice, most_title / 2))},
                        {"description", without_markdown(text_of(notice, form, most_description / 2))},
                        {"color", is_over(notice) ? 0x2E7D32 : notice.impact >= Impact::major ? 0xC62828 : 0xF9A825},
                        {"timestamp", format_time(notice.created_at)}};
  if (const std::string link = link_of(notice); !link.empty()) embed["url"] = link;
  return {{"username", "Mailcanary"},
          {"allowed_mentions", {{"parse", ordered_json::array()}}},
          {"embeds", ordered_json::array({std::move(embed)})}};
}

std::optional<HttpRequest> request_of(const std::string& url, const Notice& notice, Form form) {
  if (notice.remote_ref.empty()) return json_request("POST", url + "?wait=true", message(notice, form));
  return json_request("PATCH", fmt::format("{}/messages/{}", url, percent_encoded(notice.remote_ref)),
                      message(notice, form));
}

std::optional<HttpRequest> beside(const std::string& url, const Notice& notice) {
  const bool quiet = notice.kind == NoticeKind::opened || notice.kind == NoticeKind::updated;
  if (quiet || notice.remote_ref.empty()) return std::nullopt;
  return json_request("POST", url + "?wait=true",
                      {{"username", "Mailcanary"},
                       {"content", without_markdown(title_of(notice, most_title))},
                       {"allowed_mentions", {{"parse", ordered_json::array()}}}});
}

Delivery judged(const Notice& notice, Posted posted) {
  const auto answer = json_answer(posted);
  if (!answer.is_object()) return posted.delivery;
  if (posted.delivery.outcome == Delivery::Outcome::delivered && notice.remote_ref.empty()) {
    posted.delivery.remote_ref = answer.value("id", "");
  }
  const auto wait = answer.find("retry_after");
  if (posted.delivery.outcome == Delivery::Outcome::retry_later && !posted.delivery.retry_after &&
      wait != answer.end() && wait->is_number()) {
    posted.delivery.retry_after = seconds_or_day(wait->get<double>());
  }
  return posted.delivery;
}

}  // namespace

MadeChannel make_discord_channel(ChannelTools tools, const Channel& channel) {
  const Secret url(base_url(channel, "webhook", ""));
  if (url.empty()) return bad_setting(channel, "webhook is missing");
  HttpKind kind;
  kind.request = [url](const Notice& notice, Form form) { return request_of(url.reveal(), notice, form); };
  kind.follow_up = [url](const Notice& notice, Form) { return beside(url.reveal(), notice); };
  kind.judge = judged;
  // 10008: unknown message. Any other 404 is about the webhook, which must not be asked again.
  kind.is_gone = [](const Posted& posted) {
    const auto answer = json_answer(posted);
    return answer.is_object() && answer.contains("code") && answer["code"] == 10008;
  };
  return make_http_channel(tools, channel, std::move(kind));
}

}  // namespace mailcanary
