// Success or failure for an external endpoint of Gatus: https://github.com/TwiN/gatus#external-endpoints.
// Every call is one sample; with `heartbeat.interval` Gatus misses us when we are gone.
#include <fmt/format.h>

#include "alerts/channels/http_channel.h"
#include "alerts/channels/service_state.h"

namespace mailcanary {
namespace {

HttpRequest sample(const std::string& url, const Secret& login, const ServiceState& state) {
  HttpRequest request;
  request.method = "POST";
  request.url = url + (state.good() ? "?success=true" : "?success=false&error=" + percent_encoded(state.line));
  request.headers = {login.reveal()};
  return request;
}

}  // namespace

MadeChannel make_gatus_channel(ChannelTools tools, const Channel& channel) {
  for (const char* needed : {"url", "key", "token"})
    if (setting(channel, needed).empty()) return bad_setting(channel, fmt::format("{} is missing", needed));
  const std::string url = fmt::format("{}/api/v1/endpoints/{}/external", base_url(channel, "url", ""),
                                      percent_encoded(setting(channel, "key").reveal()));
  const Secret login("Authorization: Bearer " + setting(channel, "token").reveal());
  HttpKind kind;
  kind.request = [url, login](const Notice& notice, Form form) -> std::optional<HttpRequest> {
    if (form == Form::shortened) return std::nullopt;
    return sample(url, login, service_state(notice));
  };
  kind.repeat = [url, login](const Standing& standing) { return sample(url, login, service_state(standing)); };
  kind.repeat_every = std::chrono::minutes(1);
  return make_http_channel(tools, channel, std::move(kind));
}

}  // namespace mailcanary
