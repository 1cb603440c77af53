// The IMAP counter of the practice provider: its dialogues, and the parts of its grammar.
#include "core/units.h"
#include "monitor/practice/imap_fetch.h"
#include "monitor/practice/imap_search.h"
#include "monitor/practice/imap_syntax.h"
#include "monitor/practice/practice_provider.h"
#include "tests/catch.h"
#include "tests/monitor/line_client.h"

using namespace mailcanary;
using namespace mailcanary::practice;

namespace {

struct Provider {
  Provider() {
    auto made =
        make_practice_provider(loop, {"north.practice", {{"ann@north.practice", "ann", "a \"pw\""}}, Duration::zero()});
    REQUIRE(made);
    practice = std::move(*made);
  }
  void deliver(const std::string& subject) {
    practice->accept_from_peer("ann@north.practice", "x@y",
                               "Subject: " + subject + "\r\nTo: ann\r\n\r\nbody of " + subject + "\r\n");
  }

  EventLoop loop;
  std::unique_ptr<PracticeProvider> practice;
};

const std::string log_in = "S: * OK [CAPABILITY IMAP4rev1\nC: a LOGIN ann \"a \\\"pw\\\"\"\nS: a OK\n";
const std::string open_inbox = log_in + "C: b SELECT INBOX\nS* b OK [READ-WRITE]\n";

ImapTokens tokens(std::string text) { return *read_tokens({std::move(text), {}}); }

}  // namespace

TEST_CASE("the IMAP counter lets in who knows the password") {
  struct {
    const char* what;
    const char* dialogue;
  } const cases[] = {
      {"quoted", "C: a LOGIN ann \"a \\\"pw\\\"\"\nS: a OK [CAPABILITY"},
      {"the address is a user name too", "C: a LOGIN ANN@north.practice \"a \\\"pw\\\"\"\nS: a OK"},
      {"literals", "C: a LOGIN {3}\nS: +\nC: ann {6}\nS: +\nC: a \"pw\"\nS: a OK"},
      {"literals that do not wait", "C: a LOGIN {3+}\nC: ann {6+}\nC: a \"pw\"\nS: a OK"},
      {"SASL in one step", "C: a AUTHENTICATE PLAIN AGFubgBhICJwdyI=\nS: a OK"},
      {"SASL in two steps", "C: a AUTHENTICATE PLAIN\nS: +\nC: AGFubgBhICJwdyI=\nS: a OK"},
      {"SASL given up", "C: a AUTHENTICATE PLAIN\nS: +\nC: *\nS: a BAD"},
      {"another mechanism", "C: a AUTHENTICATE GSSAPI\nS: a NO"},
      {"nobody looks in before the login", "C: a SELECT INBOX\nS: a BAD\nC: b LIST \"\" *\nS: b BAD"},
      {"three wrong passwords are enough",
       "C: a LOGIN ann x\nS: a NO [AUTHENTICATIONFAILED]\nC: a LOGIN bob x\nS: a NO\nC: a LOGIN ann y\nS: a NO\n"
       "S: * BYE\nclosed"},
      {"garbage is answered", "C: \nS: * BAD\nC: x\nS: * BAD\nC: a LOGIN \"ann\nS: * BAD\nC: a LOGIN ann\nS: a BAD"},
      {"goodbye", "C: a CAPABILITY\nS: * CAPABILITY IMAP4rev1 \nS: a OK\nC: b LOGOUT\nS: * BYE\nS: b OK\nclosed"},
  };
  Provider provider;
  for (const auto& one : cases) {
    INFO(one.what);
    LineClient client(provider.loop, provider.practice->imap_port());
    CHECK(client.play(std::string("S: * OK\n") + one.dialogue) == "");
  }
}

