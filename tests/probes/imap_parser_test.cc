#include "probes/imap_parser.h"

#include <limits>
#include <random>

#include "core/units.h"
#include "tests/catch.h"

using namespace mailcanary;

namespace {

template <class T>
T parsed(std::string_view text) {
  const auto response = parse_imap_response(text);
  INFO(text);
  REQUIRE(response);
  REQUIRE(std::holds_alternative<T>(response->data));
  return std::get<T>(response->data);
}

bool refused(std::string_view text) {
  const auto response = parse_imap_response(text);
  return !response && response.error().kind == ErrorKind::protocol;
}

}  // namespace

TEST_CASE("status responses are read with their code and text") {
  const auto tagged = parse_imap_response("A1 NO [TRYCREATE] no such folder");
  REQUIRE(tagged);
  CHECK(tagged->tag == "A1");
  const auto no = std::get<ImapStatus>(tagged->data);
  CHECK(no.kind == ImapStatus::Kind::no);
  CHECK(no.code == "TRYCREATE");
  CHECK(no.text == "no such folder");

  const auto next = parsed<ImapStatus>("* OK [uidnext 4392] Predicted next UID");
  CHECK(next.code == "UIDNEXT");
  CHECK(next.number() == 4392u);
  CHECK(parsed<ImapStatus>("* BYE").kind == ImapStatus::Kind::bye);
  CHECK(parsed<ImapStatus>("* PREAUTH hello").kind == ImapStatus::Kind::preauth);
  CHECK(parsed<ImapStatus>("* bad what").kind == ImapStatus::Kind::bad);
  CHECK_FALSE(parsed<ImapStatus>("* OK [UIDNEXT 99999999999] too large").number());
  CHECK(parsed<ImapStatus>("* OK [broken code").text == "[broken code");
}

TEST_CASE("counts, capabilities and continuations are read") {
  CHECK(parsed<ImapExists>("* 23 EXISTS").count == 23);
  CHECK(parsed<ImapExists>("* 4294967295 exists").count == std::numeric_limits<std::uint32_t>::max());
  CHECK(parsed<ImapExpunged>("* 5 EXPUNGE").sequence == 5);
  CHECK(parsed<ImapOther>("* 0 RECENT").keyword == "RECENT");
  CHECK(parsed<ImapCapabilities>("* CAPABILITY IMAP4rev1 idle  UIDPLUS ").names ==
        std::vector<std::string>{"IMAP4REV1", "IDLE", "UIDPLUS"});
  CHECK(parsed<ImapContinuation>("+ idling").text == "idling");
  CHECK(parsed<ImapContinuation>("+").text.empty());
  CHECK(parsed<ImapOther>("* VANISHED (EARLIER) 41,43:116").keyword == "VANISHED");
}

TEST_CASE("SEARCH and STATUS answers are read") {
  CHECK(parsed<ImapSearched>("* SEARCH 2 3 6").numbers == std::vector<std::uint32_t>{2, 3, 6});
  CHECK(parsed<ImapSearched>("* SEARCH").numbers.empty());
  CHECK(parsed<ImapSearched>("* SEARCH 2 84 (MODSEQ 917162500)").numbers == std::vector<std::uint32_t>{2, 84});

  const auto status = parsed<ImapFolderStatus>("* STATUS \"Junk E-mail\" (UIDNEXT 44292 UIDVALIDITY 9 MESSAGES 3)");
  CHECK(status.folder == "Junk E-mail");
  CHECK(status.uid_next == 44292u);
  CHECK(status.uid_validity == 9u);
  CHECK(parsed<ImapFolderStatus>("* STATUS {4}\r\nJunk (UIDNEXT 1 )").folder == "Junk");
}

