#include "probes/message_reading.h"
#include "tests/catch.h"
#include "tests/probes/inbox_fixture.h"

using namespace mailcanary;
using namespace std::chrono_literals;

namespace {

// libcurl greets and asks CAPA first; without a user it does not log in. We ask once ourselves.
const std::string login = "S: +OK fake\nC: CAPA\nS: +OK\nS: USER\nS: .\n";
const std::string capabilities = "C: CAPA\nS: +OK\nS: TOP\nS: UIDL\nS: .\n";
const std::string quit = "C: QUIT\nS: +OK bye\n";
const std::vector<std::string> none;

std::string stat(int count) { return "C: STAT\nS: +OK " + std::to_string(count) + " 1000\n"; }
std::string list(const std::vector<std::string>& ids) {
  std::string text = "C: UIDL\nS: +OK\n";
  for (std::size_t i = 0; i < ids.size(); ++i) text += "S: " + std::to_string(i + 1) + " " + ids[i] + "\n";
  return text + "S: .\n";
}
std::string uidl(int number, const std::string& id) {
  const std::string n = std::to_string(number);
  return "C: UIDL " + n + "\nS: +OK " + n + " " + id + "\n";
}
std::string top(int number, std::string_view text, int lines = 40) {
  std::string steps = "C: TOP " + std::to_string(number) + " " + std::to_string(lines) + "\nS: +OK\n";
  while (!text.empty()) {
    const auto end = text.find("\r\n");
    steps += "S: " + std::string(text.substr(0, 1) == "." ? "." : "") + std::string(text.substr(0, end)) + "\n";
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 2);
  }
  return steps + "S: .\n";
}

struct Pop3Test : ServedInbox {
  explicit Pop3Test(std::vector<std::string> dialogues) : ServedInbox(make_pop3_inbox, std::move(dialogues)) {
    options.account.inbox->protocol = Protocol::pop3;
  }
  // The next look is asked for, since the clock stands still.
  InboxReport look() {
    inbox().look_now();
    return next();
  }
};

}  // namespace

TEST_CASE("the first look at a POP3 mailbox passes over what is there; then only new messages are read") {
  const auto canary = signed_canary();
  Pop3Test test({login + capabilities + stat(2) + list({"a", "b"}) + quit,
                 login + stat(2) + uidl(2, "b") + quit,
                 login + stat(4) + uidl(2, "b") + uidl(3, "c") + uidl(4, "d") + top(3, foreign_header) +
                     top(4, canary.header) + quit});
  const auto first = test.next();
  CHECK(first.fault == "");
  CHECK(first.looked_at == test_noon);
  CHECK(first.sightings.empty());
  CHECK(test.look().sightings.empty());
  const auto report = test.look();
  CHECK(report.fault == "");
  REQUIRE(report.sightings.size() == 1);
  CHECK(report.sightings[0].id == canary.id);
  CHECK(report.sightings[0].kind == Sighting::Kind::canary);
  CHECK(report.sightings[0].message.folder == "INBOX");
  CHECK(report.sightings[0].source == ArrivalSource::poll);
  CHECK(report.sightings[0].arrived_at == test_noon);
  CHECK(test.complaints() == none);
}

TEST_CASE("questions to a POP3 server that pipelines leave together") {
  const auto canary = signed_canary();
  Pop3Test test({login + "C: CAPA\nS: +OK\nS: TOP\nS: PIPELINING\nS: .\n" + stat(0) + list({}) + quit,
                 login + stat(2) + list({"a", "b"}) + "C: TOP 1 40\nC: TOP 2 40\n" +
                     top(1, foreign_header).substr(12) + top(2, canary.header).substr(12) + quit});
  CHECK(test.next().fault == "");
  const auto report = test.look();
  CHECK(report.fault == "");
  CHECK(report.sightings.size() == 1);
  CHECK(test.complaints() == none);
}

