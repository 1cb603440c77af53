// An alert group at Grafana IRM (OnCall) through its "formatted webhook" integration:
// https://grafana.com/docs/grafana-cloud/alerting-and-irm/irm/. Grouped by alert_uid; `ok` resolves.
#include <nlohmann/json.hpp>

#include "alerts/channels/http_channel.h"
#include "alerts/channels/notice_parts.h"

namespace mailcanary {

MadeChannel make_grafana_irm_channel(ChannelTools tools, const Channel& channel) {
  const Secret url = setting(channel, "url");
  if (url.empty()) return bad_setting(channel, "url is missing");
  HttpKind kind;
  kind.request = [url](const Notice& notice, Form form) {
    nlohmann::ordered_json body = {{"alert_uid", notice.incident.str()},
                                   {"title", title_of(notice, 200)},
                                   {"message", text_of(notice, form, 8000)},
                                   // Anything else than "alerting" would resolve the group.
                                   {"state", is_over(notice) ? "ok" : "alerting"},
                                   {"severity", by_impact(notice, "info", "warning", "error", "critical")}};
    if (const std::string link = link_of(notice); !link.empty()) body["link_to_upstream_details"] = link;
    return json_request("POST", url.reveal(), body);
  };
  return make_http_channel(tools, channel, std::move(kind));
}

}  // namespace mailcanary
