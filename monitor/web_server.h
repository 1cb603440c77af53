// A small HTTP/1.1 server (Beast) for the page, the API, what operators see, /healthz and /metrics.
// Threads: the loop's thread; the handler runs on it. What takes time (the ledger) it awaits.
// Bounds: 8 KiB of request header, 16 KiB of a posted form, 10 s to send a request, 30 s to take an answer, 30 s idle,
// 256 connections; over that the oldest is closed that has not sent a whole request. At most half of them listen to events.
// Does not: TLS (put a proxy before it when it must be public), know who may see what.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "core/event_loop.h"
#include "core/result.h"

namespace mailcanary {

class WebEvents;

struct WebRequest {
  std::string method;  // GET, HEAD or POST; others are answered 405 before the handler is asked
  std::string path;    // decoded, without query; begins with "/"; no "..", no NUL
  std::string query;
  std::string host;            // as the client names us
  std::string authorization;   // as sent, or empty
  std::string origin;          // of the page that asks, or empty
  std::string form;            // body of a POST, of application/x-www-form-urlencoded only
  bool through_proxy = false;  // it came by way of a proxy that says so
};

struct WebAnswer {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::shared_ptr<const std::string> body;  // shared: many clients get the same bytes
  std::shared_ptr<const std::string> gzip;  // the same, compressed; null: not worth it
  std::string tag;                          // strong entity tag of the body; empty: it is found out
  bool cross_origin = false;                // Access-Control-Allow-Origin: * (the public API)
  bool is_private = false;                  // not to be kept by any cache
  std::string policy = "default-src 'none'; frame-ancestors 'none'";  // Content-Security-Policy
  std::string location;                                               // of a redirect
  std::string challenge;                                              // WWW-Authenticate
  std::shared_ptr<WebEvents> events;  // instead of a body: server-sent events, until somebody hangs up
};

class WebServer {
 public:
  using Handler = std::function<Task<WebAnswer>(WebRequest)>;
  virtual ~WebServer() = default;
  virtual int port() const = 0;  // the one in use when 0 was asked for
};
struct WebLimits {
  Duration request = std::chrono::seconds(10);
  Duration idle = std::chrono::seconds(30);
  std::size_t connections = 256;
  Duration heartbeat = std::chrono::seconds(15);  // of event streams, so that proxies keep them
};
// Errors name host and port: "listen on 127.0.0.1:8025: address already in use".
Result<std::unique_ptr<WebServer>> make_web_server(EventLoop& loop, std::string host, int port,
                                                   WebServer::Handler handler, WebLimits limits = {});

}  // namespace mailcanary