TEST_CASE("a POP3 mailbox that somebody else emptied or sorted anew is listed whole, and nothing is read twice") {
  const auto canary = signed_canary();
  Pop3Test test({login + capabilities + stat(3) + list({"a", "b", "c"}) + quit,
                 login + stat(2) + list({"b", "n"}) + top(2, canary.header) + quit,
                 login + stat(3) + uidl(2, "x") + uidl(3, "n") + list({"b", "x", "n"}) + top(2, foreign_header) + quit});
  test.next();
  CHECK(test.look().sightings.size() == 1);
  const auto report = test.look();
  CHECK(report.fault == "");
  CHECK(report.sightings.empty());
  CHECK(test.complaints() == none);
}

TEST_CASE("only a message whose signature verifies in that session is deleted, and QUIT makes it true") {
  const auto canary = signed_canary();
  const auto begin = login + capabilities + stat(0) + list({}) + quit;
  const auto arrives = login + stat(2) + list({"f", "c"}) + top(1, foreign_header) + top(2, canary.header) + quit;
  SECTION("deleted") {
    Pop3Test test({begin, arrives,
                   login + stat(2) + uidl(2, "c") + top(2, canary.header) + "C: DELE 2\nS: +OK\n" + quit,
                   login + stat(1) + uidl(1, "f") + quit});
    test.next();
    const auto report = test.look();
    REQUIRE(report.sightings.size() == 1);
    CHECK(test.remove({report.sightings[0].message}));
    CHECK(test.look().fault == "");
    CHECK(test.complaints() == none);
  }
  SECTION("the server gave its unique-id to another message meanwhile") {
    Pop3Test test({begin, arrives, login + stat(2) + uidl(2, "c") + top(2, foreign_header) + quit});
    test.next();
    const auto report = test.look();
    REQUIRE(report.sightings.size() == 1);
    CHECK(test.remove({report.sightings[0].message}));
    CHECK(test.complaints() == none);
  }
  SECTION("QUIT fails: it is tried again") {
    Pop3Test test({begin, arrives,
                   login + stat(2) + uidl(2, "c") + top(2, canary.header) + "C: DELE 2\nS: +OK\nC: QUIT\nS: -ERR some deleted messages not removed\n",
                   login + capabilities + stat(1) + list({"f"}) + quit});
    test.next();
    const auto report = test.look();
    REQUIRE(report.sightings.size() == 1);
    CHECK_FALSE(test.remove({report.sightings[0].message}));
    test.clock.advance(2min);
    CHECK(test.remove({report.sightings[0].message}));
    CHECK(test.complaints() == none);
  }
  SECTION("never from a mailbox of bounces") {
    Pop3Test test({begin});
    test.options.account.bounces = true;
    test.next();
    CHECK_FALSE(test.remove({MessageRef{"INBOX", 1, 1}}));
    CHECK(test.complaints() == none);
  }
}

TEST_CASE("a look at a POP3 mailbox waits for the end of a removal: a server may lock it, and nothing is read twice") {
  const auto canary = signed_canary();
  Pop3Test test({login + capabilities + stat(0) + list({}) + quit,
                 login + stat(1) + list({"c"}) + top(1, canary.header) + quit,
                 login + stat(1) + uidl(1, "c") + "wait go\n" + top(1, canary.header) + "C: DELE 1\nS: +OK\n" + quit,
                 login + stat(0) + list({}) + quit});
  test.next();
  const auto report = test.look();
  REQUIRE(report.sightings.size() == 1);
  struct Beside {
    static Task<void> remove(Pop3Test& test, std::vector<MessageRef> messages, Result<void>& removed) {
      removed = co_await test.inbox().remove(std::move(messages));
    }
    static Task<void> let_go(Pop3Test& test, int& sessions) {
      while (test.server.said_by_client().back().find("UIDL 1") == std::string::npos) co_await test.loop.sleep_for(1ms);
      // A look that did not wait would have come by now.
      for (int turns = 0; turns < 50; ++turns) co_await test.loop.sleep_for(1ms);
      sessions = test.server.connections();
      test.server.signal("go");
    }
  };
  Result<void> removed = Error{ErrorKind::busy, "not yet"};
  int sessions = 0;
  test.loop.spawn(Beside::remove(test, {report.sightings[0].message}, removed));
  test.loop.spawn(Beside::let_go(test, sessions));
  CHECK(test.look().fault == "");
  CHECK(removed);
  CHECK(sessions == 3);
  CHECK(test.complaints() == none);
}

