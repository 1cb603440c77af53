// The comparison itself: it must be able to fail.
#include "tests/catch.h"
#include "tests/docs/transcript.h"

using namespace mailcanary::docs;

namespace {

bool same(const std::vector<std::string>& shown, const std::vector<std::string>& printed) {
  return compare(shown, printed) == Match::yes;
}

}  // namespace

TEST_CASE("a shown line matches what differs only in times, durations, ids and hosts") {
  struct Row {
    const char *shown, *printed;
    bool matches;
  };
  const Row rows[] = {
      {"OK: a-b delivered in 3.21 s", "OK: a-b delivered in 0.09 s", true},
      {"OK: a-b delivered in 3.21 s", "OK: a-b delivered in 840 ms", true},
      {"OK: a-b delivered in 3.21 s", "OK: b-a delivered in 3.21 s", false},
      {"OK: a-b delivered in 3.21 s", "WARNING: a-b delivered in 3.21 s", false},
      {"OK: a-b delivered", "OK: a-b delivered late", false},
      {"sent 2", "sent 3", false},
      {"a   b", "a b  ", true},
      {"at 2026-11-24T15:50:26.002Z", "at 2027-01-01T00:00:00.000Z", true},
      {"01M8740HN40HHTGYC9Z51NYW3D pending", "01M8740K8C26JS8JV8FXJ2WK9H pending", true},
      {"connect to mail.shop.example:465: refused", "connect to 127.0.0.1:23720: refused", true},
      {"… refused", "connect to 127.0.0.1:23720: refused", true},
      {"… refused", "connection refused, twice", false},
      {"secret … ends", "secret abc ends", true},
      {"secret …", "public abc", false},
      {"a … b … c", "a 1 b 2 c", true},
      {"a … b … c", "a 1 c 2 b", false},
      {"a…a", "a", false},
      {"", "", true},
      {"", "a", false},
  };
  for (const auto& row : rows) {
    CAPTURE(row.shown);
    CAPTURE(row.printed);
    CHECK(same({row.shown}, {row.printed}) == row.matches);
  }
}

TEST_CASE("a line of … stands for any number of lines, and nothing else does") {
  CHECK(same({}, {}));
  CHECK_FALSE(same({}, {"a"}));
  CHECK_FALSE(same({"a"}, {}));
  CHECK(same({"…"}, {}));
  CHECK(same({"…"}, {"a", "b"}));
  CHECK(same({"a", "…", "d"}, {"a", "b", "c", "d"}));
  CHECK(same({"a", "…", "d"}, {"a", "d"}));
  CHECK_FALSE(same({"a", "…", "d"}, {"a", "b", "c"}));
  CHECK_FALSE(same({"a", "b"}, {"a", "b", "c"}));
}

TEST_CASE("a console block is commands, each with what it prints") {
  const auto exchanges = exchanges_of({"$ one", "1", "$ two \\", "    and more", "2", "", "$ three"});
  REQUIRE(exchanges.size() == 3);
  CHECK(exchanges[0].command == "one");
  CHECK(exchanges[0].shown == std::vector<std::string>{"1"});
  CHECK(exchanges[1].command == "two \\\n    and more");
  CHECK(exchanges[1].shown == std::vector<std::string>{"2", ""});
  CHECK(exchanges[2].command == "three");
  CHECK(exchanges[2].shown.empty());
}
