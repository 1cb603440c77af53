// An incident on an Instatus page: https://instatus.com/help/api/incidents. Customers read it, so it holds the public
// text alone.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "alerts/channels/http_channel.h"
#include "alerts/channels/notice_parts.h"
#include "alerts/channels/public_page.h"

namespace mailcanary {
namespace {

using nlohmann::ordered_json;

struct Page {
  std::string incidents;  // …/v1/PAGE/incidents
  Secret key;
  std::map<ProviderName, std::string> components;
};

const char* status_word(IncidentStatus status) {
  switch (status) {
    case IncidentStatus::investigating: return "INVESTIGATING";
    case IncidentStatus::identified: return "IDENTIFIED";
    case IncidentStatus::monitoring: return "MONITORING";
    case IncidentStatus::resolved: return "RESOLVED";
  }
  return "INVESTIGATING";
}

ordered_json incident(const Page& page, const Notice& notice) {
  ordered_json ids = ordered_json::array(), statuses = ordered_json::array();
  for (const auto& row : coloured_rows(notice, page.components)) {
    ids.push_back(row.id);
    statuses.push_back({{"id", row.id},
                        {"status", by_impact(row.impact, "OPERATIONAL", "DEGRADEDPERFORMANCE", "PARTIALOUTAGE", "MAJOROUTAGE")}});
  }
  return {{"name", public_title_of(notice, 255)}, {"message", public_text_of(notice, 4000)},
          {"components", std::move(ids)},         {"started", opened_at(notice)},
          {"status", status_word(notice.status)}, {"notify", true},
          {"statuses", std::move(statuses)}};
}

}  // namespace

MadeChannel make_instatus_channel(ChannelTools tools, const Channel& channel) {
  Page page;
  const std::string id = setting(channel, "page").reveal();
  if (setting(channel, "api_key").empty()) return bad_setting(channel, "api_key is missing");
  if (id.empty()) return bad_setting(channel, "page is missing");
  page.incidents = fmt::format("{}/v1/{}/incidents", base_url(channel, "url", "https://api.instatus.com"), percent_encoded(id));
  page.key = Secret("Authorization: Bearer " + setting(channel, "api_key").reveal());
  page.components = ids_setting(channel, "components");
  HttpKind kind;
  kind.request = [page](const Notice& notice, Form) -> std::optional<HttpRequest> {
    if (!is_for_public(notice)) return std::nullopt;
    const std::string one = page.incidents + "/" + percent_encoded(notice.remote_ref);
    return notice.remote_ref.empty() ? json_request("POST", page.incidents, incident(page, notice), {page.key.reveal()})
                                     : json_request("PUT", one, incident(page, notice), {page.key.reveal()});
  };
  kind.judge = [](const Notice& notice, Posted posted) {
    Delivery delivery = posted.delivery;
    const auto answer = json_answer(posted);
    if (delivery.outcome == Delivery::Outcome::delivered && notice.remote_ref.empty() && answer.is_object())
      delivery.remote_ref = answer.value("id", "");
    return delivery;
  };
  return make_http_channel(tools, channel, std::move(kind));
}

}  // namespace mailcanary
