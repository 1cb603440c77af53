// An incident at Splunk On-Call (VictorOps) through its REST endpoint:
// https://help.victorops.com/knowledge-base/rest-endpoint-integration-guide/. One incident an entity_id.
#include <nlohmann/json.hpp>

#include "alerts/channels/http_channel.h"
#include "alerts/channels/notice_parts.h"

namespace mailcanary {
namespace {

constexpr std::size_t most_message = 20'000;

}  // namespace

MadeChannel make_splunk_oncall_channel(ChannelTools tools, const Channel& channel) {
  const Secret base(base_url(channel, "url", ""));
  const std::string routing_key = setting(channel, "routing_key").reveal();
  if (base.empty()) return bad_setting(channel, "url is missing");
  if (routing_key.empty()) return bad_setting(channel, "routing_key is missing");
  const Secret url(base.reveal() + "/" + percent_encoded(routing_key));
  HttpKind kind;
  kind.request = [url](const Notice& notice, Form form) {
    const char* type = is_over(notice) ? "RECOVERY" : by_impact(notice, "INFO", "WARNING", "CRITICAL", "CRITICAL");
    const auto seconds = std::chrono::floor<std::chrono::seconds>(notice.created_at).time_since_epoch().count();
    return json_request("POST", url.reveal(),
                        {{"message_type", type},
                         {"entity_id", notice.incident.str()},
                         {"entity_display_name", title_of(notice, 200)},
                         {"state_message", text_of(notice, form, most_message)},
                         {"monitoring_tool", "mailcanary"},
                         {"timestamp", seconds},
                         {"alert_url", link_of(notice)}});
  };
  kind.judge = [](const Notice&, Posted posted) {
    const auto answer = json_answer(posted);
    if (posted.delivery.outcome != Delivery::Outcome::delivered || !answer.is_object()) return posted.delivery;
    const std::string result = answer.value("result", "success");
    return result == "success" ? posted.delivery
                               : failed_inside(posted.delivery, Delivery::Outcome::bad_payload, result);
  };
  return make_http_channel(tools, channel, std::move(kind));
}

}  // namespace mailcanary
