#include "probes/imap_session.h"

#include "probes/imap_connect.h"
#include "tests/catch.h"
#include "tests/probes/imap_dialogue.h"

using namespace mailcanary;
using namespace std::chrono_literals;

namespace {

// Opens a session with short patience by hand, runs `work` on it, and gives back what the server complained of.
using Work = Task<void> (*)(ImapSession&);

Task<void> open_and_work(EventLoop& loop, int port, Work work) {
  LineEndpoint endpoint;
  endpoint.url = "imap://127.0.0.1:" + std::to_string(port);
  endpoint.require_tls = false;
  const MonoTime deadline = loop.now().mono + 20s;
  auto opened = co_await LineSession::open(loop, std::move(endpoint), deadline);
  REQUIRE(opened.session);
  const ImapPatience patience{5s, 5s, 5s};
  ImapSession session(loop, std::move(opened.session), patience);
  auto asked = co_await session.ask_capabilities();
  REQUIRE(asked);
  co_await work(session);
}

std::vector<std::string> play(const std::string& dialogue, Work work, Clock& clock = real_clock()) {
  ScriptedServer server({imap_hello("IDLE UIDPLUS") + dialogue});
  {
    EventLoop loop(clock);
    loop.run_until_done(open_and_work(loop, server.port(), work));
  }
  return server.complaints();
}
const std::vector<std::string> none;

}  // namespace

TEST_CASE("selecting a folder tells its UIDVALIDITY and UIDNEXT") {
  CHECK(play(opened_inbox(3, 7, 11) + "C: $tag EXAMINE \"a \\\"b\\\"\"\nS: $tag NO [NONEXISTENT] no such\x1b folder\n",
             [](ImapSession& session) -> Task<void> {
               std::string name = "INBOX";
               const auto inbox = co_await session.select(std::move(name), ImapSession::Access::read_write);
               REQUIRE(inbox);
               CHECK(inbox->uid_validity == 7);
               CHECK(inbox->uid_next == 11u);
               CHECK(session.exists() == 3);
               CHECK_FALSE(session.take_growth());
               name = "a \"b\"";
               const auto other = co_await session.select(std::move(name), ImapSession::Access::read_only);
               REQUIRE_FALSE(other);
               CHECK(other.error().kind == ErrorKind::refused);
               CHECK(other.error().message.starts_with("EXAMINE: NO [NONEXISTENT] no such"));
               CHECK(other.error().message.find('\x1b') == std::string::npos);
             }) == none);
}

TEST_CASE("growth of the folder is noticed in any answer, and expunged messages are taken off") {
  CHECK(play(opened_inbox(3, 7, 11) + R"(
  C: $tag NOOP
  S: * 2 EXPUNGE
  S: * 3 EXISTS
  S: * 5 EXISTS
  S: $tag OK done
  C: $tag NOOP
  S: * 1 EXPUNGE
  S: * 4 EXISTS
  S: $tag OK done
)",
             [](ImapSession& session) -> Task<void> {
               std::string name = "INBOX";
               const auto inbox = co_await session.select(std::move(name), ImapSession::Access::read_write);
               REQUIRE(inbox);
               auto looked = co_await session.noop();
               REQUIRE(looked);
               const auto growth = session.take_growth();
               REQUIRE(growth);
               CHECK(growth->by == 3);
               CHECK_FALSE(session.take_growth());
               looked = co_await session.noop();
               REQUIRE(looked);
               CHECK(session.exists() == 4);
               CHECK_FALSE(session.take_growth());
             }) == none);
}

