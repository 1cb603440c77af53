// A passive check result in Icinga 2: https://icinga.com/docs/icinga-2/latest/doc/12-icinga2-api/#process-check-result.
// One service for all incidents; told again and again, so that with `ttl` Icinga misses us when we are gone.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "alerts/channels/http_channel.h"
#include "alerts/channels/service_state.h"
#include "core/crypto.h"
#include "core/units.h"

namespace mailcanary {
namespace {

using nlohmann::ordered_json;
using Outcome = Delivery::Outcome;

struct Service {
  std::string url;
  Secret login;
  std::string host, name, ca;
  std::optional<Duration> ttl;
};

HttpRequest result_of(const Service& service, const ServiceState& state) {
  ordered_json body = {{"type", "Service"},
                       {"filter", "host.name==h && service.name==s"},
                       {"filter_vars", {{"h", service.host}, {"s", service.name}}},
                       {"exit_status", state.number()},
                       {"plugin_output", state.more.empty() ? state.line : state.line + "\n" + state.more},
                       {"check_source", "mailcanary"}};
  if (service.ttl) body["ttl"] = std::chrono::duration<double>(*service.ttl).count();
  HttpRequest request = json_request("POST", service.url, body, {"Accept: application/json", service.login.reveal()});
  request.ca_file = service.ca;
  return request;
}

// The status is that of the request; each object that the filter found has a code of its own.
Delivery judge(const Posted& posted) {
  Delivery delivery = posted.delivery;
  if (delivery.outcome != Outcome::delivered) return delivery;
  const auto answer = json_answer(posted);
  const bool listed = answer.is_object() && answer.contains("results") && answer["results"].is_array();
  if (!listed) return failed_inside(delivery, Outcome::retry_later, "");
  if (answer["results"].empty()) return failed_inside(delivery, Outcome::bad_payload, "no_such_service");
  for (const auto& result : answer["results"]) {
    const double code = result.is_object() && result.contains("code") && result["code"].is_number() ? result["code"].get<double>() : 500;
    if (code < 200 || code > 299)
      return failed_inside(delivery, code >= 500 ? Outcome::retry_later : Outcome::bad_payload, fmt::format("{:.0f}", code));
  }
  return delivery;
}

}  // namespace

MadeChannel make_icinga_channel(ChannelTools tools, const Channel& channel) {
  for (const char* needed : {"url", "user", "password", "host", "service"})
    if (setting(channel, needed).empty()) return bad_setting(channel, fmt::format("{} is missing", needed));
  Service service;
  service.url = base_url(channel, "url", "") + "/v1/actions/process-check-result";
  service.login = Secret("Authorization: Basic " +
                         to_base64(setting(channel, "user").reveal() + ":" + setting(channel, "password").reveal()));
  service.host = setting(channel, "host").reveal();
  service.name = setting(channel, "service").reveal();
  service.ca = setting(channel, "ca").reveal();
  if (const auto ttl = parse_duration(setting(channel, "ttl").reveal())) service.ttl = *ttl;
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
