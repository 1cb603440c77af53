#include "monitor/web_server.h"

#include <zlib.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "monitor/published_site.h"
#include "monitor/web_events.h"
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
        loop, "127.0.0.1", 0, [this](WebRequest request) { return answer(std::move(request)); }, limits);
    REQUIRE(made);
    server = std::move(*made);
  }
  Task<WebAnswer> answer(WebRequest request) {
    asked.push_back(request.method + " " + request.path + (request.query.empty() ? "" : " ? " + request.query));
    WebAnswer made;
    if (request.path == "/") {
      made.content_type = "text/html; charset=utf-8";
      made.body = page;
      made.gzip = gzip;
    } else if (request.path == "/api") {
      made.content_type = "application/json";
      made.body = std::make_shared<const std::string>("{}");
      made.cross_origin = true;
    } else if (request.path == "/events") {
      made.events = events;
    } else if (request.path == "/form") {
      made.body = std::make_shared<const std::string>(request.form);
      made.is_private = true;
    } else {
      made.status = 404;
      made.body = std::make_shared<const std::string>("nothing here\n");
    }
    co_return made;
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
  std::shared_ptr<const std::string> gzip;
  std::shared_ptr<WebEvents> events = std::make_shared<WebEvents>(loop);
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

Task<WebAnswer> nobody(WebRequest) { co_return WebAnswer{}; }

}  // namespace

