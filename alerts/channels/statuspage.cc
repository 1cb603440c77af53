// An incident on an Atlassian Statuspage: https://developer.statuspage.io. Customers read it, so it holds the public text
// alone. There is no idempotency key: the open incidents are looked through before one is made.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "alerts/channels/http_channel.h"
#include "alerts/channels/notice_parts.h"
#include "alerts/channels/public_page.h"

namespace mailcanary {
namespace {

using nlohmann::ordered_json;
using Outcome = Delivery::Outcome;

struct Page {
  std::string incidents;  // …/v1/pages/ID/incidents
  Secret key;
  std::map<ProviderName, std::string> components;
};

ordered_json incident(const Page& page, const Notice& notice) {
  ordered_json body = {{"name", public_title_of(notice, 255)},
                       {"status", name_of(notice.status)},
                       {"body", public_text_of(notice, 4000)},
                       {"metadata", {{"mailcanary", {{"incident", notice.incident.str()}, {"key", notice.incident_key}}}}}};
  if (!is_over(notice)) body["impact_override"] = by_impact(notice, "none", "minor", "major", "critical");
  for (const auto& row : coloured_rows(notice, page.components)) {
    body["component_ids"].push_back(row.id);
    body["components"][row.id] = component_status_of(row.impact);
  }
  return {{"incident", std::move(body)}};
}

std::string id_in(const nlohmann::json& object) {
  return object.is_object() && object.contains("id") && object["id"].is_string() ? object["id"].get<std::string>() : "";
}

std::string found_in(const Notice& notice, const Posted& posted) {
  const auto list = json_answer(posted);
  if (!list.is_array()) return {};
  for (const auto& each : list) {
    const auto ours = nlohmann::json::json_pointer("/metadata/mailcanary/incident");
    if (each.is_object() && each.contains(ours) && each[ours] == notice.incident.str()) return id_in(each);
  }
  return {};
}

}  // namespace

MadeChannel make_statuspage_channel(ChannelTools tools, const Channel& channel) {
  Page page;
  page.key = Secret("Authorization: OAuth " + setting(channel, "api_key").reveal());
  const std::string id = setting(channel, "page").reveal();
  if (setting(channel, "api_key").empty()) return bad_setting(channel, "api_key is missing");
  if (id.empty()) return bad_setting(channel, "page is missing");
  page.incidents = fmt::format("{}/v1/pages/{}/incidents", base_url(channel, "url", "https://api.statuspage.io"),
                               percent_encoded(id));
  page.components = ids_setting(channel, "components");
  HttpKind kind;
  kind.request = [page](const Notice& notice, Form) -> std::optional<HttpRequest> {
    if (!is_for_public(notice)) return std::nullopt;
    const std::string one = page.incidents + "/" + percent_encoded(notice.remote_ref);
    return notice.remote_ref.empty() ? json_request("POST", page.incidents, incident(page, notice), {page.key.reveal()})
                                     : json_request("PATCH", one, incident(page, notice), {page.key.reveal()});
  };
  kind.find = [page](const Notice& notice) -> std::optional<HttpRequest> {
    if (!may_be_there(notice)) return std::nullopt;
    HttpRequest request;
    request.url = page.incidents + "/unresolved";
    request.headers = {page.key.reveal()};
    return request;
  };
  kind.found = found_in;
  kind.judge = [](const Notice& notice, Posted posted) {
    Delivery delivery = posted.delivery;
    if (delivery.outcome == Outcome::delivered && notice.remote_ref.empty() && is_for_public(notice))
      delivery.remote_ref = id_in(json_answer(posted));
    return delivery;
  };
  return make_http_channel(tools, channel, std::move(kind));
}

}  // namespace mailcanary
