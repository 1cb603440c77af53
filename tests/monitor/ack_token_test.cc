#include "monitor/ack_token.h"

#include "core/crypto.h"
#include "tests/catch.h"

using namespace mailcanary;

TEST_CASE("an acknowledgement's token fits its incident and its key only") {
  const Secret key("sixteen bytes at least"), other("another key of ours");
  const IncidentId incident("01JDA7ZQ2V8W4T6Y9XKM3N5P7R");
  const std::string token = ack_token(key, incident);
  CHECK(token.size() == 52);
  CHECK(token.find_first_not_of("abcdefghijklmnopqrstuvwxyz234567") == std::string::npos);
  CHECK(is_ack_token(token, key, incident));
  CHECK_FALSE(is_ack_token(token, other, incident));
  CHECK_FALSE(is_ack_token(token, key, IncidentId("01JDA7ZQ2V8W4T6Y9XKM3N5P7S")));
  CHECK_FALSE(is_ack_token("", key, incident));
  CHECK_FALSE(is_ack_token(token.substr(1), key, incident));
  // The key signs canaries too: a bare signature of the id is not a token.
  CHECK_FALSE(is_ack_token(to_base32_lower(hmac_sha256(key.reveal(), incident.str())), key, incident));
}

TEST_CASE("a notice that calls somebody ends with the link that takes its incident, and no other notice does") {
  Config config;
  config.signing_key = Secret("sixteen bytes at least");
  config.status.url = "https://status.example";
  config.status.listen_host = "127.0.0.1";
  for (const char* kind : {"pagerduty", "slack", "statuspage", "log"}) {
    Channel channel;
    channel.name = ChannelName(kind);
    channel.kind = kind;
    config.channels.push_back(channel);
  }
  const auto told = [&](const char* channel, NoticeKind kind) {
    Notice notice;
    notice.incident = IncidentId("01JDA7ZQ2V8W4T6Y9XKM3N5P7R");
    notice.channel = ChannelName(channel);
    notice.kind = kind;
    notice.text = "Mail fails.";
    return text_with_ack_link(config, notice);
  };
  const std::string linked = "Mail fails.\nTake it: https://status.example/ack/01JDA7ZQ2V8W4T6Y9XKM3N5P7R/" +
                             ack_token(config.signing_key, IncidentId("01JDA7ZQ2V8W4T6Y9XKM3N5P7R"));
  CHECK(told("pagerduty", NoticeKind::opened) == linked);
  CHECK(told("slack", NoticeKind::escalated) == linked);
  CHECK(told("pagerduty", NoticeKind::resolved) == "Mail fails.");
  CHECK(told("statuspage", NoticeKind::opened) == "Mail fails.");
  CHECK(told("log", NoticeKind::opened) == "Mail fails.");
  config.status.listen_host.clear();  // nobody serves it
  CHECK(told("pagerduty", NoticeKind::opened) == "Mail fails.");
}
