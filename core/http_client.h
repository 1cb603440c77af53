// One HTTP exchange with a deadline and a size bound; libcurl does HTTP and TLS.
// Threads: the loop's thread. Redirects are not followed (we post secrets). TLS is verified.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/event_loop.h"
#include "core/result.h"

namespace mailcanary {

struct HttpRequest {
  std::string method = "GET";
  std::string url;                   // http:// or https://; may itself be secret: errors never repeat it
  std::vector<std::string> headers;  // "Name: value"; a value with CR or LF is refused
  std::string body;
  Duration deadline = std::chrono::seconds(20);
  std::size_t max_body = 1u << 20;   // a longer answer is an error
  std::string ca_file;               // empty: the system's
};

struct HttpResponse {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case; the last of a repeated one
  std::string body;
  // From Retry-After (RFC 9110 §10.2.3): seconds or an HTTP date, never negative, at most one day.
  std::optional<Duration> retry_after;
};

class HttpClient {
 public:
  explicit HttpClient(EventLoop& loop) : loop_(loop) {}
  // An answer of any status is a success of the exchange. Errors: timed_out, unreachable (resolve, connect, TLS),
  // protocol (not HTTP, too long), invalid_input (bad URL or header). Messages name the host, never path or query.
  Task<Result<HttpResponse>> exchange(HttpRequest request);

 private:
  EventLoop& loop_;
};

}  // namespace mailcanary
