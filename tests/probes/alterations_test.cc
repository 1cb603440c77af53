// What the way does to a canary, and the words for it.
#include "probes/alterations.h"

#include <algorithm>

#include "core/text.h"
#include "probes/message_reading.h"
#include "tests/catch.h"

using namespace mailcanary;

namespace {

const Secret key("a signing key for tests");
using Words = std::vector<std::string>;

std::string composed(std::size_t padding = 0, const std::string& contact = "post@shop.example") {
  Canary canary;
  canary.id = CanaryId("01HGW2Q8MNP3RSTVWXYZ012345");
  canary.route = RouteName("shop-watch");
  canary.sent_at = WallTime(std::chrono::milliseconds(1795525200000));
  Account from, to;
  from.address = "canary@shop.example";
  to.address = "watch@other.example";
  return compose_canary(canary, from, to, padding, key, contact).message;
}

std::string replace(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

Words changes(const std::string& message, ArrivedBody::Extent extent = ArrivedBody::Extent::whole) {
  const std::string_view header = std::string_view(message).substr(0, body_begin(message));
  const auto proof = recognise_canary(header, key);
  REQUIRE(proof);
  return find_changes(*proof, header, {std::string_view(message).substr(header.size()), extent}, key);
}

std::string without_carriage_returns(std::string text) {
  std::erase(text, '\r');
  return text;
}

}  // namespace

TEST_CASE("a canary that arrives as it was sent has no changes, whatever its size") {
  for (const std::size_t padding : {0, 1, 77, 78, 79, 5000}) {
    CAPTURE(padding);
    const std::string message = composed(padding);
    CHECK(changes(message) == Words{});
    CHECK(changes(message.substr(0, 1900), ArrivedBody::Extent::beginning) == Words{});
    CHECK(changes(message.substr(0, message.find("\r\n\r\n") + 4), ArrivedBody::Extent::nothing) == Words{});
  }
  CHECK(changes(composed(0, "Jürgen")) == Words{});
}

TEST_CASE("line ends, blanks at the ends of lines and empty lines at the end are no changes") {
  const std::string message = composed();
  CHECK(changes(without_carriage_returns(message)) == Words{});
  CHECK(changes(message + "\r\n \r\n\r\n") == Words{});
  CHECK(changes(replace(message, "Hello,\r\n", "Hello, \t\r\n")) == Words{});
}

TEST_CASE("what was added is counted: a footer, a banner, and both") {
  const std::string message = composed();
  const std::string footer = "-- \r\nChecked by the gateway.\r\n";  // 3 + 24 bytes as lines with one end and no blank
  CHECK(changes(message + footer) == Words{"a footer of 27 bytes was added"});
  const std::string banner = replace(message, "Hello,\r\n", "[External]\r\n\r\nHello,\r\n");
  CHECK(changes(banner) == Words{"12 bytes were put in front of the text"});
  CHECK(changes(banner + footer) == Words{"12 bytes were put in front of the text", "a footer of 27 bytes was added"});
  CHECK(changes(composed(500) + footer) == Words{"a footer of 27 bytes was added"});
}

TEST_CASE("the text that begins again in a footer is not taken for the end of the first") {
  const std::string message = composed();
  const std::string quoted = message.substr(message.find("\r\n\r\n") + 4);
  CHECK(changes(message + "\r\n" + quoted).size() == 1);
}

TEST_CASE("a rewritten link is told with the house it leads to, also beside a footer") {
  const std::string message = composed();
  const std::string ours = "https://mailcanary.invalid/01HGW2Q8MNP3RSTVWXYZ012345";
  const std::string safe = replace(message, ours, "https://eu.protect.example/?url=https%3A%2F%2Fmailcanary.invalid&c=1");
  CHECK(changes(safe) == Words{"links rewritten (1 of 1, to eu.protect.example)"});
  CHECK(changes(safe + "bye\r\n") ==
        Words{"links rewritten (1 of 1, to eu.protect.example)", "a footer of 4 bytes was added"});
}

TEST_CASE("text that was cut or changed is told as that") {
  const std::string message = composed();
  CHECK(changes(replace(message, "small message", "large message")) == Words{"the text was changed"});
  const std::string half = message.substr(0, message.find("gets through"));
  CHECK(changes(half) == Words{"the text was cut (82 of 480 bytes)"});
  // Nothing is claimed about what was not read.
  CHECK(changes(half, ArrivedBody::Extent::beginning) == Words{});
  const std::string padded = composed(500);
  CHECK(changes(padded.substr(0, padded.size() - 110)) == Words{"108 bytes are missing at the end"});
}

TEST_CASE("header fields that were changed are told by name") {
  const std::string message = composed();
  CHECK(changes(replace(message, "Subject: ", "Subject: [SPAM?] ")) ==
        Words{"Subject was changed (\"[SPAM?]\" put in front)"});
  CHECK(changes(replace(message, "mlsxwsiryd7wmymxks27msq52a\r\nDate", "mlsxwsiryd7wmymxks27msq52a (checked)\r\nDate")) ==
        Words{"Subject was changed (\"(checked)\" put behind)"});
  CHECK(changes(replace(message, "Subject: Mailcanary ", "Subject: hi\x1b[1m ")).at(0).find("Subject was changed (\"hi") == 0);
  CHECK(changes(replace(message, "From: Mailcanary <canary@shop.example>", "From: canary via list <list@shop.example>")) ==
        Words{"From or To was changed"});
  CHECK(changes(replace(message, "Message-ID: <", "Message-ID: <other.")) == Words{"Message-ID was changed"});
  CHECK(changes(replace(message, "X-Mailcanary: ", "X-Taken: ")) == Words{"X-Mailcanary was removed"});
}

TEST_CASE("a text that was encoded anew or packed into parts is compared as it reads") {
  const std::string message = composed();
  const std::string quoted = replace(replace(message, "Encoding: 7bit", "Encoding: quoted-printable"),
                                     "https://mailcanary.invalid/", "https://mailcanary.=\r\ninvalid/");
  CHECK(changes(quoted) == Words{"the text was encoded anew (quoted-printable)"});
  std::string parts = replace(message, "text/plain; charset=utf-8", "multipart/mixed; boundary=x");
  parts = replace(parts, "Hello,", "--x\r\nContent-Type: text/plain\r\n\r\nHello,") + "--x--\r\n";
  CHECK(changes(parts) == Words{"the message was made multipart/mixed"});
}

TEST_CASE("a canary of an earlier version has no seal, and nothing is said of its text") {
  std::string message = composed();
  const auto at = message.find(" body=");
  message.erase(at, message.find("\r\n", at) + 2 - at);
  CHECK(changes(message + "whatever\r\n") == Words{});
}

TEST_CASE("a seal of another key, another canary, or of nonsense proves nothing and hurts nothing") {
  const std::string message = composed();
  for (const char* seal : {"480.480.aaaaaaaaaaaaaaaaaaaaaaaaaa", "1.1.", "0.0.x", "99999999999999999999.1.x", "-1.2.x", "a", ""}) {
    CAPTURE(seal);
    std::string forged = message;
    const auto at = forged.find(" body=") + 6;
    forged.replace(at, forged.find(';', at) - at, seal);
    for (const auto& change : changes(forged)) CHECK(change == "the text was changed");
  }
}
