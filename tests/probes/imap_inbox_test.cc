#include "tests/catch.h"
#include "tests/probes/imap_inbox_fixture.h"

using namespace mailcanary;
using namespace std::chrono_literals;

TEST_CASE("without a cursor reading starts at the present end, and the first look is told at once") {
  InboxTest test({start});
  const auto report = test.next();
  CHECK(report.fault == "");
  CHECK(report.looked_at == test_noon);
  CHECK(report.sightings.empty());
  CHECK(cursor_of(report, "INBOX") == "7:11");
  CHECK(test.complaints() == none);
}

TEST_CASE("a canary announced in IDLE is found, and only it") {
  const auto canary = signed_canary(test_noon + 19s);
  InboxTest test({start + R"(
  C: $tag IDLE
  S: + idling
  wait go
  S: * 5 EXISTS
  C: DONE
  S: $tag OK done
  C: $tag UID FETCH 11:* )" + header_items + fetched_header(10, foreign_header) + fetched_header(11, foreign_header) +
                  fetched_header(12, canary.header) + done});
  test.next();
  test.loop.spawn(later(test, 20s, "go"));
  const auto report = test.next();
  CHECK(report.fault == "");
  REQUIRE(report.sightings.size() == 1);
  const auto& seen = report.sightings[0];
  CHECK(seen.id == canary.id);
  CHECK(seen.kind == Sighting::Kind::canary);
  CHECK(seen.place == ProofPlace::header);
  CHECK_FALSE(seen.in_junk);
  CHECK(seen.message.folder == "INBOX");
  CHECK(seen.message.uid_validity == 7);
  CHECK(seen.message.uid == 12);
  CHECK(seen.source == ArrivalSource::push);
  CHECK(seen.arrived_at == test_noon + 20s);
  CHECK(seen.resolution == 1s);
  CHECK(cursor_of(report, "INBOX") == "7:13");
  CHECK(test.complaints() == none);
}

