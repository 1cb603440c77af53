// Real bounces as they are counted: what of each message, and in every kind of mailbox only what is new.
#include <algorithm>

#include "config/bounce_reasons.h"
#include "core/text.h"
#include "probes/message_reading.h"
#include "tests/catch.h"
#include "tests/probes/real_bounces.h"

using namespace mailcanary;
using namespace std::chrono_literals;

namespace {

std::optional<TrafficBounce> counted(const std::string& message) {
  return read_traffic_bounce(message, read_bounce_mail(message), std::nullopt, test_noon);
}

}  // namespace

TEST_CASE("of a real bounce domain, reason and hardness are counted, one for each recipient") {
  CHECK(words(counted(report("1", full))) == "full.example mailboxfull soft 1");
  CHECK(words(counted(report("1", full + unknown + failed("tom@gone.example", "5.1.1", "550 5.1.1 user unknown")))) ==
        "full.example mailboxfull soft 1, gone.example userunknown hard 2");
  CHECK(words(counted(report("1", "\r\nFinal-Recipient: rfc822; bob@full.example\r\nAction: delayed\r\nStatus: 4.2.2\r\n"))) == "nothing");
  CHECK(words(counted("From: a@b.example\r\nSubject: lunch\r\n\r\nAt noon?\r\n")) == "nothing");
}

TEST_CASE("domains of one message are bounded, and what is no domain is not taken for one") {
  std::string groups;
  for (int i = 0; i < 30; ++i) groups += failed("x@d" + std::to_string(i) + ".example", "5.1.1", "550 5.1.1 user unknown");
  const auto bounce = counted(report("1", groups));
  REQUIRE(bounce);
  REQUIRE(bounce->groups.size() == 21);
  CHECK(bounce->groups.back().domain == "(other)");
  CHECK(bounce->groups.back().recipients == 10);
}

TEST_CASE("the mark of a message is the same however it is stored, and another for another message") {
  const std::string one = report("1", full);
  std::string flagged = "Status: RO\r\nX-UID: 7\r\n" + one;
  std::string unix_text;
  for (const char c : one) {
    if (c != '\r') unix_text += c;
  }
  CHECK(counted(flagged)->mark == counted(one)->mark);
  CHECK(counted(unix_text)->mark == counted(one)->mark);
  CHECK(counted(report("2", full))->mark != counted(one)->mark);
  CHECK(counted(one)->arrived_at == *parse_time("2026-11-24T11:59:30Z"));
}

TEST_CASE("a bounce of a canary is never counted as real traffic, whatever it says") {
  const auto canary = signed_canary();
  const std::string message = report("1", full + "\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n" + canary.header);
  const ReadBy by{test_key, "", test_noon - 1h};
  const auto header = message.substr(0, message.find("\r\n\r\n") + 4);
  const auto reading = read_message(by, read_header_word(by, header), header, message, std::nullopt, test_noon);
  REQUIRE(reading.sighting);
  CHECK(reading.sighting->id == canary.id);
  CHECK_FALSE(reading.traffic);
}

TEST_CASE("what came before the watch began, or a month ago, is not counted") {
  const std::string message = report("1", full);
  const auto header = message.substr(0, message.find("\r\n\r\n") + 4);
  const auto read = [&](WallTime count_from, WallTime stored_at) {
    const ReadBy by{test_key, "", count_from};
    return read_message(by, read_header_word(by, header), header, message, stored_at, test_noon).traffic.has_value();
  };
  CHECK(read(test_noon - 1h, test_noon - 59min));
  CHECK_FALSE(read(test_noon - 1h, test_noon - 61min));
  CHECK(read({}, test_noon - 24h * 29));
  CHECK_FALSE(read({}, test_noon - 24h * 31));
  const ReadBy ordinary{test_key, "", std::nullopt};
  CHECK_FALSE(read_message(ordinary, read_header_word(ordinary, header), header, message, std::nullopt, test_noon).traffic);
}

TEST_CASE("every word for a reason that the bounce library finds can be named by a rule") {
  const auto known = bounce_reasons();
  for (const char* said : {"550 5.1.1 user unknown", "552 5.2.2 mailbox full", "554 5.7.1 spam message rejected", "421 4.7.0 try again later",
                           "550 5.7.26 dmarc", "554 5.4.6 loop"}) {
    const auto bounce = counted(report("1", failed("a@b.example", "5.0.0", said)));
    REQUIRE(bounce);
    CAPTURE(said, bounce->groups[0].reason);
    CHECK(std::find(known.begin(), known.end(), bounce->groups[0].reason) != known.end());
  }
}
