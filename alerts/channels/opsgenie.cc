// An alert at Opsgenie, or at Jira Service Management, which took its API over: https://docs.opsgenie.com/docs/alert-api.
// One open alert an incident, by its alias. Opsgenie itself ends on 5 April 2027; set `url` for its successor.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "alerts/channels/http_channel.h"
#include "alerts/channels/notice_parts.h"

namespace mailcanary {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t most_message = 130;
constexpr std::size_t most_description = 15'000;

ordered_json alert(const Notice& notice, Form form) {
  ordered_json body = {{"message", title_of(notice, most_message)},
                       {"alias", notice.incident.str()},
                       {"description", text_of(notice, form, most_description)},
                       {"priority", by_impact(notice, "P5", "P3", "P2", "P1")},
                       {"source", "mailcanary"},
                       {"tags", {"mail", "mailcanary"}}};
  if (const std::string link = link_of(notice); !link.empty()) body["details"] = {{"page", link}};
  return body;
}

}  // namespace

MadeChannel make_opsgenie_channel(ChannelTools tools, const Channel& channel) {
  const Secret key = setting(channel, "api_key");
  if (key.empty()) return bad_setting(channel, "api_key is missing");
  const std::string alerts = base_url(channel, "url", "https://api.opsgenie.com") + "/v2/alerts";
  HttpKind kind;
  kind.request = [key, alerts](const Notice& notice, Form form) {
    const std::vector<std::string> headers = {"Authorization: GenieKey " + key.reveal()};
    if (notice.kind == NoticeKind::opened) return json_request("POST", alerts, alert(notice, form), headers);
    const std::string one = fmt::format("{}/{}/{}?identifierType=alias", alerts, percent_encoded(notice.incident.str()),
                                        is_over(notice) ? "close" : "notes");
    const std::string note = title_of(notice, most_message) + "\n" + text_of(notice, form, most_description);
    return json_request("POST", one, {{"source", "mailcanary"}, {"note", note}}, headers);
  };
  return make_http_channel(tools, channel, std::move(kind));
}

}  // namespace mailcanary