TEST_CASE("a page is served with the headers that keep browsers safe") {
  Site site;
  const std::string got = site.get("/");
  CHECK(status_line(got) == "HTTP/1.1 200 OK");
  CHECK(body_of(got) == *site.page);
  CHECK(header_of(got, "Content-Type") == "text/html; charset=utf-8");
  CHECK(header_of(got, "Content-Length") == std::to_string(site.page->size()));
  CHECK(header_of(got, "X-Content-Type-Options") == "nosniff");
  CHECK(header_of(got, "Content-Security-Policy") == "default-src 'none'; frame-ancestors 'none'");
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

TEST_CASE("who takes gzip gets it, under a tag of its own") {
  Site site;
  site.gzip = std::make_shared<const std::string>(gzip_of(*site.page));
  const std::string plain = site.get("/"), packed = site.get("/", "Accept-Encoding: br, gzip\r\n");
  CHECK(body_of(plain) == *site.page);
  CHECK(header_of(plain, "Vary") == "Accept-Encoding");
  CHECK(header_of(plain, "Content-Encoding").empty());
  CHECK(body_of(packed) == *site.gzip);
  CHECK(header_of(packed, "Content-Encoding") == "gzip");
  CHECK(header_of(packed, "Content-Length") == std::to_string(site.gzip->size()));
  const std::string tag = header_of(packed, "ETag");
  CHECK(tag != header_of(plain, "ETag"));
  CHECK(body_of(site.get("/", "Accept-Encoding: gzip;q=0\r\n")) == *site.page);
  const std::string again = site.get("/", "Accept-Encoding: gzip\r\nIf-None-Match: " + tag + "\r\n");
  CHECK(status_line(again) == "HTTP/1.1 304 Not Modified");
  CHECK(status_line(site.get("/", "If-None-Match: " + tag + "\r\n")) == "HTTP/1.1 200 OK");
}

TEST_CASE("gzip is taken when it is named with a weight above nothing") {
  for (const char* yes : {"gzip", "deflate, gzip;q=0.5", "GZIP", "*", "gzip; q=1.0", "br;q=1, *;q=0.1"})
    CHECK(accepts_gzip(yes));
  for (const char* no : {"", "br", "gzip;q=0", "gzip;q=0.000", "identity, gzip; q=0", "*;q=0", "gzipped"})
    CHECK_FALSE(accepts_gzip(no));
}

TEST_CASE("what is compressed is so the same each time and gives the same bytes back") {
  const std::string bytes = std::string(100000, 'a') + "the end";
  const std::string packed = gzip_of(bytes);
  CHECK(packed == gzip_of(bytes));
  CHECK(packed.size() < 1000);
  std::string back(bytes.size() + 1, '\0');
  z_stream stream{};
  REQUIRE(inflateInit2(&stream, 16 + MAX_WBITS) == Z_OK);
  std::string in = packed;
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(back.data());
  stream.avail_out = static_cast<uInt>(back.size());
  CHECK(inflate(&stream, Z_FINISH) == Z_STREAM_END);
  back.resize(stream.total_out);
  inflateEnd(&stream);
  CHECK(back == bytes);
}

TEST_CASE("a site made anew keeps what did not change, compressed bytes and all") {
  SiteFiles files = {{"index.html", std::string(5000, 'x')}, {"api/v2/status.json", "{}"}};
  const auto first = make_published_site(files, {});
  CHECK(first->at("index.html").gzip);
  CHECK_FALSE(first->at("api/v2/status.json").gzip);
  CHECK(first->at("api/v2/status.json").type == "application/json; charset=utf-8");
  files["api/v2/status.json"] = "{ }";
  files["new.html"] = "new";
  const auto second = make_published_site(files, *first);
  CHECK(second->at("index.html").gzip == first->at("index.html").gzip);
  CHECK(second->at("api/v2/status.json").tag != first->at("api/v2/status.json").tag);
  CHECK(second->size() == 3);
}

TEST_CASE("a posted form reaches the handler, and its answer is kept by nobody") {
  Site site;
  const std::string got = site.send(
      "POST /form HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 11\r\n"
      "Connection: close\r\n\r\nwho=a+b&x=1");
  CHECK(body_of(got) == "who=a+b&x=1");
  CHECK(header_of(got, "Cache-Control") == "no-store");
  CHECK(header_of(got, "ETag").empty());
  CHECK(site.asked == std::vector<std::string>{"POST /form"});
}

TEST_CASE("form fields are decoded, and broken ones left out") {
  using Fields = std::map<std::string, std::string>;
  CHECK(form_fields("who=a+b&text=%C3%A9%26&empty=&bad=%zz&flag") ==
        Fields{{"who", "a b"}, {"text", "\xC3\xA9&"}, {"empty", ""}, {"flag", ""}});
  CHECK(form_fields("") == Fields{});
}

TEST_CASE("a listener hears the newest event at once and then every one as it happens") {
  Site site;
  site.events->tell("old");
  site.events->tell("two\nlines");
  tcp::socket socket(site.loop.executor());
  std::string got;
  site.loop.run_until_done(connect_to(&socket, site.server->port()));
  site.loop.run_until_done(write_all(&socket, "GET /events HTTP/1.1\r\nHost: x\r\n\r\n"));
  site.loop.run_until_done(read_until(&socket, &got, "lines\n\n"));
  CHECK(status_line(got) == "HTTP/1.1 200 OK");
  CHECK(header_of(got, "Content-Type") == "text/event-stream");
  CHECK(got.ends_with("data: two\ndata: lines\n\n"));
  CHECK(got.find("old") == std::string::npos);
  CHECK(site.events->listeners() == 1);
  site.events->tell("next");
  site.loop.run_until_done(read_until(&socket, &got, "next\n\n"));
  CHECK(got.ends_with("data: next\n\n"));
}

TEST_CASE("a listener who hung up is forgotten at the next sign of life") {
  Site site(WebLimits{.heartbeat = std::chrono::milliseconds(5)});
  {
    tcp::socket socket(site.loop.executor());
    std::string got;
    site.loop.run_until_done(connect_to(&socket, site.server->port()));
    site.loop.run_until_done(write_all(&socket, "GET /events HTTP/1.1\r\nHost: x\r\n\r\n"));
    site.loop.run_until_done(read_until(&socket, &got, ": nothing new\n\n"));
    CHECK(site.events->listeners() == 1);
  }
  // Each request gives the loop time; the stream ends as soon as a heartbeat finds nobody.
  for (int i = 0; i < 1000 && site.events->listeners() > 0; ++i) site.get("/api");
  CHECK(site.events->listeners() == 0);
}

TEST_CASE("listeners take half of the connections at most, so that pages are served all the same") {
  Site site(WebLimits{.connections = 4});
  site.events->tell("x");
  std::vector<tcp::socket> sockets;
  std::string answers;
  for (int i = 0; i < 3; ++i) {
    sockets.emplace_back(site.loop.executor());
    std::string got;
    site.loop.run_until_done(connect_to(&sockets.back(), site.server->port()));
    site.loop.run_until_done(write_all(&sockets.back(), "GET /events HTTP/1.1\r\nHost: x\r\n\r\n"));
    site.loop.run_until_done(read_until(&sockets.back(), &got, "\r\n\r\n"));
    answers += status_line(got).substr(9, 3) + " ";
  }
  CHECK(answers == "200 200 503 ");
  CHECK(status_line(site.get("/api")) == "HTTP/1.1 200 OK");
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
      {"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", "HTTP/1.1 405 Method Not Allowed"},
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", "HTTP/1.1 415 Unsupported Media Type"},
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 99999\r\n\r\n",
       "HTTP/1.1 413 Payload Too Large"},
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
  CHECK(header_of(site.send("PUT / HTTP/1.0\r\n\r\n"), "Allow") == "GET, HEAD, POST");
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

TEST_CASE("who sends half a request holds no place against those who send a whole one") {
  for (const char* half : {"G", "GET / HTTP/1.1\r\nHost: x\r\n",
                           "POST /api HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 9\r\n\r\na"}) {
    CAPTURE(half);
    Site site(WebLimits{.connections = 2});
    tcp::socket first(site.loop.executor()), second(site.loop.executor()), third(site.loop.executor());
    for (tcp::socket* slow : {&first, &second}) {
      site.loop.run_until_done(connect_to(slow, site.server->port()));
      site.loop.run_until_done(write_all(slow, half));
    }
    // Both halves have come when the answer to a client behind them has.
    std::string got;
    site.loop.run_until_done(connect_to(&third, site.server->port()));
    site.loop.run_until_done(write_all(&third, "GET /api HTTP/1.1\r\nHost: x\r\n\r\n"));
    site.loop.run_until_done(read_until(&third, &got, "{}"));
    CHECK(body_of(got) == "{}");
  }
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
  const auto again = make_web_server(site.loop, "127.0.0.1", taken, nobody);
  REQUIRE_FALSE(again);
  CHECK(again.error().kind == ErrorKind::io);
  CHECK(again.error().message == "listen on 127.0.0.1:" + std::to_string(taken) + ": address already in use");

  const auto nowhere = make_web_server(site.loop, "192.0.2.1", 0, nobody);
  REQUIRE_FALSE(nowhere);
  CHECK(nowhere.error().message == "listen on 192.0.2.1:0: cannot assign requested address");
}

TEST_CASE("a page with forms lets the browser say where a form comes from, others tell nobody") {
  Site site;
  CHECK(header_of(site.get("/"), "Referrer-Policy") == "no-referrer");
  CHECK(header_of(site.get("/form"), "Referrer-Policy") == "same-origin");
}
