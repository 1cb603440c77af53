// A channel whose service takes an HTTP request a notice. A kind says what to send and what is special about the
// answer; the exchange, the retry classes and the shortened second try are the same for all.
// Threads: the loop's thread. Inside alerts/ only.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "alerts/channels/http_delivery.h"
#include "alerts/channels/kinds.h"

namespace mailcanary {

enum class Form { full, shortened };  // shortened: after the service said that the payload is what it cannot take

struct HttpKind {
  // What to send; nothing: the service has no word for this kind of notice, which counts as told (full), or what was
  // refused is not tried again in a shorter form (shortened).
  std::function<std::optional<HttpRequest>(const Notice&, Form)> request;
  // What an answer says beyond its status: failures inside a 200, ids, waits in the body. Absent: the status is all.
  std::function<Delivery(const Notice&, Posted)> judge;
  // The thing of `remote_ref` is not there any more: a new one is made. Absent: never.
  std::function<bool(const Posted&)> is_gone;
  // Services without an idempotency key: asked before anything is made anew, since it may be there though nobody heard the
  // answer, or died before it was kept. Nothing: there is no need to look. `found` gives the thing's remote_ref out of the
  // answer, or nothing.
  std::function<std::optional<HttpRequest>(const Notice&)> find;
  std::function<std::string(const Notice&, const Posted&)> found;
  // A second request after a delivery (an answer in the thread). When it fails both are sent again, so the first must be
  // the one that does no harm twice. Its notice has no remote_ref when the first request made a new thing.
  std::function<std::optional<HttpRequest>(const Notice&, Form)> follow_up;
  // For services that forget what they are not told again: how things stand, said this often; nothing to say counts as
  // told. Absent: the service remembers. `judge` sees its answers too, with an empty notice.
  std::function<std::optional<HttpRequest>(const Standing&)> repeat;
  Duration repeat_every{};
};

std::unique_ptr<ChannelAdapter> make_http_channel(ChannelTools tools, const Channel& channel, HttpKind kind);

// A JSON body for `url`; the channel's timeout is added by make_http_channel.
HttpRequest json_request(const char* method, std::string url, const nlohmann::ordered_json& body,
                         std::vector<std::string> headers = {});
HttpRequest form_request(std::string url, const std::vector<std::pair<std::string, std::string>>& fields,
                         std::vector<std::string> headers = {});

// The answer as JSON; discarded() when it is none.
nlohmann::json json_answer(const Posted& posted);
// A delivery that failed inside a 2xx: `word` is the service's own, shown when it is a plain word or number.
Delivery failed_inside(Delivery delivery, Delivery::Outcome outcome, std::string_view word);

// A wait from a body, never negative, at most a day.
Duration seconds_or_day(double seconds);

std::string percent_encoded(std::string_view text);  // RFC 3986: all but unreserved characters
// The setting without slashes at its end, or `otherwise`.
std::string base_url(const Channel& channel, const char* name, const char* otherwise);

}  // namespace mailcanary
