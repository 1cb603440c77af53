// A passive check result in Nagios by NRDP: https://github.com/NagiosEnterprises/nrdp.
// One service for all incidents; told again and again, so that freshness checks of Nagios miss us when we are gone.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "alerts/channels/http_channel.h"
#include "alerts/channels/service_state.h"
#include "alerts/incident_object.h"

namespace mailcanary {
namespace {

using nlohmann::ordered_json;
using Outcome = Delivery::Outcome;

struct Service {
  std::string url;
  Secret token;
  std::string host, name;
};

HttpRequest result_of(const Service& service, const ServiceState& state) {
  const ordered_json result = {{"checkresult", {{"type", "service"}}},
                               {"hostname", service.host},
                               {"servicename", service.name},
                               {"state", std::to_string(state.number())},
                               {"output", state.more.empty() ? state.line : state.line + "\n" + state.more}};
  const ordered_json results = {{"checkresults", ordered_json::array({result})}};
  return form_request(service.url, {{"token", service.token.reveal()},
                                    {"cmd", "submitcheck"},
                                    {"json", json_text(results, JsonStyle::compact)}});
}

// Errors come inside a 200.
Delivery judge(const Posted& posted) {
  Delivery delivery = posted.delivery;
  if (delivery.outcome != Outcome::delivered) return delivery;
  const auto answer = json_answer(posted);
  const nlohmann::json::json_pointer status("/result/status"), message("/result/message");
  if (!answer.is_object() || !answer.contains(status)) return failed_inside(delivery, Outcome::retry_later, "");
  const std::string code = answer[status].is_string() ? answer[status].get<std::string>() : answer[status].dump();
  if (code == "0") return delivery;
  const std::string word = answer.contains(message) && answer[message].is_string() ? answer[message].get<std::string>() : "";
  const bool token = word.find("TOKEN") != std::string::npos;  // "BAD TOKEN", "NO TOKEN"
  return failed_inside(delivery, token ? Outcome::channel_stopped : Outcome::bad_payload, token ? "bad_token" : code);
}

}  // namespace

MadeChannel make_nrdp_channel(ChannelTools tools, const Channel& channel) {
  for (const char* needed : {"url", "token", "host", "service"})
    if (setting(channel, needed).empty()) return bad_setting(channel, fmt::format("{} is missing", needed));
  // Without the slash web servers answer with a redirect, which a post does not follow.
  const Service service{base_url(channel, "url", "") + "/", setting(channel, "token"), setting(channel, "host").reveal(),
                        setting(channel, "service").reveal()};
  HttpKind kind;
  kind.request = [service](const Notice& notice, Form form) -> std::optional<HttpRequest> {
    ServiceState state = service_state(notice);
    if (form == Form::shortened) state.more.clear();
    return result_of(service, state);
  };
  kind.judge = [](const Notice&, Posted posted) { return judge(posted); };
  kind.repeat = [service](const Standing& standing) { return result_of(service, service_state(standing)); };
  kind.repeat_every = std::chrono::minutes(1);
  return make_http_channel(tools, channel, std::move(kind));
}

}  // namespace mailcanary
