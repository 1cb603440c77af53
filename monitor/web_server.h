// A small read-only HTTP/1.1 server (Beast) for the page, the API, /healthz and /metrics.
// Threads: the loop's thread; the handler runs on it and must be quick (bytes that are ready).
// Bounds: 8 KiB of request header, no request body, 10 s to send a request, 30 s to take an answer, 30 s idle, 256
// connections; over that the oldest idle one is closed.
// Does not: TLS (put a proxy before it when it must be public), POST.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "core/event_loop.h"
#include "core/result.h"

namespace mailcanary {

struct WebRequest {
  std::string method;  // GET or HEAD; others are answered 405 before the handler is asked
  std::string path;    // decoded, without query; begins with "/"; no "..", no NUL
  std::string query;
};
struct WebAnswer {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::shared_ptr<const std::string> body;  // shared: many clients get the same bytes
  bool cross_origin = false;                // Access-Control-Allow-Origin: * (the public API)
  std::string policy = "default-src 'none'";  // Content-Security-Policy
};

class WebServer {
 public:
  using Handler = std::function<WebAnswer(const WebRequest&)>;
  virtual ~WebServer() = default;
  virtual int port() const = 0;  // the one in use when 0 was asked for
};
struct WebLimits {
  Duration request = std::chrono::seconds(10);
  Duration idle = std::chrono::seconds(30);
  std::size_t connections = 256;
};
// Errors name host and port: "listen on 127.0.0.1:8025: address already in use".
Result<std::unique_ptr<WebServer>> make_web_server(EventLoop& loop, std::string host, int port,
                                                   WebServer::Handler handler, WebLimits limits = {});

}  // namespace mailcanary
