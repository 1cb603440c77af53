// An alert at PagerDuty: Events API v2, https://developer.pagerduty.com/docs/events-api-v2-overview.
// One alert an incident, by its dedup_key; a resolve of an alert that is not open is dropped there without a word.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "alerts/channels/http_channel.h"
#include "alerts/channels/notice_parts.h"
#include "alerts/incident_object.h"
#include "core/units.h"

namespace mailcanary {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t most_summary = 1024;
constexpr std::size_t most_body = 500'000;  // the service refuses 512 KB

ordered_json event(const Notice& notice, Form form, const std::string& routing_key) {
  ordered_json body = {{"routing_key", routing_key},
                       {"event_action", is_over(notice) ? "resolve" : "trigger"},
                       {"dedup_key", notice.incident.str()}};
  if (is_over(notice)) return body;
  ordered_json payload = {{"summary", title_of(notice, most_summary)},
                          {"source", "mailcanary"},
                          {"severity", by_impact(notice, "info", "warning", "error", "critical")},
                          {"timestamp", format_time(notice.created_at)},
                          {"group", "mail"},
                          {"class", name_of(notice.kind)}};
  ordered_json details = {{"text", text_of(notice, form, 4000)}};
  if (form == Form::full && notice.detail.size() < most_body) {
    details["incident"] = ordered_json::parse(notice.detail, nullptr, false);
    if (details["incident"].is_discarded()) details.erase("incident");
  }
  payload["custom_details"] = std::move(details);
  body["payload"] = std::move(payload);
  body["client"] = "Mailcanary";
  if (const std::string link = link_of(notice); !link.empty()) {
    body["client_url"] = link;
    body["links"] = ordered_json::array({{{"href", link}, {"text", "status page"}}});
  }
  return body;
}

}  // namespace

MadeChannel make_pagerduty_channel(ChannelTools tools, const Channel& channel) {
  const Secret key = setting(channel, "routing_key");
  if (key.empty()) return bad_setting(channel, "routing_key is missing");
  const std::string url = base_url(channel, "url", "https://events.pagerduty.com") + "/v2/enqueue";
  HttpKind kind;
  kind.request = [key, url](const Notice& notice, Form form) {
    return json_request("POST", url, event(notice, form, key.reveal()));
  };
  return make_http_channel(tools, channel, std::move(kind));
}

}  // namespace mailcanary