TEST_CASE("an expected canary is asked for, though the server could push") {
  const auto canary = signed_canary(test_noon + 5s);
  InboxTest test({start + R"(
  C: $tag IDLE
  S: + idling
  C: DONE
  S: $tag OK done
  C: $tag NOOP
  S: * 4 EXISTS
  S: $tag OK done
  C: $tag UID FETCH 11:* )" + header_items + fetched_header(11, canary.header) + done});
  test.options.quick_look = 0ms;
  test.next();
  struct Expect {
    static Task<void> soon(InboxTest& test) {
      while (test.server.said_by_client().back().find("IDLE") == std::string::npos) co_await test.loop.sleep_for(1ms);
      test.clock.advance(5080ms);
      test.inbox().expect({1, 0}, test.loop.now());
    }
  };
  test.loop.spawn(Expect::soon(test));
  const auto report = test.next();
  REQUIRE(report.sightings.size() == 1);
  CHECK(report.sightings[0].source == ArrivalSource::poll);
  CHECK(report.sightings[0].arrived_at == test_noon + 5080ms);
  CHECK(report.sightings[0].resolution == 80ms);  // since it was made
  CHECK(test.complaints() == none);
}

TEST_CASE("a look that is asked for is made at once, and told though it found nothing") {
  InboxTest test({start + R"(
  C: $tag IDLE
  S: + idling
  C: DONE
  S: $tag OK done
  C: $tag UID FETCH * (UID)
  S: * 3 FETCH (UID 10)
  S: $tag OK done
)"});
  test.next();
  struct Ask {
    static Task<void> soon(InboxTest& test) {
      while (test.server.said_by_client().back().find("IDLE") == std::string::npos) co_await test.loop.sleep_for(1ms);
      test.clock.advance(3s);
      test.inbox().look_now();
    }
  };
  test.loop.spawn(Ask::soon(test));
  const auto report = test.next();
  CHECK(report.fault == "");
  CHECK(report.sightings.empty());
  CHECK(report.looked_at == test_noon + 3s);
  CHECK(test.complaints() == none);
}

TEST_CASE("where IDLE is missing the mailbox is polled") {
  const auto canary = signed_canary();
  InboxTest test({imap_hello("UIDPLUS") + opened_inbox(0, 7, 1) + no_junk + R"(
  C: $tag NOOP
  S: $tag OK done
  C: $tag NOOP
  S: * 1 EXISTS
  S: $tag OK done
  C: $tag UID FETCH 1:* )" + header_items + fetched_header(1, canary.header) + done});
  test.options.quick_look = 0ms;
  test.next();
  test.inbox().expect({1, 0}, test.loop.now());
  const auto report = test.next();
  CHECK(report.sightings.size() == 1);
  CHECK(test.complaints() == none);
}

TEST_CASE("reading goes on from the stored cursor, by stamps for what came meanwhile") {
  const auto canary = signed_canary(test_noon - 10min);
  InboxTest test({imap_hello("IDLE") + opened_inbox(9, 7, 11) + "C: $tag UID FETCH 8:10 " + header_items +
                  fetched_header(9, canary.header) + done + no_junk});
  test.options.cursors = {{"INBOX", 7, 8}};
  test.clock.advance(1h);
  const auto report = test.next();
  REQUIRE(report.sightings.size() == 1);
  CHECK(report.sightings[0].source == ArrivalSource::internaldate);
  CHECK(report.sightings[0].arrived_at == test_noon);
  CHECK(report.sightings[0].resolution == 1s);
  CHECK(report.looked_at == test_noon + 1h);
  CHECK(cursor_of(report, "INBOX") == "7:11");
  CHECK(test.complaints() == none);
}

TEST_CASE("when UIDVALIDITY is another one, canaries are searched for since the given time") {
  const auto canary = signed_canary();
  InboxTest test({imap_hello("IDLE") + opened_inbox(9, 8, 11) + R"(
  C: $tag UID SEARCH UID 1:10 SINCE 22-Nov-2026 OR OR HEADER X-Mailcanary "" *
  S: * SEARCH 4 99
  S: $tag OK done
  C: $tag UID FETCH 4 )" + header_items + fetched_header(4, canary.header) + done + no_junk});
  test.options.cursors = {{"INBOX", 7, 11}};
  test.options.since = test_noon - 24h;
  const auto report = test.next();
  REQUIRE(report.sightings.size() == 1);
  CHECK(report.sightings[0].message.uid_validity == 8);
  CHECK(cursor_of(report, "INBOX") == "8:11");
  CHECK(test.complaints() == none);
}

TEST_CASE("a cursor beyond the folder's end is not believed") {
  InboxTest test({imap_hello("IDLE") + opened_inbox(9, 7, 11) + no_junk});
  test.options.cursors = {{"INBOX", 7, 4000000000u}};
  const auto report = test.next();
  CHECK(cursor_of(report, "INBOX") == "7:11");
  CHECK(test.complaints() == none);
}

TEST_CASE("many new messages are narrowed by the server's search, in slices") {
  const auto canary = signed_canary();
  InboxTest test({imap_hello("IDLE") + opened_inbox(100000, 7, 100001) + R"(
  C: $tag UID SEARCH UID 11:5010 OR OR HEADER X-Mailcanary "" *
  S: * SEARCH
  S: $tag OK done
  C: $tag UID SEARCH UID 5011:25010 OR *
  S: * SEARCH 6000
  S: $tag OK done
  C: $tag UID FETCH 6000 )" + header_items + fetched_header(6000, canary.header) + R"(
  S: $tag OK done
  C: $tag UID SEARCH UID 25011:45010 OR *
  S: $tag OK done
  C: $tag UID SEARCH UID 45011:65010 OR *
  S: $tag OK done
  C: $tag UID SEARCH UID 65011:85010 OR *
  S: $tag OK done
  C: $tag UID SEARCH UID 85011:100000 OR *
  S: $tag OK done
)" + no_junk});
  test.options.cursors = {{"INBOX", 7, 11}};
  const auto report = test.next();
  CHECK(report.sightings.size() == 1);
  CHECK(report.looked_at);
  CHECK(cursor_of(report, "INBOX") == "7:100001");
  CHECK(test.complaints() == none);
}

TEST_CASE("a server that cannot search is read message by message") {
  InboxTest test({imap_hello("IDLE") + opened_inbox(300, 7, 301) + "C: $tag UID SEARCH *\nS: $tag BAD no\n" +
                  "C: $tag UID FETCH 1:200 " + header_items + done + "C: $tag UID FETCH 201:300 " + header_items + done +
                  no_junk});
  test.options.cursors = {{"INBOX", 7, 1}};
  const auto report = test.next();
  CHECK(report.looked_at);
  CHECK(cursor_of(report, "INBOX") == "7:301");
  CHECK(test.complaints() == none);
}

TEST_CASE("the Junk folder is found by its attribute and looked at when something came into it") {
  const auto canary = signed_canary();
  const std::string status = "C: $tag STATUS \"Unwanted\" (UIDNEXT UIDVALIDITY)\nS: * STATUS Unwanted (UIDNEXT ";
  InboxTest test({imap_hello("IDLE") + opened_inbox(3, 7, 11) + R"(
  C: $tag LIST "" "*"
  S: * LIST (\HasNoChildren) "/" Spam
  S: * LIST (\HasNoChildren \Junk) "/" Unwanted
  S: $tag OK done
)" + status + "6 UIDVALIDITY 2)\nS: $tag OK done\n" +
                  "C: $tag UID FETCH * (UID)\nS: * 3 FETCH (UID 10)\nS: $tag OK done\n" + status +
                  "7 UIDVALIDITY 2)\nS: $tag OK done\nC: $tag EXAMINE \"Unwanted\"\n" + select_answer(6, 2, 7) +
                  "C: $tag UID FETCH 6:6 " + header_items + fetched_header(6, canary.header) + done +
                  opened_inbox(3, 7, 11)});
  test.options.cursors = {{"INBOX", 7, 11}, {"Unwanted", 2, 6}};
  auto report = test.next();
  CHECK(report.sightings.empty());
  CHECK(report.looked_at == test_noon);
  CHECK(cursor_of(report, "Unwanted") == "2:6");
  test.clock.advance(30s);
  report = test.next();
  REQUIRE(report.sightings.size() == 1);
  CHECK(report.sightings[0].in_junk);
  CHECK(report.sightings[0].message.folder == "Unwanted");
  CHECK(report.sightings[0].source == ArrivalSource::internaldate);
  CHECK(report.looked_at == test_noon + 30s);
  CHECK(cursor_of(report, "Unwanted") == "2:7");
  CHECK(test.complaints() == none);
}

TEST_CASE("a Junk folder that refuses a look is a fault, and the look is not called complete") {
  InboxTest test({imap_hello("IDLE") + opened_inbox(3, 7, 11) + R"(
  C: $tag LIST "" "*"
  S: * LIST () "." INBOX.Spam
  S: $tag OK done
  C: $tag STATUS "INBOX.Spam" (UIDNEXT UIDVALIDITY)
  S: $tag NO [NOPERM] not yours
)"});
  const auto report = test.next();
  CHECK_FALSE(report.looked_at);
  CHECK(report.fault == "look at folder INBOX.Spam: STATUS: NO [NOPERM] not yours on 127.0.0.1");
  CHECK(test.complaints() == none);
}

TEST_CASE("a bounce is fetched whole and tells its canary; an ordinary message from a daemon is left alone") {
  Canary sent;
  sent.id = CanaryId(make_ulid(test_noon));
  sent.sent_at = test_noon;
  Account from, to;
  from.address = "b@watch.example";
  to.address = "nobody@shop.example";
  const auto composed = compose_canary(sent, from, to, 0, test_key, "");
  const std::string header =
      "From: MAILER-DAEMON@shop.example\r\nTo: b@watch.example\r\nSubject: Undelivered Mail\r\nMIME-Version: 1.0\r\n"
      "Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n";
  const std::string message =
      header +
      "--b\r\nContent-Type: text/plain\r\n\r\nsorry\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
      "Reporting-MTA: dns; mx.shop.example\r\n\r\nFinal-Recipient: rfc822; nobody@shop.example\r\nAction: failed\r\n"
      "Status: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 no such user\r\n\r\n--b\r\n"
      "Content-Type: text/rfc822-headers\r\n\r\n" +
      composed.message.substr(0, composed.message.find("\r\n\r\n") + 2) + "\r\n--b--\r\n";
  InboxTest test({imap_hello("IDLE") + opened_inbox(9, 7, 11) + "C: $tag UID FETCH 9:10 " + header_items +
                  fetched_header(9, header) + fetched_header(10, header) + done +
                  "C: $tag UID FETCH 9 (UID BODY.PEEK[]<0.65536>)\n" + fetched(9, "BODY[]<0>", message) + done +
                  "C: $tag UID FETCH 10 (UID BODY.PEEK[]<0.65536>)\n" + fetched(10, "BODY[]<0>", header + "hello\r\n") +
                  done + no_junk});
  test.options.cursors = {{"INBOX", 7, 9}};
  const auto report = test.next();
  REQUIRE(report.sightings.size() == 1);
  const auto& seen = report.sightings[0];
  CHECK(seen.kind == Sighting::Kind::bounce);
  CHECK(seen.id == sent.id);
  CHECK(seen.message.uid == 9);
  REQUIRE(seen.bounce);
  CHECK(seen.bounce->status == "5.1.1");
  CHECK(test.complaints() == none);
}

TEST_CASE("a forged canary is not seen") {
  auto canary = signed_canary();
  const auto mac = canary.header.find("mac=") + 4;
  canary.header[mac] = canary.header[mac] == 'a' ? 'b' : 'a';
  const auto token = canary.header.find(canary.id.str() + ".");
  REQUIRE(token != std::string::npos);
  for (auto at = token; at != std::string::npos; at = canary.header.find(canary.id.str() + ".", at + 1)) {
    auto& digit = canary.header[at + canary.id.str().size() + 1];
    digit = digit == 'a' ? 'b' : 'a';
  }
  InboxTest test({imap_hello("IDLE") + opened_inbox(9, 7, 11) + "C: $tag UID FETCH 10:10 " + header_items +
                  fetched_header(10, canary.header) + done + no_junk});
  test.options.cursors = {{"INBOX", 7, 10}};
  CHECK(test.next().sightings.empty());
  CHECK(test.complaints() == none);
}

TEST_CASE("messages are removed by UID, each in its folder, unless the folder was made anew") {
  const auto one = signed_canary(), two = signed_canary(), three = signed_canary();
  InboxTest test({start + "C: $tag UID FETCH 11:12 " + header_items + fetched_header(11, one.header) +
                  fetched_header(12, two.header) + done + R"(
  C: $tag UID STORE 11:12 +FLAGS.SILENT (\Deleted)
  C: $expunge UID EXPUNGE 11:12
  S: $tag OK done
  S: $expunge OK done
  C: $tag SELECT "Junk"
)" + select_answer(1, 2, 9) + "C: $tag UID FETCH 8 " + header_items + fetched_header(8, three.header) + done + R"(
  C: $tag UID STORE 8 +FLAGS.SILENT (\Deleted)
  C: $expunge UID EXPUNGE 8
  S: $tag OK done
  S: $expunge OK done
)"});
  test.next();
  CHECK(test.remove({{"INBOX", 7, 12}, {"INBOX", 6, 3}, {"Junk", 2, 8}, {"INBOX", 7, 11}}));
  CHECK(test.complaints() == none);
}

TEST_CASE("what could not be removed is tried again by the next removal") {
  const auto one = signed_canary(), two = signed_canary();
  InboxTest test({start + "C: $tag UID FETCH 11 " + header_items + fetched_header(11, one.header) + done + R"(
  C: $tag UID STORE 11 +FLAGS.SILENT (\Deleted)
  C: $expunge UID EXPUNGE 11
  S: $tag NO [INUSE] busy
  S: $expunge NO [INUSE] busy
)" + "C: $tag UID FETCH 12 " + header_items + fetched_header(12, two.header) + done + R"(
  C: $tag UID STORE 11:12 +FLAGS.SILENT (\Deleted)
  C: $expunge UID EXPUNGE 11:12
  S: $tag OK done
  S: $expunge OK done
)"});
  CHECK_FALSE(test.remove({{"INBOX", 7, 11}}));  // not connected
  test.next();
  const auto busy = test.remove({});
  REQUIRE_FALSE(busy);
  CHECK(busy.error().kind == ErrorKind::refused);
  CHECK(test.remove({{"INBOX", 7, 12}}));
  CHECK(test.complaints() == none);
}

TEST_CASE("an account of bounces is only read") {
  InboxTest test({imap_hello("IDLE UIDPLUS") + "C: $tag EXAMINE \"INBOX\"\n" + select_answer(3, 7, 11) + no_junk});
  test.options.account.bounces = true;
  test.next();
  CHECK_FALSE(test.remove({{"INBOX", 7, 11}}));
  CHECK(test.complaints() == none);
}
