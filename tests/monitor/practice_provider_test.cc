#include "monitor/practice/practice_provider.h"

#include "core/crypto.h"
#include "core/line_session.h"
#include "monitor/practice/mail_folder.h"
#include "probes/bounce_notice.h"
#include "tests/catch.h"
#include "tests/monitor/line_client.h"

using namespace mailcanary;
using Kind = PracticeFault::Kind;

namespace {

// Two providers that know each other; ann and amy live in the north, bob in the south.
struct Practice {
  explicit Practice(Duration delivery_time = Duration::zero()) {
    auto one = make_practice_provider(
        loop, {"north.practice",
               {{"ann@north.practice", "ann", "ann-pw"}, {"amy@north.practice", "amy", "amy-pw"}},
               delivery_time});
    auto other =
        make_practice_provider(loop, {"south.practice", {{"bob@south.practice", "bob", "bob-pw"}}, delivery_time});
    REQUIRE(one);
    REQUIRE(other);
    north = std::move(*one);
    south = std::move(*other);
    north->connect_to(*south);
  }
  // From ann, logged in. `mail` and `rcpt` are more parameters. Empty when the message was taken.
  std::string send(const std::string& to, const std::string& subject, const std::string& mail = "",
                   const std::string& rcpt = "") {
    LineClient client(loop, north->smtp_port());
    return client.play("S: 220\nC: EHLO client.example\nS* 250 \nC: AUTH PLAIN " + plain("ann", "ann-pw") +
                       "\nS: 235\nC: MAIL FROM:<ann+tag@north.practice> " + mail + "\nC: RCPT TO:<" + to + "> " + rcpt +
                       "\nC: DATA\nS: 250\nS: 250\nS: 354\nC: Subject: " + subject +
                       "\nC:\nC: hello\nC: .\nS: 250\nC: QUIT\nS: 221\nclosed");
  }
  static std::string plain(const std::string& user, const std::string& password) {
    return to_base64(std::string(1, '\0') + user + std::string(1, '\0') + password);
  }
  // An IMAP client logged in, with the folder open.
  std::unique_ptr<LineClient> open(const std::string& user, const std::string& folder) {
    const auto& provider = user == "bob" ? south : north;
    auto client = std::make_unique<LineClient>(loop, provider->imap_port());
    CHECK(client->play("S: * OK\nC: a LOGIN " + user + " " + user + "-pw\nS: a OK") == "");
    CHECK(client->play("C: b SELECT " + folder + "\nS* b OK") == "");
    return client;
  }
  // All the messages of a folder as they lie there, once there are `count` of them.
  std::string messages(const std::string& user, int count, const std::string& folder = "INBOX") {
    const auto client = open(user, folder);
    const std::string exists = "* " + std::to_string(count) + " EXISTS";
    if (count > 0 && client->skipped().find(exists) == std::string::npos)
      CHECK(client->play("C: c IDLE\nS: +\nS* " + exists + "\nC: DONE\nS: c OK") == "");
    CHECK(client->play("C: d UID FETCH 1:* (BODY.PEEK[])\nS* d OK") == "");
    return client->skipped();
  }