TEST_CASE("literals that are too long are read past, and the rest of the answer is read") {
  const std::string long_line(1000, 'x');
  std::string dialogue = "C: $tag UID FETCH 1:2 (UID BODY.PEEK[])\nS: * 1 FETCH (BODY[] {200000}\n";
  for (int i = 0; i < 200; ++i) dialogue += "s: " + long_line + "\n";
  dialogue += "S:  UID 5)\n" + fetched(6, "BODY[]", "short\r\n") + "S: $tag OK done\n";
  CHECK(play(dialogue, [](ImapSession& session) -> Task<void> {
          std::vector<std::string> texts;
          std::vector<std::uint32_t> uids;
          ImapSession::FetchSink sink = [&](ImapFetch&& message) {
            uids.push_back(message.uid.value_or(0));
            texts.push_back(message.message.value_or("none"));
          };
          std::string set = "1:2", items = "(UID BODY.PEEK[])";
          const auto done = co_await session.fetch(std::move(set), std::move(items), std::move(sink));
          CHECK(done);
          CHECK(uids == std::vector<std::uint32_t>{5, 6});
          CHECK(texts == std::vector<std::string>{"", "short\r\n"});
        }) == none);
}

TEST_CASE("messages are deleted by UID in one go, or only marked where UIDPLUS is missing") {
  CHECK(play(R"(
  C: $tag UID STORE 4,6:7 +FLAGS.SILENT (\Deleted)
  C: $expunge UID EXPUNGE 4,6:7
  S: $tag OK done
  S: * 4 EXPUNGE
  S: $expunge OK done
  C: $tag UID STORE 9 +FLAGS.SILENT (\Deleted)
  C: $expunge UID EXPUNGE 9
  S: $tag NO [READ-ONLY] not here
  S: $expunge OK nothing to do
  C: $tag CAPABILITY
  S: * CAPABILITY IMAP4rev1
  S: $tag OK done
  C: $tag UID STORE 9 +FLAGS.SILENT (\Deleted)
  S: $tag OK done
  C: $tag NOOP
  S: $tag OK done
)",
             [](ImapSession& session) -> Task<void> {
               std::string set = "4,6:7";
               auto done = co_await session.remove(std::move(set));
               CHECK(done);
               set = "9";
               done = co_await session.remove(std::move(set));
               REQUIRE_FALSE(done);
               CHECK(done.error().kind == ErrorKind::refused);
               auto asked = co_await session.ask_capabilities();
               REQUIRE(asked);
               set = "9";
               done = co_await session.remove(std::move(set));
               CHECK(done);
               auto looked = co_await session.noop();
               CHECK(looked);
             }) == none);
}

TEST_CASE("searches, STATUS and the highest UID are asked for and read") {
  CHECK(play(opened_inbox(3, 7, 11) + R"(
  C: $tag UID SEARCH UID 1:9 HEADER X-Mailcanary ""
  S: * SEARCH 8 3
  S: * SEARCH 3 5
  S: $tag OK done
  C: $tag STATUS "Junk" (UIDNEXT UIDVALIDITY)
  S: * STATUS Junk (UIDNEXT 5 UIDVALIDITY 2)
  S: $tag OK done
  C: $tag STATUS "Junk" (UIDNEXT UIDVALIDITY)
  S: $tag OK but nothing said
  C: $tag UID FETCH * (UID)
  S: * 3 FETCH (UID 10)
  S: $tag OK done
)",
             [](ImapSession& session) -> Task<void> {
               std::string text = "INBOX";
               const auto inbox = co_await session.select(std::move(text), ImapSession::Access::read_write);
               REQUIRE(inbox);
               text = "UID 1:9 HEADER X-Mailcanary \"\"";
               const auto found = co_await session.search(std::move(text));
               REQUIRE(found);
               CHECK(*found == std::vector<std::uint32_t>{3, 5, 8});
               text = "Junk";
               auto status = co_await session.status(std::move(text));
               REQUIRE(status);
               CHECK(status->uid_next == 5u);
               text = "Junk";
               status = co_await session.status(std::move(text));
               REQUIRE_FALSE(status);
               CHECK(status.error().kind == ErrorKind::protocol);
               const auto highest = co_await session.highest_uid();
               REQUIRE(highest);
               CHECK(*highest == std::optional<std::uint32_t>(10));
             }) == none);
}

