// An alert at incident.io through an HTTP alert source: https://api-docs.incident.io (Alert Events V2).
// One alert a deduplication_key.
#include <nlohmann/json.hpp>

#include "alerts/channels/http_channel.h"
#include "alerts/channels/notice_parts.h"

namespace mailcanary {

MadeChannel make_incident_io_channel(ChannelTools tools, const Channel& channel) {
  const Secret token = setting(channel, "token");
  const std::string source = setting(channel, "source").reveal();
  if (token.empty()) return bad_setting(channel, "token is missing");
  if (source.empty()) return bad_setting(channel, "source is missing");
  const std::string url =
      base_url(channel, "url", "https://api.incident.io") + "/v2/alert_events/http/" + percent_encoded(source);
  HttpKind kind;
  kind.request = [token, url](const Notice& notice, Form form) {
    nlohmann::ordered_json body = {{"title", title_of(notice, 200)},
                                   {"description", text_of(notice, form, 8000)},
                                   {"deduplication_key", notice.incident.str()},
                                   {"status", is_over(notice) ? "resolved" : "firing"},
                                   {"metadata", {{"severity", by_impact(notice, "info", "warning", "error", "critical")}}}};
    if (const std::string link = link_of(notice); !link.empty()) body["source_url"] = link;
    return json_request("POST", url, body, {"Authorization: Bearer " + token.reveal()});
  };
  return make_http_channel(tools, channel, std::move(kind));
}

}  // namespace mailcanary