  EventLoop loop;
  std::unique_ptr<PracticeProvider> north, south;
};

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("mail goes from one practice provider to another and carries the stamps of both") {
  Practice practice;
  CHECK(practice.send("bob@south.practice", "good day") == "");
  const std::string mail = practice.messages("bob", 1);
  CHECK(has(mail,
            "Return-Path: <ann+tag@north.practice>\r\nDelivered-To: bob@south.practice\r\n"
            "Received: from north.practice (north.practice [127.0.0.1])\r\n\tby south.practice with ESMTP id "));
  CHECK(has(mail, "Received: from client.example ([127.0.0.1])\r\n\tby north.practice with ESMTPA id "));
  CHECK(has(mail, "\tfor <bob@south.practice>; "));
  CHECK(has(mail, "\r\nSubject: good day\r\n\r\nhello\r\n"));
}

TEST_CASE("mail for a plus address comes to the mailbox of the address") {
  Practice practice;
  CHECK(practice.send("Amy+some+tag@North.Practice", "tagged") == "");
  CHECK(has(practice.messages("amy", 1), "Subject: tagged"));
}

TEST_CASE("each fault does to mail what its name says") {
  Practice practice;
  SECTION("refused connections") {
    practice.north->set_fault({Kind::refuse_connections});
    CHECK_FALSE(LineClient(practice.loop, practice.north->smtp_port()).connected());
    practice.north->set_fault({Kind::none});
    CHECK(practice.send("amy@north.practice", "again") == "");
  }
  SECTION("refused recipients") {
    practice.north->set_fault({Kind::reject});
    CHECK(has(practice.send("amy@north.practice", "x"), "came: 550 5.7.1"));
  }
  SECTION("deferred recipients") {
    practice.north->set_fault({Kind::defer});
    CHECK(has(practice.send("amy@north.practice", "x"), "came: 451 4.7.1"));
  }
  SECTION("swallowed mail never comes") {
    practice.north->set_fault({Kind::swallow});
    CHECK(practice.send("amy@north.practice", "swallowed") == "");
    practice.north->set_fault({Kind::none});
    CHECK(practice.send("amy@north.practice", "after it") == "");
    const std::string mail = practice.messages("amy", 1);
    CHECK(has(mail, "Subject: after it"));
    CHECK_FALSE(has(mail, "Subject: swallowed"));
  }
  SECTION("held mail comes when the fault ends") {
    practice.north->set_fault({Kind::hold});
    CHECK(practice.send("amy@north.practice", "held") == "");
    CHECK_FALSE(has(practice.messages("amy", 0), "Subject: held"));
    practice.north->set_fault({Kind::none});
    CHECK(has(practice.messages("amy", 1), "Subject: held"));
  }
  SECTION("mail is filed as junk") {
    practice.north->set_fault({Kind::junk});
    CHECK(practice.send("amy@north.practice", "junk") == "");
    CHECK(has(practice.messages("amy", 1, "Junk"), "Subject: junk"));
    CHECK_FALSE(has(practice.messages("amy", 0), "Subject: junk"));
  }
  SECTION("mail comes back") {
    practice.north->set_fault({Kind::bounce});
    CHECK(practice.send("bob@south.practice", "bounced") == "");
    const std::string report = practice.messages("ann", 1);
    CHECK(has(report, "Diagnostic-Code: smtp; 550 5.4.1 <bob@south.practice>: mail is bounced (practice fault)\r\n"));
  }
  SECTION("the mailboxes cannot be reached") {
    const auto reader = practice.open("amy", "INBOX");
    practice.north->set_fault({Kind::imap_down});
    CHECK(reader->play("C: x NOOP\nclosed") == "");
    CHECK_FALSE(LineClient(practice.loop, practice.north->imap_port()).connected());
    CHECK(practice.send("amy@north.practice", "meanwhile") == "");
    practice.north->set_fault({Kind::none});
    CHECK(has(practice.messages("amy", 1), "Subject: meanwhile"));
  }
}

TEST_CASE("a fault of the receiving provider shows at the sending one") {
  Practice practice;
  SECTION("refused: the sender is told by the provider that could not deliver") {
    practice.south->set_fault({Kind::reject});
    CHECK(practice.send("bob@south.practice", "refused") == "");
    const std::string report = practice.messages("ann", 1);
    CHECK(has(report, "Reporting-MTA: dns; north.practice\r\n"));
    CHECK(has(report, "Remote-MTA: dns; south.practice\r\n"));
    CHECK(has(report, "Action: failed\r\nStatus: 5.7.1\r\n"));
  }
  SECTION("deferred: it is tried again until it goes through") {
    practice.south->set_fault({Kind::defer});
    CHECK(practice.send("bob@south.practice", "patient") == "");
    CHECK_FALSE(has(practice.messages("bob", 0), "Subject: patient"));
    practice.south->set_fault({Kind::none});
    CHECK(has(practice.messages("bob", 1), "Subject: patient"));
  }
  SECTION("junk: the sender learns nothing") {
    practice.south->set_fault({Kind::junk});
    CHECK(practice.send("bob@south.practice", "smelly") == "");
    CHECK(has(practice.messages("bob", 1, "Junk"), "Subject: smelly"));
  }
}

TEST_CASE("mail handed over from outside meets the same faults") {
  Practice practice;
  practice.north->accept_from_peer("ann@north.practice", "bob@south.practice", "Subject: from outside\r\n\r\nhi\r\n");
  CHECK(has(practice.messages("ann", 1), "\tby north.practice with ESMTP id "));
  practice.north->set_fault({Kind::reject});
  practice.north->accept_from_peer("ann@north.practice", "bob@south.practice", "Subject: refused\r\n\r\nhi\r\n");
  CHECK(has(practice.messages("bob", 1), "Status: 5.7.1\r\n"));
  practice.north->set_fault({Kind::hold});
  practice.north->accept_from_peer("ann@north.practice", "bob@south.practice", "Subject: held\r\n\r\nhi\r\n");
  CHECK_FALSE(has(practice.messages("ann", 0), "Subject: held"));
  practice.north->set_fault({Kind::none});
  CHECK(has(practice.messages("ann", 2), "Subject: held"));
}

TEST_CASE("a bounce is a delivery report with the header of the original") {
  Practice practice;
  const std::string to = "nobody@south.practice";
  CHECK(practice.send(to, "lost", "RET=HDRS ENVID=env+2B1", "ORCPT=rfc822;No+2Bbody@south.practice") == "");
  const std::string report = practice.messages("ann", 1);
  CHECK(has(report, "Return-Path: <>\r\n"));
  CHECK(has(report, "\r\nTo: ann+tag@north.practice\r\n"));
  CHECK(has(report, "\r\nContent-Type: multipart/report; report-type=delivery-status;\r\n"));
  CHECK(has(report, "\r\nOriginal-Envelope-Id: env+1\r\n"));
  CHECK(has(report,
            "\r\nOriginal-Recipient: rfc822;No+body@south.practice\r\n"
            "Final-Recipient: rfc822; nobody@south.practice\r\n"
            "Action: failed\r\nStatus: 5.1.1\r\n"));
  CHECK(has(report, "\r\nContent-Type: text/rfc822-headers\r\n\r\nReceived: from client.example"));
  CHECK(has(report, "\r\nSubject: lost\r\n\r\n--"));
  CHECK_FALSE(has(report, "\r\nhello\r\n"));
}

TEST_CASE("reports are sent as the sender asked for them") {
  Practice practice;
  SECTION("the whole message") {
    CHECK(practice.send("nobody@south.practice", "whole", "RET=FULL") == "");
    const std::string report = practice.messages("ann", 1);
    CHECK(has(report, "\r\nContent-Type: message/rfc822\r\n"));
    CHECK(has(report, "\r\nhello\r\n"));
  }
  SECTION("of success") {
    CHECK(practice.send("bob@south.practice", "fine", "", "NOTIFY=SUCCESS") == "");
    CHECK(has(practice.messages("ann", 1), "\r\nAction: delivered\r\nStatus: 2.1.5\r\n"));
  }
  SECTION("never, and never to nobody") {
    CHECK(practice.send("nobody@south.practice", "quiet", "", "NOTIFY=NEVER") == "");
    practice.north->accept_from_peer("nobody@north.practice", "", "Subject: a bounce\r\n\r\nhi\r\n");
    CHECK(practice.send("ann@north.practice", "the only one") == "");
    CHECK_FALSE(has(practice.messages("ann", 1), "Action: failed"));
  }
}

TEST_CASE("our own reader understands the practice provider's bounce") {
  Practice practice;
  const Secret key("a key of twenty bytes");
  Canary canary;
  canary.id = CanaryId(make_ulid(practice.loop.now().wall));
  canary.sent_at = practice.loop.now().wall;
  Account ann, bob;
  ann.address = "ann@north.practice";
  bob.address = "nobody@south.practice";
  const ComposedCanary composed = compose_canary(canary, ann, bob, 0, key, "");
  practice.south->accept_from_peer(composed.envelope_to, composed.envelope_from, composed.message);
  const std::string fetched = practice.messages("ann", 1);
  const std::string report = fetched.substr(fetched.find("\r\n") + 2);
  CHECK(may_be_bounce(report));
  const auto notice = read_bounce(report, key);
  REQUIRE(notice);
  CHECK(notice->canary == canary.id);
  CHECK(notice->report.kind == BounceReport::Kind::failed);
  CHECK(notice->report.recipient == "nobody@south.practice");
  CHECK(notice->report.status == "5.1.1");
}

namespace {

Task<void> use_own_session(EventLoop* loop, LineEndpoint endpoint, std::string command, std::string* answer) {
  const MonoTime deadline = loop->now().mono + std::chrono::seconds(20);
  auto opened = co_await LineSession::open(*loop, endpoint, deadline);
  if (!opened.session) {
    *answer = opened.failure->message;
    co_return;
  }
  co_await opened.session->write(command, deadline);
  const auto line = co_await opened.session->read_line(deadline);
  *answer = line ? *line : line.error().message;
}

}  // namespace

TEST_CASE("our own sessions log in to both counters") {
  Practice practice;
  LineEndpoint endpoint;
  endpoint.require_tls = false;
  endpoint.user = "ann";
  endpoint.password = Secret("ann-pw");
  std::string answer;
  const auto ask = [&](std::string command) {
    practice.loop.run_until_done(use_own_session(&practice.loop, endpoint, std::move(command), &answer));
  };
  endpoint.url = "smtp://127.0.0.1:" + std::to_string(practice.north->smtp_port());
  ask("MAIL FROM:<ann@north.practice>\r\n");
  CHECK(answer == "250 2.1.0 sender taken");
  endpoint.url = "imap://127.0.0.1:" + std::to_string(practice.north->imap_port());
  ask("x STATUS Junk (MESSAGES)\r\n");
  CHECK(answer == "* STATUS Junk (MESSAGES 0)");
  endpoint.password = Secret("wrong");
  ask("");
  CHECK(has(answer, "open a session with 127.0.0.1"));
}

TEST_CASE("a provider that ends while mail and clients are on their way leaves nothing running") {
  Practice practice(std::chrono::hours(1));
  CHECK(practice.send("bob@south.practice", "never") == "");
  const auto idle = practice.open("ann", "INBOX");
  CHECK(idle->play("C: c IDLE\nS: +") == "");
  LineClient halfway(practice.loop, practice.north->smtp_port());
  CHECK(halfway.play("S: 220\nC: EHLO x\nS* 250 AUTH\nC: MAIL FROM:<>\nC: RCPT TO:<ann@north.practice>") == "");
  CHECK(halfway.play("C: DATA\nS* 354\nC: half") == "");
  practice.north.reset();
  practice.south.reset();
  practice.loop.run();  // returns only when no coroutine waits any more
  CHECK(idle->play("closed") == "");
  CHECK(halfway.play("closed") == "");
}

TEST_CASE("a folder that is full takes no more") {
  using Stored = practice::MailFolder::Stored;
  practice::MailFolder folder("INBOX", 1);
  for (int i = 0; i < 6; ++i) CHECK(folder.store(std::string(10u << 20, 'x'), {}) == Stored::done);
  CHECK(folder.store(std::string(10u << 20, 'x'), {}) == Stored::full);
  folder.remove(3);
  CHECK(folder.store(std::string(10u << 20, 'x'), {}) == Stored::done);
  CHECK(folder.messages().back().uid == 7);
  CHECK(folder.find(3) == nullptr);
}
