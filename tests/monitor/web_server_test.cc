#include "monitor/web_server.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "monitor/web_syntax.h"
#include "tests/catch.h"

using namespace mailcanary;
namespace asio = boost::asio;
using tcp = asio::ip::tcp;

namespace {

constexpr auto await = asio::as_tuple(asio::use_awaitable);

Task<void> connect_to(tcp::socket* socket, int port) {
  const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), static_cast<unsigned short>(port));
  const auto [error] = co_await socket->async_connect(endpoint, await);
  CHECK_FALSE(error);
}

Task<void> write_all(tcp::socket* socket, std::string bytes) {
  co_await asio::async_write(*socket, asio::buffer(bytes), await);
}

Task<void> read_to_end(tcp::socket* socket, std::string* answer) {
  co_await asio::async_read(*socket, asio::dynamic_buffer(*answer), await);
}

// Until the answer holds `end`, or the server closes.
Task<void> read_until(tcp::socket* socket, std::string* answer, std::string end) {
  while (answer->find(end) == std::string::npos) {
    std::string chunk(65536, '\0');
    const auto [error, count] = co_await socket->async_read_some(asio::buffer(chunk), await);
    if (error) break;
    answer->append(chunk, 0, count);
  }
}

// A server with a small site, and raw bytes to and from it.
struct Site {
  explicit Site(WebLimits limits = {}) {
    auto made = make_web_server(
        loop, "127.0.0.1", 0, [this](const WebRequest& request) { return answer(request); }, limits);
    REQUIRE(made);
    server = std::move(*made);
  }
  WebAnswer answer(const WebRequest& request) {
    asked.push_back(request.method + " " + request.path + (request.query.empty() ? "" : " ? " + request.query));
    WebAnswer made;
    if (request.path == "/") {
      made.content_type = "text/html; charset=utf-8";
      made.body = page;
    } else if (request.path == "/api") {
      made.content_type = "application/json";
      made.body = std::make_shared<const std::string>("{}");
      made.cross_origin = true;
    } else {
      made.status = 404;
      made.body = std::make_shared<const std::string>("nothing here\n");
    }
    return made;
  }
  std::string send(const std::string& bytes) {
    tcp::socket socket(loop.executor());
    std::string got;
    loop.run_until_done(connect_to(&socket, server->port()));
    loop.run_until_done(write_all(&socket, bytes));
    loop.run_until_done(read_to_end(&socket, &got));
    return got;
  }
  std::string get(const std::string& target, const std::string& more = "") {
    return send("GET " + target + " HTTP/1.1\r\nHost: x\r\n" + more + "Connection: close\r\n\r\n");
  }

  EventLoop loop;
  std::shared_ptr<const std::string> page = std::make_shared<const std::string>("<!doctype html><p>all is well\n");
  std::vector<std::string> asked;
  std::unique_ptr<WebServer> server;
};

std::string status_line(const std::string& answer) { return answer.substr(0, answer.find("\r\n")); }
std::string body_of(const std::string& answer) {
  const auto blank = answer.find("\r\n\r\n");
  return blank == std::string::npos ? "" : answer.substr(blank + 4);
}
std::string header_of(const std::string& answer, const std::string& name) {
  const auto at = answer.find("\r\n" + name + ": ");
  if (at == std::string::npos) return "";
  const auto start = at + name.size() + 4;
  return answer.substr(start, answer.find("\r\n", start) - start);
}

}  // namespace

TEST_CASE("a page is served with the headers that keep browsers safe") {
  Site site;
  const std::string got = site.get("/");
  CHECK(status_line(got) == "HTTP/1.1 200 OK");
  CHECK(body_of(got) == *site.page);
  CHECK(header_of(got, "Content-Type") == "text/html; charset=utf-8");
  CHECK(header_of(got, "Content-Length") == std::to_string(site.page->size()));
  CHECK(header_of(got, "X-Content-Type-Options") == "nosniff");
  CHECK(header_of(got, "Content-Security-Policy") == "default-src 'none'");
  CHECK(header_of(got, "Referrer-Policy") == "no-referrer");
  CHECK(header_of(got, "Cache-Control") == "no-cache");
  CHECK(header_of(got, "Date").ends_with(" GMT"));
  CHECK(header_of(got, "Access-Control-Allow-Origin").empty());
}

TEST_CASE("an answer for everybody says so to browsers") {
  Site site;
  CHECK(header_of(site.get("/api"), "Access-Control-Allow-Origin") == "*");
}

TEST_CASE("an error of the handler is passed on and not kept by caches") {
  Site site;
  const std::string got = site.get("/none");
  CHECK(status_line(got) == "HTTP/1.1 404 Not Found");
  CHECK(body_of(got) == "nothing here\n");
  CHECK(header_of(got, "Cache-Control") == "no-store");
  CHECK(header_of(got, "ETag").empty());
}

