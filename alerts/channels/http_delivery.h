// What an HTTP answer means for a notice, for all channels that post over HTTP.
// Retry classes: shared by all services; a service that hides errors inside a 200 looks at the body itself.
// Threads: the loop's thread. Inside alerts/ only.
#pragma once
#include <optional>
#include <string>

#include "alerts/outbox.h"
#include "core/http_client.h"

namespace mailcanary {

// The class of an exchange. `detail` is the status in our own words or the client's error, never the peer's body: a
// server may echo the address, which is a secret.
Delivery delivery_of(const Result<HttpResponse>& exchange);
std::string status_words(int status);  // "503 Service Unavailable"

struct Posted {
  Delivery delivery;
  std::string body;  // the answer's, as it came; empty when there was none
};
// One attempt: `full`, and once more `shortened` when there is one and the server says that the payload is what it
// cannot take.
Task<Posted> post(HttpClient& http, HttpRequest full, std::optional<HttpRequest> shortened);

}  // namespace mailcanary
