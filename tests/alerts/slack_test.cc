#include <nlohmann/json.hpp>

#include "core/text.h"
#include "tests/alerts/channel_bed.h"

using namespace mailcanary;
using namespace std::chrono_literals;
using nlohmann::json;
using Outcome = Delivery::Outcome;

namespace {

constexpr const char* secret_path = "/services/T000/B000/T0PSECRET";

Delivery send(ChannelBed& bed, const Notice& notice, Duration timeout = 20s) {
  bed.make("slack", {{"webhook", secret_setting(bed.server.url(secret_path))}}, timeout);
  return bed.deliver(notice);
}

json posted(const Notice& notice) {
  ChannelBed bed({http_answer(200, "ok")});
  CHECK(send(bed, notice).outcome == Outcome::delivered);
  REQUIRE(bed.server.requests().size() == 1);
  CHECK(bed.server.requests()[0].header("content-type") == "application/json");
  return json::parse(bed.server.requests()[0].body);
}

}  // namespace

TEST_CASE("a Slack message has a fallback text, a header, the facts and a link to the page") {
  const json message = posted(sample_notice());
  CHECK(message["text"] == "[critical] Example Mail: mail is not accepted");
  const json& blocks = message["blocks"];
  REQUIRE(blocks.size() == 3);
  CHECK(blocks[0]["type"] == "header");
  CHECK(blocks[0]["text"]["type"] == "plain_text");
  CHECK(blocks[0]["text"]["text"] == "🔴 [critical] Example Mail: mail is not accepted");
  CHECK(blocks[1]["type"] == "section");
  CHECK(blocks[1]["text"]["type"] == "mrkdwn");
  CHECK(blocks[1]["text"]["verbatim"] == true);
  const std::string text = blocks[1]["text"]["text"];
  CHECK(text.find("*Measured:* 12 of 14 canaries failed (86%: 1 lost), 2 more are overdue.\n") != std::string::npos);
  CHECK(blocks[2]["elements"][0]["text"] ==
        "example-mail.submit | 24 Nov 2026, 12:58 UTC | "
        "<https://status.example/incidents/01JDF0Q8M0SAMPLE0UTAGE0001.html|page>");
}

TEST_CASE("the mark of a Slack message tells the end and the weight of an incident apart") {
  Notice notice = sample_notice();
  const auto header = [&] { return posted(notice)["blocks"][0]["text"]["text"].get<std::string>(); };
  notice.impact = Impact::minor;
  CHECK(header().starts_with("🟠"));
  notice.impact = Impact::major;
  CHECK(header().starts_with("🔴"));
  notice.kind = NoticeKind::resolved;
  CHECK(header().starts_with("✅"));
}

TEST_CASE("text from outside cannot ping, link or format in Slack") {
  Notice notice = sample_notice();
  notice.title = "<!channel> A&B <https://evil.example|click>";
  notice.text = "First error: 550 <!here> a&b\x1b[31m\xFF\n<@U123>: *x*";
  notice.incident_key = "<!everyone>";
  const json message = posted(notice);
  CHECK(message["text"] == "&lt;!channel&gt; A&amp;B &lt;https://evil.example|click&gt;");
  CHECK(message["blocks"][1]["text"]["text"] ==
        "*First error:* 550 &lt;!here&gt; a&amp;b\xEF\xBF\xBD[31m\xEF\xBF\xBD\n*&lt;@U123&gt;:* *x*");
  const std::string context = message["blocks"][2]["elements"][0]["text"];
  CHECK(context.starts_with("&lt;!everyone&gt; | "));
}

TEST_CASE("an address that would break out of a Slack link is left out") {
  Notice notice = sample_notice();
  for (const char* url : {"javascript:alert(1)", "https://x.example/|<!channel>", "https://x.example/ a", ""}) {
    notice.url = url;
    CHECK(posted(notice)["blocks"][2]["elements"][0]["text"] == "example-mail.submit | 24 Nov 2026, 12:58 UTC");
  }
  notice.url = "https://x.example/?a=1&b=2";
  const std::string context = posted(notice)["blocks"][2]["elements"][0]["text"];
  CHECK(context.ends_with("<https://x.example/?a=1&amp;b=2|page>"));
}