TEST_CASE("a POP3 reader that starts anew goes on where the last one stood, and deletes in its first session what was left") {
  const auto old_canary = signed_canary(test_noon - 10s), canary = signed_canary();
  std::vector<FolderCursor> cursors;
  std::vector<MessageRef> handled;
  {
    Pop3Test before({login + capabilities + stat(1) + list({"f"}) + quit,
                     login + stat(2) + uidl(1, "f") + uidl(2, "old") + top(2, old_canary.header) + quit});
    before.next();
    const auto report = before.look();
    REQUIRE(report.sightings.size() == 1);
    cursors = report.cursors;
    handled = {report.sightings[0].message};
    CHECK(before.complaints() == none);
  }
  Pop3Test test({login + capabilities + stat(3) + list({"f", "old", "new"}) + top(3, canary.header) +
                 top(2, old_canary.header) + "C: DELE 2\nS: +OK\n" + quit});
  test.options.cursors = cursors;
  test.options.handled = handled;
  const auto report = test.next();
  REQUIRE(report.sightings.size() == 1);
  CHECK(report.sightings[0].id == canary.id);
  CHECK(test.remove(handled));  // done already: no further login
  CHECK(test.complaints() == none);
}

TEST_CASE("without a cursor of use the newest messages are read when canaries are on their way") {
  const auto canary = signed_canary();
  Pop3Test test({login + capabilities + stat(2) + list({"a", "b"}) + top(1, foreign_header) + top(2, canary.header) + quit});
  test.options.since = test_noon - 1min;
  test.options.cursors = {{"INBOX", 4711, 9}};
  CHECK(test.next().sightings.size() == 1);
  CHECK(test.complaints() == none);
}

TEST_CASE("a bounce in a POP3 mailbox is read a thousand lines deep") {
  const std::string header =
      "From: MAILER-DAEMON@x.example\r\nTo: b@watch.example\r\nSubject: Undelivered\r\nContent-Type: multipart/report\r\n\r\n";
  Pop3Test test({login + capabilities + stat(0) + list({}) + quit,
                 login + stat(1) + list({"a"}) + top(1, header) + top(1, header + "no canary in it\r\n..\r\n", 1000) + quit});
  test.next();
  const auto report = test.look();
  CHECK(report.fault == "");
  CHECK(report.sightings.empty());
  CHECK(test.complaints() == none);
}

TEST_CASE("what a POP3 server does wrong is said, with its words, and whose fault it is") {
  struct Row {
    std::string dialogue, says;
    bool own;
  };
  const std::string asked = login + capabilities;
  const std::vector<Row> rows = {
      {"close", "", false},
      {"S: +OK fake\nC: CAPA\nclose", "", false},
      {"S: \\x00\\xff\\x1b[31mgarbage\nclose", "", false},
      {login + "C: CAPA\nclose", "capa: ", false},
      {login + "C: CAPA\nS: +OK\nendless lines X-SPAM", "capa: an answer without end", false},
      {asked + "C: STAT\nclose", "stat: ", false},
      {asked + "C: STAT\nS: +OK many\n", "stat: no number of messages: many", false},
      {asked + "C: STAT\nS: +OK 4000000000 1\n", "4000000000 messages are more than can be read", true},
      {asked + "C: STAT\nS: \\x1b[2Jhello\n", "stat: an answer out of place: ", false},
      {asked + "C: STAT\nS: -ERR [SYS/TEMP] no\n", "stat refused: -ERR [SYS/TEMP] no", false},
      {asked + "C: STAT\nendless x", "a line longer than", false},
      {asked + stat(2) + "C: UIDL\nS: +OK\nS: 1 a\nclose", "uidl: ", false},
      {asked + stat(2) + "C: UIDL\nS: +OK\nS: 1 a\nS: .\n", "uidl: fewer messages than stat told of", false},
      {asked + stat(2) + "C: UIDL\nS: +OK\nS: 1 a\nS: 2 b\nendless lines 3 c", "uidl: more messages", false},
      {asked + stat(2) + "C: UIDL\nS: +OK\nS: 2 a\n", "uidl: no unique-id: 2 a", false},
      {asked + stat(2) + "C: UIDL\nS: -ERR what\n", "uidl refused: -ERR what", true},
      {asked + stat(1) + list({"a"}) + "C: TOP 1 40\nclose", "top: ", false},
      {asked + stat(1) + list({"a"}) + "C: TOP 1 40\nS: +OK\nS: Subject: x\nclose", "top: ", false},
      {asked + stat(1) + list({"a"}) + "C: TOP 1 40\nS: +OK\nendless lines Subject: x", "top: a message without end", false},
      {asked + stat(1) + list({"a"}) + "C: TOP 1 40\nS: +OK\nendless x", "a line longer than", false},
      {login + "C: CAPA\nS: +OK\nS: UIDL\nS: .\n" + stat(1) + list({"a"}) + "C: TOP 1 40\nS: -ERR unknown\n",
       "the server does not show headers", true},
  };
  for (const auto& row : rows) {
    INFO(row.dialogue);
    Pop3Test test({row.dialogue});
    test.options.since = test_noon;
    const auto report = test.next();
    CAPTURE(report.fault);
    CHECK_FALSE(report.looked_at);
    CHECK_FALSE(report.fault.empty());
    CHECK(report.fault.find(row.says) != std::string::npos);
    CHECK(report.fault.find('\x1b') == std::string::npos);
    CHECK(report.own_fault == row.own);
    CHECK(test.complaints() == none);
  }
}