TEST_CASE("LIST answers are read with attributes, delimiter and name") {
  const auto junk = parsed<ImapListed>("* LIST (\\HasNoChildren \\Junk) \"/\" Junk");
  CHECK(junk.attributes == std::vector<std::string>{"\\HasNoChildren", "\\Junk"});
  CHECK(junk.delimiter == "/");
  CHECK(junk.name == "Junk");
  const auto odd = parsed<ImapListed>("* LIST () NIL \"a \\\"b\\\" \\\\c\"");
  CHECK(odd.delimiter.empty());
  CHECK(odd.name == "a \"b\" \\c");
  CHECK(parsed<ImapListed>("* LIST () \" /\" x").delimiter == "");  // RFC 3501 §9: one character or NIL
  CHECK(parsed<ImapListed>("* LIST () \"\\\\\" {3}\r\na)b").name == "a)b");
  CHECK(parsed<ImapListed>("* LIST () \".\" INBOX (\"CHILDINFO\" (\"SUBSCRIBED\"))").name == "INBOX");
}

TEST_CASE("FETCH answers give UID, date and texts, in any order and beside anything else") {
  const auto fetch = parsed<ImapFetch>(
      "* 12 FETCH (FLAGS (\\Seen $Junk) UID 77 INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" RFC822.SIZE 44 "
      "BODY[HEADER]<0> {12}\r\nSubject: x\r\n ENVELOPE (NIL (\"a\" {1}\r\n)) \"b\"))");
  CHECK(fetch.sequence == 12);
  CHECK(fetch.uid == 77u);
  REQUIRE(fetch.internal_date);
  CHECK(format_time(*fetch.internal_date) == "1996-07-17T09:44:25.000Z");
  CHECK(fetch.header == "Subject: x\r\n");
  CHECK_FALSE(fetch.message);

  CHECK(parsed<ImapFetch>("* 1 FETCH (BODY[]<0> \"whole\" UID 1)").message == "whole");
  CHECK(parsed<ImapFetch>("* 1 FETCH (BODY[TEXT]<0> {4}\r\nhi\r\n UID 1)").text == "hi\r\n");
  CHECK(parsed<ImapFetch>("* 1 FETCH (UID 1 BODY[HEADER.FIELDS (X-A \"X-B\")] {0}\r\n)").header == "");
  CHECK_FALSE(parsed<ImapFetch>("* 1 FETCH (UID 1 BODY[HEADER] NIL)").header);
  CHECK(parsed<ImapFetch>(std::string_view("* 1 FETCH (BODY[HEADER]<0> ~{3}\r\na\0b)", 37)).header ==
        std::string("a\0b", 3));
}

TEST_CASE("an INTERNALDATE is read in every form servers write, or not at all") {
  const struct {
    const char* text;
    const char* time;
  } rows[] = {
      {"\" 1-Feb-2024 08:00:00 +0100\"", "2024-02-01T07:00:00.000Z"},
      {"\"1-feb-2024 08:00:00 +0100\"", "2024-02-01T07:00:00.000Z"},
      {"\"29-Feb-2024 23:59:60 +0000\"", "2024-03-01T00:00:00.000Z"},
      {"\"31-Dec-2026 23:30:00 -0130\"", "2027-01-01T01:00:00.000Z"},
      {"\"30-Feb-2024 08:00:00 +0000\"", ""},
      {"\"01-Foo-2024 08:00:00 +0000\"", ""},
      {"\"01-ebm-2024 08:00:00 +0000\"", ""},
      {"\"01-Jan-2024 24:00:00 +0000\"", ""},
      {"\"01-Jan-2024 08:00:00 UTC\"", ""},
      {"\"01-Jan-999999999999 08:00:00 +0000\"", ""},
      {"\"\"", ""},
      {"{26}\r\n17-Jul-1996 02:44:25 -0700", "1996-07-17T09:44:25.000Z"},
  };
  for (const auto& row : rows) {
    const auto fetch = parsed<ImapFetch>("* 1 FETCH (UID 9 INTERNALDATE " + std::string(row.text) + ")");
    CAPTURE(row.text);
    CHECK((fetch.internal_date ? format_time(*fetch.internal_date) : "") == row.time);
  }
}