TEST_CASE("a Slack message keeps within Slack's sizes whatever the notice holds") {
  Notice notice = sample_notice();
  notice.title = std::string(500, '&');
  notice.text.clear();
  for (int i = 0; i < 400; ++i) notice.text += "Line: <<<<<<<<<<\xE2\x82\xAC&&&&&&&&&&\n";
  notice.incident_key = std::string(500, '<');
  const json message = posted(notice);
  std::size_t sum = 0;
  const auto& blocks = message["blocks"];
  const std::string header = blocks[0]["text"]["text"], section = blocks[1]["text"]["text"],
                    context = blocks[2]["elements"][0]["text"];
  CHECK(header.size() <= 160);
  CHECK(section.size() <= 3000);
  CHECK(section.size() > 2500);
  CHECK(valid_utf8(section));
  for (const auto& text : {header, section, context}) sum += text.size();
  CHECK(sum < 10000);
  // Nothing is cut in the middle of an entity.
  CHECK((section.ends_with("…") && section.find("&a…") == std::string::npos &&
         section.find("&am…") == std::string::npos && section.find("&l…") == std::string::npos &&
         section.find("&lt…") == std::string::npos));
}

TEST_CASE("what Slack's answer means") {
  struct Row {
    std::string answer;
    Outcome outcome;
    std::optional<Duration> retry_after;
    const char* detail;
  };
  const Row rows[] = {
      {http_answer(200, "ok"), Outcome::delivered, {}, "200 OK"},
      {http_answer(200, "<html>Please sign in</html>"),
       Outcome::retry_later,
       {},
       "200 OK, but with a web page: not from Slack"},
      {http_answer(429, "rate_limited", "Retry-After: 3\r\n"), Outcome::retry_later, 3s,
       "429 Too Many Requests (rate_limited)"},
      {http_answer(403, "action_prohibited"), Outcome::channel_stopped, {}, "403 Forbidden (action_prohibited)"},
      {http_answer(404, "no_service"), Outcome::channel_stopped, {}, "404 Not Found (no_service)"},
      {http_answer(410, "channel_is_archived"), Outcome::channel_stopped, {}, "410 Gone (channel_is_archived)"},
      {http_answer(500, "rollup_error"), Outcome::retry_later, {}, "500 Internal Server Error (rollup_error)"},
      {http_answer(404, "Cannot POST /services/T000/B000/T0PSECRET"), Outcome::channel_stopped, {}, "404 Not Found"},
      {http_answer(503, "\x1b[31m<b>"), Outcome::retry_later, {}, "503 Service Unavailable"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.answer);
    ChannelBed bed({row.answer});
    const Delivery delivery = send(bed, sample_notice());
    CHECK(delivery.outcome == row.outcome);
    CHECK(delivery.retry_after == row.retry_after);
    CHECK(delivery.detail == row.detail);
    CHECK(bed.server.requests().size() == 1);
  }
}

TEST_CASE("blocks that Slack refuses are followed once by plain text") {
  ChannelBed bed({http_answer(400, "invalid_blocks"), http_answer(200, "ok")});
  CHECK(send(bed, sample_notice()).outcome == Outcome::delivered);
  REQUIRE(bed.server.requests().size() == 2);
  const json plain = json::parse(bed.server.requests()[1].body);
  CHECK_FALSE(plain.contains("blocks"));
  CHECK(plain["text"].get<std::string>().starts_with("[critical] Example Mail: mail is not accepted: Example Mail"));

  ChannelBed never({http_answer(400, "invalid_payload"), http_answer(400, "invalid_payload")});
  const Delivery delivery = send(never, sample_notice());
  CHECK(delivery.outcome == Outcome::bad_payload);
  CHECK(delivery.detail == "400 Bad Request (invalid_payload)");
}

TEST_CASE("Slack out of reach is tried again, and the webhook stays secret") {
  for (const char* answer : {TestHttpServer::silence, TestHttpServer::reset, TestHttpServer::endless}) {
    CAPTURE(answer);
    ChannelBed bed({answer});
    const Delivery delivery = send(bed, sample_notice(), 300ms);
    CAPTURE(delivery.detail);
    CHECK(delivery.outcome == Outcome::retry_later);
    CHECK(delivery.detail.find("services") == std::string::npos);
    CHECK(delivery.detail.find("T0PSECRET") == std::string::npos);
  }
}
