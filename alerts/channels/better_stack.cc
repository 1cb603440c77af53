// An incident at Better Stack Uptime: https://betterstack.com/docs/uptime/api/create-an-incident/.
// The service has no key of ours: the id it answers with is kept and resolved. It has no word for an update.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "alerts/channels/http_channel.h"
#include "alerts/channels/notice_parts.h"

namespace mailcanary {

MadeChannel make_better_stack_channel(ChannelTools tools, const Channel& channel) {
  const Secret token = setting(channel, "token");
  const std::string email = setting(channel, "email").reveal();
  if (token.empty()) return bad_setting(channel, "token is missing");
  if (email.empty()) return bad_setting(channel, "email is missing");
  const std::string incidents = base_url(channel, "url", "https://uptime.betterstack.com") + "/api/v3/incidents";
  HttpKind kind;
  kind.request = [token, email, incidents](const Notice& notice, Form form) -> std::optional<HttpRequest> {
    const std::vector<std::string> headers = {"Authorization: Bearer " + token.reveal()};
    if (is_over(notice)) {
      if (notice.remote_ref.empty()) return std::nullopt;
      return json_request("POST", fmt::format("{}/{}/resolve", incidents, percent_encoded(notice.remote_ref)),
                          {{"resolved_by", email}}, headers);
    }
    if (!notice.remote_ref.empty() && notice.kind != NoticeKind::escalated) return std::nullopt;
    const bool loud = notice.impact >= Impact::major || notice.kind == NoticeKind::escalated;
    return json_request("POST", incidents,
                        {{"requester_email", email},
                         {"name", notice.incident_key},
                         {"summary", title_of(notice, 200)},
                         {"description", text_of(notice, form, 4000)},
                         {"call", loud},
                         {"sms", loud},
                         {"email", false},
                         {"push", true}},
                        headers);
  };
  kind.judge = [](const Notice& notice, Posted posted) {
    Delivery delivery = posted.delivery;
    if (delivery.outcome != Delivery::Outcome::delivered || is_over(notice)) return delivery;
    const auto answer = json_answer(posted);
    if (answer.is_object() && answer.contains("data") && answer["data"].is_object() && answer["data"].contains("id")) {
      const auto& id = answer["data"]["id"];
      delivery.remote_ref = id.is_string() ? id.get<std::string>() : id.dump();
    }
    return delivery;
  };
  return make_http_channel(tools, channel, std::move(kind));
}

}  // namespace mailcanary
