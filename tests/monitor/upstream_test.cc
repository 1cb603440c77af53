#include "monitor/upstream.h"

#include "core/units.h"
#include "tests/alerts/http_server.h"
#include "tests/catch.h"

using namespace mailcanary;

namespace {

using Found = std::vector<UpstreamStatus>;

Task<void> look_into(EventLoop* loop, HttpClient* http, std::vector<std::string> urls, Duration patience, Found* into) {
  Found found = co_await look_upstream(*loop, *http, std::move(urls), patience);
  *into = std::move(found);
}

UpstreamStatus look(const std::string& answer) {
  EventLoop loop;
  HttpClient http(loop);
  const TestHttpServer server(loop, {answer});
  Found found;
  loop.run_until_done(look_into(&loop, &http, {server.url("/api/v2/summary.json")}, upstream_patience, &found));
  return found.at(0);
}

}  // namespace

TEST_CASE("a provider's page says in one line what it says, as JSON or as a feed") {
  struct Case {
    const char* body;
    const char* says;
  };
  for (const Case& one : {
           Case{R"({"page":{"id":"x"},"status":{"indicator":"none","description":"All Systems Operational"}})",
                "All Systems Operational"},
           Case{R"({"status":{"description":"Partial\u0000 \u001b[31mOutage\nnow"}})", "Partial\xef\xbf\xbd \xef\xbf\xbd[31mOutage now"},
           Case{"<?xml version=\"1.0\"?><feed xmlns=\"http://www.w3.org/2005/Atom\"><title>Status</title>"
                "<entry><title>Delays &amp; <![CDATA[more]]></title><updated>2026-11-24T12:00:00Z</updated></entry>"
                "<entry><title>Old</title></entry></feed>",
                "latest entry: Delays & more (2026-11-24T12:00:00Z)"},
           Case{"<rss version=\"2.0\"><channel><title>Status</title><item><pubDate>Tue, 24 Nov 2026 12:00:00 +0000</pubDate>"
                "<title>Login trouble</title></item></channel></rss>",
                "latest entry: Login trouble (Tue, 24 Nov 2026 12:00:00 +0000)"},
           Case{"<rss version=\"2.0\"><channel><title>Status</title></channel></rss>", "nothing: its feed has no entries"},
       }) {
    CAPTURE(one.body);
    const auto says = read_upstream(one.body);
    REQUIRE(says);
    CHECK(*says == one.says);
  }
}

TEST_CASE("a page that is no status page, or means harm, is a fault and nothing more") {
  std::string deep = "{\"status\":";
  for (int i = 0; i < 100000; ++i) deep += "[";
  std::string deep_xml = "<rss>";
  for (int i = 0; i < 10000; ++i) deep_xml += "<a>";
  for (const std::string& body :
       {std::string(), std::string("hello"), std::string("{}"), std::string("{\"status\":\"up\"}"),
        std::string("{\"status\":{\"description\":7}}"), std::string("<html><body>moved</body></html>"), std::string("<rss><item>"),
        std::string("<!DOCTYPE rss [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;\">]><rss><item><title>&b;</title></item></rss>"),
        deep, deep_xml}) {
    CAPTURE(body.substr(0, 60));
    CHECK_FALSE(read_upstream(body));
  }
  const std::string huge = "{\"status\":{\"description\":\"" + std::string(500000, 'x') + "\"}}";
  CHECK(read_upstream(huge).value().size() < 700);
}

TEST_CASE("a look at a status page is bounded, and what is wrong with it is said") {
  CHECK(look(http_answer(200, R"({"status":{"description":"All Systems Operational"}})")).says == "All Systems Operational");
  CHECK(look(http_answer(503)).fault == "its status page answers 503");
  CHECK(look(http_answer(301, "", "Location: https://elsewhere.example/\r\n")).fault == "its status page answers 301");
  CHECK_FALSE(look(TestHttpServer::endless).fault.empty());
  CHECK_FALSE(look(TestHttpServer::reset).fault.empty());
}

TEST_CASE("pages are looked at all at once: silent ones keep no other waiting") {
  EventLoop loop;
  HttpClient http(loop);
  const TestHttpServer silent(loop, {TestHttpServer::silence});
  const TestHttpServer mute(loop, {TestHttpServer::silence});
  const TestHttpServer quick(loop, {http_answer(200, R"({"status":{"description":"All good"}})")});
  Found found;
  // Were they asked one after the other, all patience would be gone before the last one's turn.
  loop.run_until_done(look_into(&loop, &http, {silent.url("/a"), mute.url("/b"), quick.url("/c")}, std::chrono::milliseconds(400), &found));
  REQUIRE(found.size() == 3);
  CHECK_FALSE(found[0].fault.empty());
  CHECK_FALSE(found[1].fault.empty());
  CHECK(found[2].says == "All good");
  CHECK(silent.requests().size() == 1);
  CHECK(mute.requests().size() == 1);
  loop.abandon();
}

TEST_CASE("what was read goes into the ledger and comes back") {
  const UpstreamStatus status{parse_time("2026-11-24T14:02:00Z").value(), "All Systems Operational", ""};
  const auto back = upstream_from_text(upstream_to_text(status));
  REQUIRE(back);
  CHECK(back->at == status.at);
  CHECK(back->says == status.says);
  CHECK(upstream_words(*back, status.at) == "All Systems Operational (14:02 UTC)");
  CHECK(upstream_words({status.at, "", "broken"}, status.at).empty());
  for (const char* text : {"", "{}", "[1]", "{\"at\":7}"}) CHECK_FALSE(upstream_from_text(text));
}