TEST_CASE("a command without end or with a huge literal is cut off") {
  Provider provider;
  LineClient endless(provider.loop, provider.practice->imap_port());
  CHECK(endless.play("S: * OK\nC: a LOGIN " + std::string(70'000, 'x') + "\nS: * BYE\nclosed") == "");
  LineClient huge(provider.loop, provider.practice->imap_port());
  CHECK(huge.play("S: * OK\nC: a LOGIN {99999999}\nS: * BYE\nclosed") == "");
  LineClient beyond(provider.loop, provider.practice->imap_port());
  CHECK(beyond.play("S: * OK\nC: a LOGIN {99999999999999999999999}\nS: a BAD") == "");
}

TEST_CASE("folders are listed, the junk folder by its use") {
  Provider provider;
  LineClient client(provider.loop, provider.practice->imap_port());
  CHECK(client.play(log_in + R"(
    C: b LIST "" "*"
    S: * LIST (\HasNoChildren) "/" INBOX
    S: * LIST (\HasNoChildren \Junk) "/" Junk
    S: b OK
    C: c LIST (SPECIAL-USE) "" "*"
    S: * LIST (\HasNoChildren \Junk) "/" Junk
    S: c OK
    C: d LIST "" "*" RETURN (SPECIAL-USE)
    S* d OK
    C: e LIST "" ""
    S: * LIST (\Noselect) "/" ""
    S: e OK
    C: f SELECT Trash
    S: f NO
    C: g EXAMINE Junk
    S: * FLAGS
    S: * OK [PERMANENTFLAGS ()]
    S: * 0 EXISTS
    S: * 0 RECENT
    S: * OK [UIDVALIDITY
    S: * OK [UIDNEXT 1]
    S: g OK [READ-ONLY]
    C: h STATUS INBOX (MESSAGES UIDNEXT UNSEEN RECENT)
    S: * STATUS INBOX (MESSAGES 0 UIDNEXT 1 UNSEEN 0 RECENT 0)
    S: h OK
    C: i UID EXPUNGE 1
    S: i NO
    C: j UNSELECT
    S: j OK
    C: k FETCH 1 FLAGS
    S: k BAD
  )") == "");
}

TEST_CASE("new mail is announced at once in IDLE and after commands otherwise") {
  Provider provider;
  LineClient idle(provider.loop, provider.practice->imap_port());
  LineClient busy(provider.loop, provider.practice->imap_port());
  CHECK(idle.play(open_inbox + "C: c IDLE\nS: +") == "");
  CHECK(busy.play(open_inbox) == "");
  provider.deliver("one");
  CHECK(idle.play("S: * 1 EXISTS") == "");
  provider.deliver("two");
  CHECK(idle.play("S: * 2 EXISTS\nC: DONE\nS: c OK") == "");
  CHECK(busy.play("C: c NOOP\nS: * 2 EXISTS\nS: c OK\nC: d NOOP\nS: d OK") == "");
}

TEST_CASE("messages are fetched by UID in the parts a reader asks for") {
  Provider provider;
  provider.deliver("one");
  provider.deliver("two");
  LineClient client(provider.loop, provider.practice->imap_port());
  CHECK(client.play(open_inbox + "C: c NOOP\nS* c OK") == "");
  CHECK(client.play(R"(
    C: c UID FETCH 1:* (UID INTERNALDATE RFC822.SIZE FLAGS BODY.PEEK[HEADER]<0.18>)
    S: * 1 FETCH (UID 1 INTERNALDATE "
    S: Return-Path: <x@y>)
    S: * 2 FETCH (UID 2 INTERNALDATE "
    S: Return-Path: <x@y>)
    S: c OK
    C: d UID FETCH 2 BODY.PEEK[HEADER.FIELDS (SUBJECT TO)]
    S: * 2 FETCH (UID 2 BODY[HEADER.FIELDS (SUBJECT TO)] {25}
    S: Subject: two
    S: To: ann
    S:
    S: )
    S: d OK
    C: e UID FETCH 2 (BODY.PEEK[TEXT]<5.6> FLAGS)
    S: * 2 FETCH (UID 2 BODY[TEXT]<5> {6}
    S: of two FLAGS ())
    S: e OK
    C: f FETCH 2 RFC822.TEXT
    S: * 2 FETCH (RFC822.TEXT {13}
    S: body of two
    S:  FLAGS (\Seen))
    S: f OK
    C: g UID FETCH 999:* (UID)
    S: * 2 FETCH (UID 2)
    S: g OK
    C: h UID FETCH 1 (BODY.PEEK[]<100000.5>)
    S: * 1 FETCH (UID 1 BODY[]<100000> {0}
    S: )
    S: h OK
    C: i UID FETCH 1 ENVELOPE
    S: i BAD
    C: j UID FETCH 0 FLAGS
    S: j BAD
    C: k UID FETCH 1 BODY.PEEK[HEADER
    S: k BAD
    C: l UID FETCH
    S: l BAD
  )") == "");
}

TEST_CASE("a message is deleted by UID, and everybody who looks learns of it") {
  Provider provider;
  for (const char* subject : {"one", "two", "three"}) provider.deliver(subject);
  LineClient other(provider.loop, provider.practice->imap_port());
  CHECK(other.play(open_inbox + "C: c NOOP\nS* c OK\nC: c IDLE\nS: +") == "");
  LineClient client(provider.loop, provider.practice->imap_port());
  CHECK(client.play(open_inbox + R"(
    C: c UID STORE 1,3 +FLAGS.SILENT (\Deleted)
    S: c OK
    C: d UID STORE 2 +FLAGS \Seen
    S: * 2 FETCH (UID 2 FLAGS (\Seen))
    S: d OK
    C: e STORE 2 -FLAGS (\Seen)
    S: * 2 FETCH (UID 2 FLAGS ())
    S: e OK
    C: f UID STORE 2 +FLAGS (custom)
    S: f NO
    C: g UID STORE 2 +X (\Seen)
    S: g BAD
    C: h UID EXPUNGE 2:3
    S: * 3 EXPUNGE
    S: h OK
    C: i EXPUNGE
    S: * 1 EXPUNGE
    S: i OK
    C: j UID SEARCH ALL
    S: * SEARCH 2
    S: j OK
    C: k SEARCH ALL
    S: * SEARCH 1
    S: k OK
    C: l CLOSE
    S: l OK
  )") == "");
  CHECK(other.play("S: * 3 EXPUNGE\nS: * 1 EXPUNGE\nC: DONE\nS: c OK") == "");
}

TEST_CASE("a search finds what its keys say") {
  const std::string bytes =
      "From: Ann <ann@north.practice>\r\nSubject: Mailcanary\r\n 01ABC\r\nX-Mailcanary: 1\r\n\r\nSubject: not this\r\n";
  StoredMail mail{7, *parse_time("2026-11-24T13:00:00Z"), std::make_shared<const std::string>(bytes),
                  static_cast<unsigned>(MailFlag::seen)};
  const SearchSubject subject{mail, 3, 5, 9};
  struct {
    const char* keys;
    const char* found;  // "yes", "no" or "not understood"
  } const cases[] = {
      {"ALL", "yes"},
      {"3", "yes"},
      {"4:*", "no"},
      {"UID 7", "yes"},
      {"UID 1:6,8:*", "no"},
      {"UID 8:*", "no"},
      {"SINCE 24-Nov-2026", "yes"},
      {"SINCE 25-Nov-2026", "no"},
      {"BEFORE 25-Nov-2026", "yes"},
      {"BEFORE 24-Nov-2026", "no"},
      {"ON 24-nov-2026", "yes"},
      {"HEADER X-Mailcanary \"\"", "yes"},
      {"HEADER X-Other \"\"", "no"},
      {"HEADER Subject 01abc", "yes"},
      {"SUBJECT \"not this\"", "no"},
      {"FROM ann", "yes"},
      {"SEEN", "yes"},
      {"UNSEEN", "no"},
      {"UNDELETED SEEN UID 7 HEADER X-Mailcanary 1", "yes"},
      {"NOT SEEN", "no"},
      {"OR UNSEEN SEEN", "yes"},
      {"(SEEN (UID 7)) UNDELETED", "yes"},
      {"CHARSET UTF-8 SEEN", "yes"},
      {"", "not understood"},
      {"BODY x", "not understood"},
      {"SINCE yesterday", "not understood"},
      {"SINCE 31-Feb-2026", "not understood"},
      {"OR SEEN", "not understood"},
      {"(SEEN", "not understood"},
      {"SEEN)", "not understood"},
      {"NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT SEEN", "not understood"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.keys);
    const auto test = parse_search(tokens(one.keys));
    const std::string found = !test ? "not understood" : (*test)(subject) ? "yes" : "no";
    CHECK(found == one.found);
  }
}

TEST_CASE("a set of numbers is read strictly") {
  struct {
    const char* text;
    const char* members;  // of 1 to 6, with 5 as the last; "-": malformed
  } const cases[] = {{"1", "1"},    {"2:4", "234"},      {"4:2", "234"},      {"*", "5"},  {"4:*", "45"},
                     {"9:*", "56"}, {"1,3,5:6", "1356"}, {"", "-"},           {"0", "-"},  {"1:", "-"},
                     {"1,,2", "-"}, {"a", "-"},          {"4294967296", "-"}, {"-1", "-"}, {"1:2:3", "-"}};
  for (const auto& one : cases) {
    CAPTURE(one.text);
    const auto set = ImapSet::parse(one.text);
    std::string members = set ? "" : "-";
    for (std::uint32_t number = 1; set && number <= 6; ++number)
      if (set->contains(number, 5)) members += std::to_string(number);
    CHECK(members == one.members);
  }
}

TEST_CASE("an internal date is written as IMAP writes it") {
  CHECK(format_internal_date(*parse_time("2026-11-04T03:02:01.999Z")) == "\" 4-Nov-2026 03:02:01 +0000\"");
}
