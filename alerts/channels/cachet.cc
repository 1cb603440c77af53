// An incident on a Cachet 3 page: https://docs.cachethq.io. Customers read it, so it holds the public text alone.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "alerts/channels/http_channel.h"
#include "alerts/channels/notice_parts.h"
#include "alerts/channels/public_page.h"

namespace mailcanary {
namespace {

using nlohmann::ordered_json;

struct Page {
  std::string incidents;  // …/api/incidents
  Secret key;
  std::map<ProviderName, std::string> components;
};

int status_number(IncidentStatus status) {
  switch (status) {
    case IncidentStatus::investigating: return 1;
    case IncidentStatus::identified: return 2;
    case IncidentStatus::monitoring: return 3;
    case IncidentStatus::resolved: return 4;
  }
  return 1;
}

int component_number(Impact impact) {
  switch (impact) {
    case Impact::none: return 1;
    case Impact::minor: return 2;
    case Impact::major: return 3;
    case Impact::critical: return 4;
  }
  return 1;
}

ordered_json components(const Page& page, const Notice& notice) {
  ordered_json list = ordered_json::array();
  for (const auto& [id, impact] : coloured_rows(notice, page.components)) {
    const bool number = id.find_first_not_of("0123456789") == std::string::npos && id.size() < 18;
    list.push_back({{"id", number ? ordered_json(std::stoll(id)) : ordered_json(id)}, {"status", component_number(impact)}});
  }
  return list;
}

HttpRequest made(const Page& page, const Notice& notice) {
  return json_request("POST", page.incidents,
                      {{"name", public_title_of(notice, 255)},
                       {"status", status_number(notice.status)},
                       {"message", public_text_of(notice, 4000)},
                       {"visible", true},
                       {"notifications", true},
                       {"components", components(page, notice)},
                       {"meta", {{"mailcanary_incident", notice.incident.str()}}}},
                      {page.key.reveal()});
}

HttpRequest changed(const Page& page, const Notice& notice) {
  return json_request("PUT", page.incidents + "/" + percent_encoded(notice.remote_ref),
                      {{"status", status_number(notice.status)}, {"components", components(page, notice)}},
                      {page.key.reveal()});
}

// The API does not give `meta` back, so an incident that was made but not kept is known by its title: the newest open one.
HttpRequest open_ones(const Page& page, const Notice& notice) {
  HttpRequest request;
  request.url = fmt::format("{}?per_page=50&filter%5Bname%5D={}", page.incidents, percent_encoded(public_title_of(notice, 255)));
  request.headers = {page.key.reveal()};
  return request;
}

std::string found_in(const Notice& notice, const Posted& posted) {
  const auto answer = json_answer(posted);
  if (!answer.is_object() || !answer.contains("data") || !answer["data"].is_array()) return {};
  const nlohmann::json::json_pointer name("/attributes/name"), status("/attributes/status/value");
  for (const auto& each : answer["data"]) {
    if (!each.is_object() || !each.contains(name) || !each.contains(status) || !each.contains("id")) continue;
    if (each[name] != public_title_of(notice, 255) || each[status] == status_number(IncidentStatus::resolved)) continue;
    return each["id"].is_string() ? each["id"].get<std::string>() : each["id"].dump();
  }
  return {};
}

}  // namespace

MadeChannel make_cachet_channel(ChannelTools tools, const Channel& channel) {
  Page page;
  const std::string url = base_url(channel, "url", "");
  if (url.empty()) return bad_setting(channel, "url is missing");
  if (setting(channel, "token").empty()) return bad_setting(channel, "token is missing");
  page.incidents = url + "/api/incidents";
  page.key = Secret("Authorization: Bearer " + setting(channel, "token").reveal());
  page.components = ids_setting(channel, "components");
  HttpKind kind;
  kind.request = [page](const Notice& notice, Form) -> std::optional<HttpRequest> {
    if (!is_for_public(notice)) return std::nullopt;
    return notice.remote_ref.empty() ? made(page, notice) : changed(page, notice);
  };
  kind.find = [page](const Notice& notice) -> std::optional<HttpRequest> {
    return may_be_there(notice) ? std::optional(open_ones(page, notice)) : std::nullopt;
  };
  kind.found = found_in;
  kind.follow_up = [page](const Notice& notice, Form) -> std::optional<HttpRequest> {
    if (notice.remote_ref.empty() || !is_for_public(notice)) return std::nullopt;
    return json_request("POST", fmt::format("{}/{}/updates", page.incidents, percent_encoded(notice.remote_ref)),
                        {{"status", status_number(notice.status)}, {"message", public_text_of(notice, 4000)}},
                        {page.key.reveal()});
  };
  kind.judge = [](const Notice& notice, Posted posted) {
    Delivery delivery = posted.delivery;
    const auto answer = json_answer(posted);
    const auto id = nlohmann::json::json_pointer("/data/id");
    if (delivery.outcome == Delivery::Outcome::delivered && notice.remote_ref.empty() && answer.is_object() &&
        answer.contains(id))
      delivery.remote_ref = answer[id].is_string() ? answer[id].get<std::string>() : answer[id].dump();
    return delivery;
  };
  return make_http_channel(tools, channel, std::move(kind));
}

}  // namespace mailcanary
