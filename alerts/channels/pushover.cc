// A push message through Pushover: https://pushover.net/api. Of a critical incident it repeats until somebody confirms
// it (priority 2); the end of the incident cancels that by its tag.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "alerts/channels/http_channel.h"
#include "alerts/channels/notice_parts.h"

namespace mailcanary {
namespace {

constexpr std::size_t most_title = 250;
constexpr std::size_t most_message = 1024;

bool is_emergency(const Notice& notice) {
  return !is_over(notice) && (notice.impact == Impact::critical || notice.kind == NoticeKind::escalated);
}

Delivery judged(const Notice&, Posted posted) {
  const auto answer = json_answer(posted);
  if (posted.delivery.outcome != Delivery::Outcome::delivered || !answer.is_object()) return posted.delivery;
  if (answer.value("status", 1) == 1) return posted.delivery;
  return failed_inside(posted.delivery, Delivery::Outcome::bad_payload, "status");
}

}  // namespace

MadeChannel make_pushover_channel(ChannelTools tools, const Channel& channel) {
  const Secret token = setting(channel, "token");
  const Secret user = setting(channel, "user");
  if (token.empty()) return bad_setting(channel, "token is missing");
  if (user.empty()) return bad_setting(channel, "user is missing");
  const std::string base = base_url(channel, "url", "https://api.pushover.net");
  HttpKind kind;
  kind.request = [token, user, base](const Notice& notice, Form form) {
    std::vector<std::pair<std::string, std::string>> fields = {
        {"token", token.reveal()},
        {"user", user.reveal()},
        {"title", title_of(notice, most_title)},
        {"message", text_of(notice, form, most_message)},
        {"priority", is_emergency(notice) ? "2" : is_over(notice) ? "0" : by_impact(notice, "-1", "0", "1", "2")},
        {"tags", notice.incident.str()}};
    if (fields[3].second.empty()) fields[3].second = fields[2].second;  // an empty message is refused
    if (is_emergency(notice)) {
      fields.emplace_back("retry", "60");
      fields.emplace_back("expire", "10800");
    }
    if (const std::string link = link_of(notice); !link.empty()) {
      fields.emplace_back("url", link);
      fields.emplace_back("url_title", "Status page");
    }
    return form_request(base + "/1/messages.json", fields);
  };
  kind.judge = judged;
  kind.follow_up = [token, base](const Notice& notice, Form) -> std::optional<HttpRequest> {
    if (!is_over(notice)) return std::nullopt;
    return form_request(fmt::format("{}/1/receipts/cancel_by_tag/{}.json", base, percent_encoded(notice.incident.str())),
                        {{"token", token.reveal()}});
  };
  return make_http_channel(tools, channel, std::move(kind));
}

}  // namespace mailcanary