TEST_CASE("a POP3 login that is refused is our fault, one that must wait too, a broken server's is its own") {
  struct Row {
    std::string reply, says;
    bool own;
  };
  const std::vector<Row> rows = {{"-ERR wrong password", "credentials refused", true},
                                 {"-ERR [AUTH] no", "credentials refused", true},
                                 {"-ERR [IN-USE] locked", "not now: -ERR [IN-USE] locked", true},
                                 {"-ERR [LOGIN-DELAY] slow down", "not now", true},
                                 {"-ERR [SYS/TEMP] disk", "log in to 127.0.0.1: -ERR [SYS/TEMP] disk", false}};
  for (const auto& row : rows) {
    CAPTURE(row.reply);
    Pop3Test test({"S: +OK fake\nC: CAPA\nS: +OK\nS: USER\nS: .\nC: USER me\nS: +OK\nC: PASS *\nS: " + row.reply +
                   "\ndrain\n"});
    test.options.account.user = "me";
    test.options.account.password = Secret(std::string("hunter2"));
    const auto report = test.next();
    CAPTURE(report.fault);
    CHECK(report.fault.find(row.says) != std::string::npos);
    CHECK(report.fault.find("hunter2") == std::string::npos);
    CHECK(report.own_fault == row.own);
  }
}

TEST_CASE("a message that ends three sessions in a row is passed over, so that those behind it are seen") {
  const auto canary = signed_canary();
  const auto broken = login + capabilities + stat(2);
  const auto ends = std::string("C: TOP 1 40\nS: +OK\nS: Subject: x\nclose");
  Pop3Test test({broken + list({"bad", "good"}) + ends, broken + uidl(2, "good") + ends, broken + uidl(2, "good") + ends,
                 broken + uidl(2, "good") + top(2, canary.header) + quit});
  test.options.since = test_noon;
  for (int i = 0; i < 3; ++i) {
    CHECK_FALSE(test.next().looked_at);
    test.clock.advance(2min);
  }
  const auto report = test.next();
  CHECK(report.fault == "");
  CHECK(report.sightings.size() == 1);
  CHECK(test.complaints() == none);
}

TEST_CASE("a server's LOGIN-DELAY is kept, also for deleting") {
  Pop3Test test({login + "C: CAPA\nS: +OK\nS: LOGIN-DELAY 60\nS: TOP\nS: .\n" + stat(1) + list({"a"}) + quit});
  test.next();
  CHECK_FALSE(test.remove({message_ref("INBOX", message_number("a"))}));
  CHECK(test.complaints() == none);
}
