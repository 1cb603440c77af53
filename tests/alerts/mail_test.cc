#include "core/crypto.h"
#include "tests/alerts/channel_bed.h"
#include "tests/alerts/golden.h"
#include "tests/alerts/mail_drop.h"

using namespace mailcanary;

namespace {

struct Bed {
  EventLoop loop;
  HttpClient http{loop};
  MailDrop drop;
  Result<std::unique_ptr<ChannelAdapter>> made = Error{};

  explicit Bed(const std::string& to = "boss@example.org", const std::string& account = "out") {
    Channel channel;
    channel.name = ChannelName("boss");
    channel.kind = "mail";
    channel.settings = {{"account", {account, {}}}, {"to", {to, {}}}};
    made = make_channel({loop, http, &drop}, channel);
  }
  Delivery deliver(const Notice& notice) {
    Delivery delivery;
    loop.run_until_done(deliver_into(made->get(), notice, &delivery));
    return delivery;
  }
};

std::string with_lf(std::string text) {
  std::erase(text, '\r');
  return text;
}

}  // namespace

TEST_CASE("a notice by mail is one message, in the thread of its incident") {
  Bed bed;
  REQUIRE(bed.made);
  bed.drop.answer.outcome = Delivery::Outcome::delivered;
  Notice notice = sample_notice();
  notice.channel = ChannelName("boss");
  CHECK(bed.deliver(notice).outcome == Delivery::Outcome::delivered);
  REQUIRE(bed.drop.mails.size() == 1);
  const OutgoingMail& mail = bed.drop.mails[0];
  CHECK(mail.id == notice.id.str());
  CHECK(mail.from == "canary@other.example");
  CHECK(mail.to == "boss@example.org");
  check_golden("channels/mail.txt", with_lf(mail.message));
}

TEST_CASE("what a mail's header and lines cannot hold is encoded, and nothing breaks out") {
  Bed bed;
  Notice notice = sample_notice();
  notice.title = "M\xC3\xBCnchen \xE2\x82\xAC\r\nBcc: everybody@example.net " + std::string(100, 'x');
  notice.text = "l\xC3\xA4nger\r\n.\r\n" + std::string(2000, 'y');
  bed.deliver(notice);
  const std::string message = bed.drop.mails.at(0).message;
  CHECK(message.find("\r\nBcc") == std::string::npos);
  CHECK(message.find("Content-Transfer-Encoding: base64\r\n") != std::string::npos);
  for (std::size_t from = 0; from < message.size();) {
    const auto end = message.find("\r\n", from);
    REQUIRE(end != std::string::npos);
    CHECK(end - from <= 998);
    CHECK(message.find('\n', from) == end + 1);
    from = end + 2;
  }
}

TEST_CASE("what the server says of a mail is what becomes of the notice") {
  Bed bed;
  bed.drop.answer = {Delivery::Outcome::bad_payload, "rcpt to refused: 550 5.1.1 no such user", {}, ""};
  const Delivery delivery = bed.deliver(sample_notice());
  CHECK(delivery.outcome == Delivery::Outcome::bad_payload);
  CHECK(delivery.detail == "rcpt to refused: 550 5.1.1 no such user");
}

TEST_CASE("a mail channel that cannot work is refused at the start") {
  CHECK_FALSE(Bed("no address").made);
  CHECK_FALSE(Bed("a@b.example, c@d.example").made);
  CHECK_FALSE(Bed("boss@example.org", "mute").made);
}
