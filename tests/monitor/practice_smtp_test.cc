// The SMTP counter of the practice provider, by its dialogues.
#include "monitor/practice/practice_provider.h"
#include "tests/catch.h"
#include "tests/monitor/line_client.h"

using namespace mailcanary;

namespace {

struct Provider {
  Provider() {
    auto made = make_practice_provider(loop, {"north.practice", {{"ann@north.practice", "ann", "ann-pw"}}});
    REQUIRE(made);
    practice = std::move(*made);
  }
  EventLoop loop;
  std::unique_ptr<PracticeProvider> practice;
};

}  // namespace

TEST_CASE("the SMTP counter keeps to the order of things") {
  Provider provider;
  struct {
    const char* what;
    const char* dialogue;
  } const cases[] = {
      {"EHLO lists what can be had", R"(
        C: EHLO x
        S: 250-north.practice
        S: 250-PIPELINING
        S: 250-SIZE 10485760
        S: 250-8BITMIME
        S: 250-ENHANCEDSTATUSCODES
        S: 250-DSN
        S: 250 AUTH PLAIN LOGIN)"},
      {"HELO lists nothing", R"(
        C: HELO x
        S: 250 north.practice
        C: AUTH PLAIN
        S: 503)"},
      {"a name must be a name", R"(
        C: EHLO
        S: 501
        C: EHLO a(b)
        S: 501)"},
      {"nothing before EHLO, no recipient before MAIL, no data without a recipient", R"(
        C: MAIL FROM:<a@b>
        S: 503
        C: EHLO x
        S* 250 AUTH
        C: RCPT TO:<ann@north.practice>
        S: 503
        C: DATA
        S: 503
        C: MAIL FROM:<>
        S: 250
        C: MAIL FROM:<>
        S: 503
        C: DATA
        S: 554
        C: RSET
        S: 250
        C: MAIL FROM:<>
        S: 250)"},
      {"senders and recipients must be readable", R"(
        C: EHLO x
        S* 250 AUTH
        C: MAIL FROM:ann
        S: 501
        C: MAIL FROM:<a b@c>
        S: 501
        C: MAIL FROM:<> SIZE=99999999
        S: 552
        C: MAIL FROM:<> RET=SOME
        S: 555
        C: MAIL FROM:<> ENVID=+0A
        S: 501
        C: MAIL FROM:<> BODY=8BITMIME AUTH=<>
        S: 250
        C: RCPT TO:<>
        S: 501
        C: RCPT TO:<ann@north.practice> NOTIFY=SOMETIMES
        S: 501
        C: RCPT TO:<ann@north.practice>
        S: 250)"},
      {"strangers may write to people here and not elsewhere", R"(
        C: EHLO x
        S* 250 AUTH
        C: MAIL FROM:<x@y>
        S: 250
        C: RCPT TO:<bob@south.practice>
        S: 554 5.7.1
        C: RCPT TO:<nobody@north.practice>
        S: 550 5.1.1
        C: RCPT TO:<ann@north.practice>
        S: 250)"},
      {"AUTH LOGIN asks twice", R"(
        C: EHLO x
        S* 250 AUTH
        C: AUTH LOGIN
        S: 334 VXNlcm5hbWU6
        C: YW5u
        S: 334 UGFzc3dvcmQ6
        C: YW5uLXB3
        S: 235
        C: AUTH LOGIN
        S: 503)"},
      {"AUTH may be given up or be garbage", R"(
        C: EHLO x
        S* 250 AUTH
        C: AUTH PLAIN
        S: 334
        C: *
        S: 501
        C: AUTH PLAIN !!!
        S: 501
        C: AUTH PLAIN YWJj
        S: 501
        C: AUTH X
        S: 504)"},
      {"three wrong passwords are enough", R"(
        C: EHLO x
        S* 250 AUTH
        C: AUTH PLAIN AGFubgB4
        S: 535
        C: AUTH PLAIN AGFubgB4
        S: 535
        C: AUTH PLAIN AGFubgB4
        S: 535
        closed)"},
      {"commands may be unknown", R"(
        C: STARTTLS
        S: 500
        C: VRFY ann
        S: 252
        C: noop
        S: 250
        C: QUIT
        S: 221
        closed)"},
  };
  for (const auto& one : cases) {
    INFO(one.what);
    LineClient client(provider.loop, provider.practice->smtp_port());
    CHECK(client.play(std::string("S: 220 north.practice ESMTP\n") + one.dialogue) == "");
  }
}

TEST_CASE("the SMTP counter is patient with nobody who only makes mistakes or never ends a line") {
  Provider provider;
  LineClient clumsy(provider.loop, provider.practice->smtp_port());
  std::string mistakes = "S: 220\n";
  for (int i = 0; i < 20; ++i) mistakes += "C: WHAT\nS: 500\n";
  CHECK(clumsy.play(mistakes + "S: 421\nclosed") == "");
  LineClient endless(provider.loop, provider.practice->smtp_port());
  CHECK(endless.play("S: 220\nC: EHLO " + std::string(5000, 'x') + "\nS: 500 5.5.2\nclosed") == "");
}

TEST_CASE("a message that is too big is read to its end and refused") {
  Provider provider;
  LineClient client(provider.loop, provider.practice->smtp_port());
  std::string lines;
  for (int i = 0; i < 180; ++i) lines += "C: " + std::string(60'000, 'x') + "\n";
  CHECK(client.play("S: 220\nC: EHLO x\nS* 250 AUTH\nC: MAIL FROM:<>\nC: RCPT TO:<ann@north.practice>") == "");
  CHECK(client.play("C: DATA\nS* 354\n" + lines + "C: .\nS: 552 5.3.4\nC: NOOP\nS: 250") == "");
}