TEST_CASE("what is no IMAP is refused") {
  for (const char* text :
       {"", " ", "garbage", "HTTP/1.1 400 Bad Request", "* ", "*", "A1", "A1 BYE", "A1 maybe", "* 99999999999 EXISTS",
        "* 1x EXISTS", "* 1 FETCH", "* 1 FETCH (", "* 1 FETCH (UID)", "* 1 FETCH (UID x)", "* 1 FETCH (UID 4294967296)",
        "* 1 FETCH (UID 1) tail", "* 1 FETCH (BODY[HEADER", "* 1 FETCH (BODY[] {9}\r\nshort)",
        "* 1 FETCH (BODY[] {99999999999999999999}\r\nx)", "* 1 FETCH (BODY[] {-1}\r\nx)", "* 1 FETCH (BODY[] \"open)",
        "* 1 FETCH (BODY[] \"a\\", "* LIST (\\Junk", "* LIST () / x", "* LIST () \"/\"", "* SEARCH 1 two",
        "* STATUS x", "* STATUS x (UIDNEXT)", "* STATUS x (UIDNEXT 1"}) {
    CAPTURE(text);
    CHECK(refused(text));
  }
}

TEST_CASE("nesting is followed to its limit and no further") {
  const auto nested = [](int depth) {
    const auto n = static_cast<std::size_t>(depth);
    return "* 1 FETCH (X " + std::string(n, '(') + std::string(n, ')') + ")";
  };
  CHECK(parse_imap_response(nested(imap_max_nesting)));
  CHECK(refused(nested(imap_max_nesting + 1)));
  CHECK(refused("* 1 FETCH (X " + std::string(100000, '(')));
}

TEST_CASE("a literal is announced at the end of a line of data, never in a status text") {
  CHECK(announced_literal("* 1 FETCH (BODY[] {123}") == 123u);
  CHECK(announced_literal("* 1 FETCH (BODY[] ~{0}") == 0u);
  CHECK(announced_literal("{99999999999999999999999}") == std::numeric_limits<std::uint64_t>::max());
  for (const char* line : {"", "}", "{}", "{1} ", "{-1}", "{1+}", "{a}", "1}", "\"{5\""}) {
    CAPTURE(line);
    CHECK_FALSE(announced_literal(line));
  }
  CHECK(may_hold_literals("* 1 FETCH (BODY[] {123}"));
  CHECK(may_hold_literals("* LIST () \"/\" {4}"));
  for (const char* line : {"* OK see {5}", "* bye {5}", "A1 OK {5}", "+ {5}", ""}) {
    CAPTURE(line);
    CHECK_FALSE(may_hold_literals(line));
  }
}

TEST_CASE("whatever bytes are changed, a response is read or refused and holds no more than was said") {
  const std::string_view seeds[] = {
      "* 12 FETCH (UID 77 INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" BODY[HEADER]<0> {12}\r\nSubject: x\r\n)",
      "* LIST (\\HasNoChildren \\Junk) \"/\" \"Junk\"",
      "* STATUS \"x\" (UIDNEXT 44292 UIDVALIDITY 9)",
      "* SEARCH 2 3 6",
      "* OK [UIDNEXT 5] text",
  };
  constexpr std::string_view spice = "(){}[]\"\\ \r\n~*+<>0123456789\xff";
  std::mt19937 random(1);
  int readable = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string text(seeds[random() % std::size(seeds)]);
    for (auto changes = random() % 4; changes > 0 && !text.empty(); --changes) {
      const auto at = random() % text.size();
      if (random() % 3 == 0) {
        text.erase(at, random() % 5);
      } else {
        text.insert(at, 1, spice[random() % spice.size()]);
      }
    }
    const auto response = parse_imap_response(text);
    if (!response) continue;
    ++readable;
    if (const auto* fetch = std::get_if<ImapFetch>(&response->data)) {
      const auto held = fetch->header.value_or("").size() + fetch->message.value_or("").size();
      if (held > text.size()) FAIL(text);
    }
  }
  CHECK(readable > 5000);
  CHECK(readable < 20000);
}
