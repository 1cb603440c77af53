// Up or down for a push monitor of Uptime Kuma: https://github.com/louislam/uptime-kuma (api-router.js).
// Kuma calls the monitor down when nothing comes for its interval (60 s at first), so it hears from us twice in that.
#include <nlohmann/json.hpp>

#include "alerts/channels/http_channel.h"
#include "alerts/channels/service_state.h"

namespace mailcanary {
namespace {

using Outcome = Delivery::Outcome;

HttpRequest push(const Secret& url, const ServiceState& state) {
  HttpRequest request;
  // What is not known is not healthy.
  request.url = url.reveal() + "?status=" + (state.good() ? "up" : "down") + "&msg=" + percent_encoded(state.line) + "&ping=";
  return request;
}

}  // namespace

MadeChannel make_uptime_kuma_channel(ChannelTools tools, const Channel& channel) {
  std::string address = setting(channel, "url").reveal();
  if (address.empty()) return bad_setting(channel, "url is missing");
  // Kuma shows it with an example query behind it.
  address = address.substr(0, address.find('?'));
  const Secret url(address);
  HttpKind kind;
  kind.request = [url](const Notice& notice, Form form) -> std::optional<HttpRequest> {
    if (form == Form::shortened) return std::nullopt;
    return push(url, service_state(notice));
  };
  kind.judge = [](const Notice&, Posted posted) {
    if (posted.delivery.outcome != Outcome::delivered) return posted.delivery;
    const auto answer = json_answer(posted);
    const bool told = answer.is_object() && answer.contains("ok") && answer["ok"] == true;
    return told ? posted.delivery : failed_inside(posted.delivery, Outcome::retry_later, "");
  };
  kind.repeat = [url](const Standing& standing) { return push(url, service_state(standing)); };
  kind.repeat_every = std::chrono::seconds(30);
  return make_http_channel(tools, channel, std::move(kind));
}

}  // namespace mailcanary