TEST_CASE("HEAD gives the header of GET and no body") {
  Site site;
  const std::string got = site.send("HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  CHECK(status_line(got) == "HTTP/1.1 200 OK");
  CHECK(header_of(got, "Content-Length") == std::to_string(site.page->size()));
  CHECK(body_of(got).empty());
  CHECK(site.asked == std::vector<std::string>{"HEAD /"});
}

TEST_CASE("who has the page already is told so instead of getting it again") {
  Site site;
  const std::string tag = header_of(site.get("/"), "ETag");
  REQUIRE(tag.size() == 34);
  for (const std::string& condition : {tag, "W/" + tag, "\"other\", " + tag, std::string("*")}) {
    CAPTURE(condition);
    const std::string got = site.get("/", "If-None-Match: " + condition + "\r\n");
    CHECK(status_line(got) == "HTTP/1.1 304 Not Modified");
    CHECK(header_of(got, "ETag") == tag);
    CHECK(body_of(got).empty());
  }
  CHECK(status_line(site.get("/", "If-None-Match: \"other\"\r\n")) == "HTTP/1.1 200 OK");

  site.page = std::make_shared<const std::string>("<!doctype html><p>an outage\n");
  const std::string changed = site.get("/", "If-None-Match: " + tag + "\r\n");
  CHECK(status_line(changed) == "HTTP/1.1 200 OK");
  CHECK(body_of(changed) == *site.page);
  CHECK(header_of(changed, "ETag") != tag);
}

TEST_CASE("one connection carries many requests, also when they are sent at once") {
  Site site;
  const std::string one = "GET /api HTTP/1.1\r\nHost: x\r\n\r\n";
  const std::string last = "GET /api HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  const std::string got = site.send(one + one + last);
  CHECK(site.asked.size() == 3);
  CHECK(got.find("Connection: close") > got.rfind("HTTP/1.1 200 OK"));
}

TEST_CASE("an HTTP/1.0 client is served and the connection closed") {
  Site site;
  const std::string got = site.send("GET / HTTP/1.0\r\n\r\n");
  CHECK(status_line(got) == "HTTP/1.0 200 OK");
  CHECK(body_of(got) == *site.page);
}

TEST_CASE("requests that cannot be served are refused before the handler is asked") {
  struct {
    const char* request;
    const char* answer;
  } const cases[] = {
      {"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 405 Method Not Allowed"},
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", "HTTP/1.1 405 Method Not Allowed"},
      {"TRACE / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 405 Method Not Allowed"},
      {"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", "HTTP/1.1 413 Payload Too Large"},
      {"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "HTTP/1.1 413 Payload Too Large"},
      {"GET / HTTP/1.1\r\nConnection: close\r\n\r\n", "HTTP/1.1 400 Bad Request"},
      {"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\nConnection: close\r\n\r\n", "HTTP/1.1 400 Bad Request"},
      {"GET /../secret HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 400 Bad Request"},
      {"GET /%2e%2E/secret HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 400 Bad Request"},
      {"GET * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 400 Bad Request"},
      {"GET / HTTP/9.9\r\nHost: x\r\n\r\n", "HTTP/1.1 400 Bad Request"},
      {"\x16\x03\x01\x02 a TLS client knocks\r\n\r\n", "HTTP/1.1 400 Bad Request"},
  };
  Site site;
  for (const auto& one : cases) {
    CAPTURE(one.request);
    const std::string got = site.send(one.request);
    CHECK(status_line(got) == one.answer);
    CHECK(header_of(got, "X-Content-Type-Options") == "nosniff");
  }
  CHECK(site.asked.empty());
  CHECK(header_of(site.send("PUT / HTTP/1.0\r\n\r\n"), "Allow") == "GET, HEAD");
}

TEST_CASE("a header longer than 8 KiB is refused, one a little shorter is read") {
  Site site;
  CHECK(status_line(site.get("/", "X: " + std::string(7900, 'x') + "\r\n")) == "HTTP/1.1 200 OK");
  CHECK(status_line(site.get("/", "X: " + std::string(9000, 'x') + "\r\n")) ==
        "HTTP/1.1 431 Request Header Fields Too Large");
  CHECK(status_line(site.get("/" + std::string(100000, 'x'))) == "HTTP/1.1 431 Request Header Fields Too Large");
}

TEST_CASE("paths are decoded, queries are handed on as they came") {
  Site site;
  site.get("/a%20b/%C3%A9?x=%20&y");
  CHECK(site.asked == std::vector<std::string>{"GET /a b/\xC3\xA9 ? x=%20&y"});
}

TEST_CASE("a target is a clean absolute path or nothing") {
  struct {
    const char* target;
    const char* path;  // null: refused
  } const cases[] = {
      {"/", "/"},
      {"/api/v2/summary.json", "/api/v2/summary.json"},
      {"http://status.example/x?y", "/x"},
      {"HTTPS://status.example", "/"},
      {"/a%2Fb", "/a/b"},
      {"/a+b", "/a+b"},
      {"", nullptr},
      {"*", nullptr},
      {"x", nullptr},
      {"http:///x", nullptr},
      {"http://host?x", nullptr},
      {"ftp://host/x", nullptr},
      {"/x#y", nullptr},
      {"/..", nullptr},
      {"/a/../b", nullptr},
      {"/%2e%2e/b", nullptr},
      {"/.%2e", nullptr},
      {"/..%2fb", nullptr},
      {"/a%5c..%5cb", nullptr},
      {"/a\\b", nullptr},
      {"/a%00b", nullptr},
      {"/a%0d%0ab", nullptr},
      {"/a%", nullptr},
      {"/a%4", nullptr},
      {"/a%zz", nullptr},
  };
  for (const auto& one : cases) {
    CAPTURE(one.target);
    const auto target = decode_target(one.target);
    CHECK(bool(target) == (one.path != nullptr));
    if (target && one.path) CHECK(target->path == one.path);
  }
}

TEST_CASE("a client that does not finish its request is cut off") {
  Site site(WebLimits{.request = std::chrono::milliseconds(20), .idle = std::chrono::seconds(30)});
  CHECK(site.send("").empty());
  CHECK(site.send("GET / HTTP/1.1\r\nHost:").empty());
  CHECK(site.asked.empty());
}

TEST_CASE("a connection that stays idle after its answer is closed") {
  Site site(WebLimits{.request = std::chrono::seconds(30), .idle = std::chrono::milliseconds(20)});
  const std::string got = site.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(body_of(got) == *site.page);
}

TEST_CASE("a client that does not take its answer is cut off") {
  Site site(WebLimits{.request = std::chrono::seconds(30), .idle = std::chrono::milliseconds(20)});
  site.page = std::make_shared<const std::string>(32u << 20, 'x');
  tcp::socket lazy(site.loop.executor());
  site.loop.run_until_done(connect_to(&lazy, site.server->port()));
  site.loop.run_until_done(write_all(&lazy, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
  // The second client's idle time ends after the first one's time to take its answer.
  CHECK(body_of(site.send("GET /api HTTP/1.1\r\nHost: x\r\n\r\n")) == "{}");
  std::string got;
  site.loop.run_until_done(read_to_end(&lazy, &got));
  CHECK(got.size() < site.page->size());
}

TEST_CASE("when all connections are taken the one idle for longest makes room") {
  Site site(WebLimits{.connections = 2});
  const std::string request = "GET /api HTTP/1.1\r\nHost: x\r\n\r\n";
  tcp::socket first(site.loop.executor()), second(site.loop.executor()), third(site.loop.executor());
  std::string of_first, of_second, of_third;
  site.loop.run_until_done(connect_to(&first, site.server->port()));
  site.loop.run_until_done(write_all(&first, request));
  site.loop.run_until_done(read_until(&first, &of_first, "{}"));
  site.loop.run_until_done(connect_to(&second, site.server->port()));
  site.loop.run_until_done(write_all(&second, request));
  site.loop.run_until_done(read_until(&second, &of_second, "{}"));

  site.loop.run_until_done(connect_to(&third, site.server->port()));
  site.loop.run_until_done(write_all(&third, request));
  site.loop.run_until_done(read_until(&third, &of_third, "{}"));
  CHECK(body_of(of_third) == "{}");

  of_first.clear();
  site.loop.run_until_done(read_to_end(&first, &of_first));
  CHECK(of_first.empty());  // closed without another word

  of_second.clear();
  site.loop.run_until_done(write_all(&second, request));
  site.loop.run_until_done(read_until(&second, &of_second, "{}"));
  CHECK(body_of(of_second) == "{}");
}

TEST_CASE("a server that ends while clients are connected leaves nothing running") {
  Site site;
  tcp::socket client(site.loop.executor());
  std::string got;
  site.loop.run_until_done(connect_to(&client, site.server->port()));
  site.loop.run_until_done(write_all(&client, "GET /api HTTP/1.1\r\nHost: x\r\n\r\n"));
  site.loop.run_until_done(read_until(&client, &got, "{}"));
  site.server.reset();
  site.loop.run();  // returns only when no coroutine waits any more
  got.clear();
  site.loop.run_until_done(read_to_end(&client, &got));
  CHECK(got.empty());
}

TEST_CASE("a place that cannot be listened on is named with the reason") {
  Site site;
  const int taken = site.server->port();
  const auto again = make_web_server(site.loop, "127.0.0.1", taken, [](const WebRequest&) { return WebAnswer{}; });
  REQUIRE_FALSE(again);
  CHECK(again.error().kind == ErrorKind::io);
  CHECK(again.error().message == "listen on 127.0.0.1:" + std::to_string(taken) + ": address already in use");

  const auto nowhere = make_web_server(site.loop, "192.0.2.1", 0, [](const WebRequest&) { return WebAnswer{}; });
  REQUIRE_FALSE(nowhere);
  CHECK(nowhere.error().message == "listen on 192.0.2.1:0: cannot assign requested address");
}