TEST_CASE("IDLE hears the server, and ends when either side wants it to") {
  CHECK(play(R"(
  C: $tag IDLE
  S: + idling
  S: * OK still here
  S: * 1 EXISTS
  C: DONE
  S: $tag OK done
  C: $tag IDLE
  S: + idling
  S: $tag OK enough
  C: $tag IDLE
  S: $tag BAD no such command
  C: $tag NOOP
  S: $tag OK done
)",
             [](ImapSession& session) -> Task<void> {
               auto started = co_await session.start_idle();
               REQUIRE(started);
               while (session.exists() == 0) {
                 const auto ready = co_await session.wait(20s, nullptr);
                 REQUIRE(ready);
               }
               CHECK(session.take_growth());
               CHECK(session.idling());
               auto stopped = co_await session.stop_idle();
               CHECK(stopped);
               started = co_await session.start_idle();
               REQUIRE(started);
               const auto ready = co_await session.wait(20s, nullptr);
               REQUIRE(ready);
               CHECK_FALSE(session.idling());
               stopped = co_await session.stop_idle();  // nothing is left to stop
               CHECK(stopped);
               started = co_await session.start_idle();
               REQUIRE_FALSE(started);
               CHECK(started.error().kind == ErrorKind::refused);
               const auto looked = co_await session.noop();
               CHECK(looked);
             }) == none);
}

TEST_CASE("an answer that breaks the protocol, or does not come, ends the session with a reason") {
  const struct {
    const char* answer;
    const char* reason;
  } rows[] = {
      {"close", "NOOP: read from the server: the server closed the connection"},
      {"S: * BYE going \\x1b[31m down\nclose", "NOOP: the server said BYE: going"},
      {"s: * OK half an ans\nclose", "NOOP: read from the server: the server closed the connection"},
      {"S: complete garbage", "NOOP: read IMAP response: malformed line"},
      {"S: + go ahead", "NOOP: a continuation nobody asked for"},
      {"S: Z9 OK for somebody else", "NOOP: an answer to another command"},
      {"S: * 99999999999999999999 EXISTS", "NOOP: read IMAP response: malformed number"},
      {"S: * 1 FETCH (BODY[] {99999999999999999999999}", "NOOP: a literal of 18446744073709551615 bytes"},
      {"S: * 1 FETCH (BODY[] {4294967295}", "NOOP: a literal of 4294967295 bytes"},
      {"S: * 1 FETCH (BODY[] {1000}\nS: short\nclose", "NOOP: read from the server: the server closed the connection"},
      {"endless *", "NOOP: read from the server: a line longer than"},
      {"endless lines * 1 FETCH (BODY[] {3}", "NOOP: "},
      {"endless lines * 4294967295 EXISTS", "NOOP: an answer that does not end"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.answer);
    static std::string reason;
    reason.clear();
    FakeClock clock(test_noon);  // it stands still: how fast this machine reads must not matter
    const auto complaints =
        play("C: $tag NOOP\n" + std::string(row.answer) + "\nstall\n", [](ImapSession& session) -> Task<void> {
          const auto looked = co_await session.noop();
          reason = looked ? "none" : looked.error().message;
          CHECK((looked || looked.error().kind != ErrorKind::refused));
        }, clock);
    CHECK(complaints == none);
    CHECK(reason.substr(0, std::string(row.reason).size()) == row.reason);
    CHECK(reason.find('\x1b') == std::string::npos);
  }
}

TEST_CASE("a server that always has something to say is not listened to beyond the deadline") {
  // Each reading of this clock takes a while, so that time passes though nobody waits.
  struct SlowClock : Clock {
    mutable FakeClock time{test_noon};
    Now now() const override {
      time.advance(1ms);
      return time.now();
    }
  };
  for (const std::string endless : {"* OK still here", "* 1 FETCH (BODY[] {3}"}) {
    CAPTURE(endless);
    ScriptedServer server({imap_hello("") + "C: $tag NOOP\nendless lines " + endless + "\n"});
    static std::string reason;
    reason.clear();
    {
      SlowClock clock;
      EventLoop loop(clock);
      loop.run_until_done(open_and_work(loop, server.port(), [](ImapSession& session) -> Task<void> {
        const auto looked = co_await session.noop();
        reason = looked ? "none" : looked.error().message;
      }));
    }
    CHECK(reason == "NOOP: read from the server: timed out");
  }
}
