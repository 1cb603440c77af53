// What an IMAP inbox makes of refusals, of servers that hang up or lie, and of its own end.
#include "tests/catch.h"
#include "tests/probes/imap_inbox_fixture.h"

using namespace mailcanary;
using namespace std::chrono_literals;

TEST_CASE("a refused login is our own fault and is said so") {
  InboxTest test({R"(
  S: * OK fake
  C: $tag CAPABILITY
  S: * CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR
  S: $tag OK done
  C: $tag AUTHENTICATE PLAIN *
  S: $tag NO [AUTHENTICATIONFAILED] wrong \x1b[31m password
  drain
)"});
  test.options.account.user = "b";
  test.options.account.password = Secret("guess");
  const auto report = test.next();
  CHECK_FALSE(report.looked_at);
  CHECK(report.own_fault);
  CHECK(report.fault.starts_with("log in to 127.0.0.1: credentials refused: "));
  CHECK(report.fault.find("[AUTHENTICATIONFAILED] wrong") != std::string::npos);
  CHECK(report.fault.find('\x1b') == std::string::npos);
  CHECK(report.fault.find("guess") == std::string::npos);
}

TEST_CASE("a server that is overloaded refuses logins too, which is not our fault") {
  InboxTest test({R"(
  S: * OK fake
  C: $tag CAPABILITY
  S: * CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR
  S: $tag OK done
  C: $tag AUTHENTICATE PLAIN *
  S: $tag NO [UNAVAILABLE] later
  drain
)"});
  test.options.account.user = "b";
  const auto report = test.next();
  CHECK_FALSE(report.own_fault);
  CHECK_FALSE(report.fault.empty());
}

TEST_CASE("whatever a hostile server does at whatever step is reported, and the next attempt starts afresh") {
  const std::string steps[] = {
      "",
      "S: * OK fake\nC: $tag CAPABILITY\n",
      "S: * OK fake\nC: $tag CAPABILITY\nS: * CAPABILITY IMAP4rev1\nS: $tag OK done\nC: $tag CAPABILITY\n",
      imap_hello("IDLE") + "C: $tag SELECT *\n",
      imap_hello("IDLE") + opened_inbox(3, 7, 11) + "C: $tag LIST *\n",
      imap_hello("IDLE") + opened_inbox(3, 7, 11) + no_junk + "C: $tag IDLE\n",
      imap_hello("IDLE") + opened_inbox(3, 7, 11) + no_junk + "C: $tag IDLE\nS: + idling\n",
  };
  const std::string tricks[] = {
      "close\n",
      "reset\n",
      "S: complete garbage\nS: more of it\nclose\n",
      "S: * BYE go away\nclose\n",
      "s: * OK half an ans\nclose\n",
      "S: * 1 FETCH (BODY[] {99999999999999}\nclose\n",
      "S: * 1 FETCH ((((((((((((((((((((((((((((((((\nclose\n",
      "endless x\n",
      "endless lines * 1 FETCH (UID 1 BODY[HEADER]<0> {4294967295}\n",
  };
  for (const auto& step : steps) {
    for (const auto& trick : tricks) {
      CAPTURE(step, trick);
      InboxTest test({step + trick, start});
      auto report = test.next();
      if (report.looked_at) report = test.next();  // the last steps come after a good first look
      CHECK_FALSE(report.looked_at);
      CHECK_FALSE(report.fault.empty());
      CHECK_FALSE(report.own_fault);
      CHECK(report.sightings.empty());
      test.clock.advance(2s);
      report = test.next();
      CHECK(report.looked_at == test_noon + 2s);
      CHECK(cursor_of(report, "INBOX") == "7:11");
      test.complaints();
      CHECK(test.server.connections() == 2);
    }
  }
}

TEST_CASE("EXISTS of four billion is no reason to read four billion messages") {
  InboxTest test({start + R"(
  C: $tag IDLE
  S: + idling
  S: * 4294967295 EXISTS
  C: DONE
  S: $tag OK done
  C: $tag UID FETCH * (UID)
  S: * 4294967295 FETCH (UID 4294967295)
  S: $tag OK done
  C: $tag UID SEARCH UID 11:5010 *
  S: $tag OK done
  C: $tag UID SEARCH UID 5011:25010 *
  close
)"});
  test.next();
  const auto report = test.next();
  CHECK_FALSE(report.looked_at);
  CHECK_FALSE(report.fault.empty());
  CHECK(test.complaints() == none);
}

TEST_CASE("a session that ends after a long life is replaced without a word") {
  const auto canary = signed_canary(test_noon + 50s);
  InboxTest test({start + R"(
  C: $tag IDLE
  S: + idling
  wait go
  S: * BYE idle for too long
  close
)",
                  imap_hello("IDLE") + opened_inbox(4, 7, 12) + "C: $tag UID FETCH 11:11 " + header_items +
                      fetched_header(11, canary.header) + done + no_junk});
  test.next();
  test.loop.spawn(later(test, 60s, "go"));
  const auto report = test.next();
  CHECK(report.fault == "");
  REQUIRE(report.sightings.size() == 1);
  CHECK(report.looked_at == test_noon + 60s);
  CHECK(test.complaints() == none);
}

TEST_CASE("a server that offers IDLE and does not answer it is asked from then on, and is not called unreadable") {
  const auto first = signed_canary(test_noon + 1s), second = signed_canary(test_noon + 2s);
  InboxTest test({start + "C: $tag IDLE\nwait go\nS: * OK I am thinking\nstall\n",
                  imap_hello("IDLE") + opened_inbox(4, 7, 12) + "C: $tag UID FETCH 11:11 " + header_items +
                      fetched_header(11, first.header) + done + no_junk + "wait mail\nS: * 5 EXISTS\n" +
                      "C: $tag UID FETCH 12:* " + header_items + fetched_header(12, second.header) + done});
  CHECK(test.next().looked_at);
  test.loop.spawn(later(test, 11s, "go"));
  auto report = test.next();
  CHECK(report.fault == "");
  CHECK(report.sightings.size() == 1);
  test.clock.advance(6s);  // no longer in the time when a second canary may follow the first
  test.server.signal("mail");
  report = test.next();
  CHECK(report.fault == "");
  CHECK(report.sightings.size() == 1);
  CHECK(test.complaints() == none);
  CHECK(test.server.connections() == 2);
}

TEST_CASE("a server that takes connections but never lets us look is reported each time, however long it takes") {
  const std::string mute = imap_hello("IDLE") + "C: $tag SELECT \"INBOX\"\nwait go\nclose\n";
  InboxTest test({mute, mute});
  struct Slow {
    static Task<void> end(InboxTest& test) {
      while (test.server.said_by_client().empty() ||
             test.server.said_by_client().back().find("SELECT") == std::string::npos) {
        co_await test.loop.sleep_for(1ms);
      }
      test.clock.advance(60s);
      test.server.signal("go");
    }
  };
  test.loop.spawn(Slow::end(test));
  auto report = test.next();
  CHECK_FALSE(report.fault.empty());
  CHECK_FALSE(report.looked_at);
  test.clock.advance(10s);
  report = test.next();
  CHECK_FALSE(report.fault.empty());
  CHECK_FALSE(report.looked_at);
  CHECK(test.complaints() == none);
}

TEST_CASE("without an IMAP inbox every look fails, and it is our fault") {
  InboxTest test({});
  test.options.account.inbox.reset();
  const auto report = test.next();
  CHECK(report.own_fault);
  CHECK(report.fault == "look at watch: the account has no IMAP inbox");
}

TEST_CASE("closing says goodbye") {
  InboxTest test({start + "C: $tag LOGOUT\nS: * BYE see you\nS: $tag OK done\n"});
  test.next();
  test.loop.run_until_done(test.inbox().close());
  CHECK(test.complaints() == none);
}

TEST_CASE("a message that its server hands out to nobody is passed over, and the others are read") {
  const auto canary = signed_canary(test_noon);
  InboxTest test({imap_hello("IDLE UIDPLUS") + opened_inbox(3, 7, 13) + "C: $tag UID FETCH 11:12 " + header_items +
                  "S: $tag NO damaged\nC: $tag UID SEARCH UID 11:12\nS: * SEARCH 11 12\n" + done +
                  "C: $tag UID FETCH 11 " + header_items + "S: $tag NO damaged\nC: $tag UID FETCH 12 " + header_items +
                  fetched_header(12, canary.header) + done + no_junk});
  test.options.cursors = {{"INBOX", 7, 11}};
  const auto report = test.next();
  CHECK(report.fault == "");
  REQUIRE(report.sightings.size() == 1);
  CHECK(report.sightings[0].id == canary.id);
  CHECK(cursor_of(report, "INBOX") == "7:13");
  CHECK(test.complaints() == none);
}

TEST_CASE("a server that hands out nothing is out of order: nothing is passed over, until it has been so for long") {
  const auto canary = signed_canary(test_noon);
  const std::string refuses = imap_hello("IDLE UIDPLUS") + opened_inbox(3, 7, 12) + "C: $tag UID FETCH 11:11 " +
                              header_items + "S: $tag NO [UNAVAILABLE] later\nC: $tag UID SEARCH UID 11:11\n" +
                              "S: * SEARCH 11\n" + done + "C: $tag UID FETCH 11 " + header_items +
                              "S: $tag NO [UNAVAILABLE] later\n";
  SECTION("it recovers") {
    InboxTest test({refuses, refuses, imap_hello("IDLE UIDPLUS") + opened_inbox(3, 7, 12) + "C: $tag UID FETCH 11:11 " +
                                          header_items + fetched_header(11, canary.header) + done + no_junk});
    test.options.cursors = {{"INBOX", 7, 11}};
    for (int look = 0; look < 2; ++look) {
      const auto report = test.next();
      CHECK(report.fault.find("[UNAVAILABLE] later") != std::string::npos);
      test.clock.advance(10min);
    }
    CHECK(test.next().sightings.size() == 1);
    CHECK(test.complaints() == none);
  }
  SECTION("it is that one message") {
    std::vector<std::string> sessions(9, refuses);
    sessions.push_back(refuses + no_junk);
    InboxTest test(sessions);
    test.options.cursors = {{"INBOX", 7, 11}};
    for (int look = 0; look < 9; ++look) {
      CHECK_FALSE(test.next().looked_at);
      test.clock.advance(10min);
    }
    const auto report = test.next();
    CHECK(report.fault == "");
    CHECK(cursor_of(report, "INBOX") == "7:12");
    CHECK(test.complaints() == none);
  }
}

TEST_CASE("a bounce whose text the server refuses is passed over; one at which it hangs up is read again, and nothing else") {
  const auto first = signed_canary(test_noon), last = signed_canary(test_noon);
  const std::string report_header = "From: MAILER-DAEMON@other.example\r\nSubject: Undelivered Mail\r\n"
                                    "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n";
  const std::string headers = imap_hello("IDLE UIDPLUS") + opened_inbox(3, 7, 14) + "C: $tag UID FETCH 11:13 " +
                              header_items + fetched_header(11, first.header) + fetched_header(12, report_header) +
                              fetched_header(13, last.header) + done + "C: $tag UID FETCH 12 (UID BODY.PEEK[]<0.65536>)\n";
  SECTION("refused") {
    InboxTest test({headers + "S: $tag NO damaged\n" + no_junk});
    test.options.cursors = {{"INBOX", 7, 11}};
    const auto report = test.next();
    CHECK(report.fault == "");
    CHECK(report.sightings.size() == 2);
    CHECK(cursor_of(report, "INBOX") == "7:14");
    CHECK(test.complaints() == none);
  }
  SECTION("hangs up") {
    InboxTest test({headers + "close\n",
                    imap_hello("IDLE UIDPLUS") + opened_inbox(3, 7, 14) + "C: $tag UID FETCH 12:13 " + header_items +
                        fetched_header(12, foreign_header) + fetched_header(13, last.header) + done + no_junk});
    test.options.cursors = {{"INBOX", 7, 11}};
    auto report = test.next();
    CHECK_FALSE(report.fault.empty());
    REQUIRE(report.sightings.size() == 1);
    CHECK(report.sightings[0].id == first.id);
    CHECK(cursor_of(report, "INBOX") == "7:12");
    test.clock.advance(10min);
    report = test.next();
    REQUIRE(report.sightings.size() == 1);
    CHECK(report.sightings[0].id == last.id);
    CHECK(test.complaints() == none);
  }
}

TEST_CASE("where a server tells no UIDVALIDITY nothing is deleted by the UIDs of an earlier session") {
  const std::string nameless = "C: $tag SELECT \"INBOX\"\nS: * 3 EXISTS\nS: * OK [UIDNEXT 11] ok\nS: $tag OK done\n";
  InboxTest test({imap_hello("IDLE UIDPLUS") + nameless + no_junk});
  test.next();
  const std::vector<MessageRef> left = {{"INBOX", 1, 9}};
  CHECK(test.remove(left));
  CHECK(test.complaints() == none);
}

TEST_CASE("what an earlier session left to be deleted is deleted only if it still proves to be a canary") {
  const auto canary = signed_canary(test_noon);
  InboxTest test({start + "C: $tag UID FETCH 8:9 " + header_items + fetched_header(8, foreign_header) +
                  fetched_header(9, canary.header) + done +
                  "C: $tag UID STORE 9 *\nC: $expunge UID EXPUNGE 9\n" + done + "S: $expunge OK done\n"});
  test.next();
  const std::vector<MessageRef> left = {{"INBOX", 7, 8}, {"INBOX", 7, 9}};
  CHECK(test.remove(left));
  CHECK(test.complaints() == none);
}
