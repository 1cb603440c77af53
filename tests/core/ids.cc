#include "core/ids.h"

#include <set>
#include <string>
#include <type_traits>
#include <unordered_set>

#include "core/units.h"
#include "tests/catch.h"

using namespace mailcanary;
using namespace std::chrono_literals;

TEST_CASE("ids of different kinds cannot be mixed up") {
  CHECK_FALSE(std::is_convertible_v<RouteName, AccountName>);
  CHECK_FALSE(std::is_constructible_v<RouteName, AccountName>);
  CHECK_FALSE(std::is_convertible_v<std::string, RouteName>);
  CHECK(RouteName("a") < RouteName("b"));
  CHECK(RouteName().empty());
  const std::unordered_set<RouteName> names = {RouteName("x"), RouteName("x"), RouteName("y")};
  CHECK(names.size() == 2);
}

TEST_CASE("a ULID carries the time it was made, to the millisecond") {
  for (const char* text : {"1970-01-01T00:00:00.000Z", "2026-11-24T13:00:00.123Z", "9999-12-31T23:59:59.999Z"}) {
    const auto time = parse_time(text);
    REQUIRE(time);
    const std::string ulid = make_ulid(*time + 999us);
    CAPTURE(ulid);
    CHECK(ulid.size() == 26);
    CHECK(ulid.find_first_not_of("0123456789ABCDEFGHJKMNPQRSTVWXYZ") == std::string::npos);
    const auto inside = ulid_time(ulid);
    REQUIRE(inside);
    CHECK(format_time(*inside) == text);
  }
}

TEST_CASE("the ULID of the specification is read, in either case") {
  // https://github.com/ulid/spec: 01ARYZ6S41 is 1469918176385 ms.
  const WallTime expected{1469918176385ms};
  CHECK(ulid_time("01ARYZ6S41TSV4RRFFQ69G5FAV") == expected);
  CHECK(ulid_time("01aryz6s41tsv4rrffq69g5fav") == expected);
  CHECK(make_ulid(expected).substr(0, 10) == "01ARYZ6S41");
  CHECK(ulid_time("7ZZZZZZZZZZZZZZZZZZZZZZZZZ") == WallTime{281474976710655ms});
}

TEST_CASE("what is no ULID has no time") {
  for (const char* text : {"", "01ARYZ6S41TSV4RRFFQ69G5FA", "01ARYZ6S41TSV4RRFFQ69G5FAVV", "80000000000000000000000000",
                           "01ARYZ6S41TSV4RRFFQ69G5FAI", "01ARYZ6S41TSV4RRFFQ69G5FAL", "01ARYZ6S41TSV4RRFFQ69G5FAO",
                           "01ARYZ6S41TSV4RRFFQ69G5FAU", "01ARYZ6S41TSV4RRFFQ69G5FA-", "01ARYZ6S41 TSV4RRFFQ69G5FA"}) {
    CAPTURE(text);
    CHECK_FALSE(ulid_time(text));
  }
}

TEST_CASE("ULIDs sort by time, differ within one millisecond, and use every letter in every random place") {
  const WallTime time{1469918176385ms};
  std::set<std::string> seen;
  std::set<char> letters[16];
  for (int i = 0; i < 4000; ++i) {
    const std::string ulid = make_ulid(time);
    seen.insert(ulid);
    for (std::size_t place = 0; place < 16; ++place) letters[place].insert(ulid[10 + place]);
  }
  CHECK(seen.size() == 4000);
  for (const auto& place : letters) CHECK(place.size() == 32);
  CHECK(*seen.rbegin() < make_ulid(time + 1ms));
}

TEST_CASE("times a ULID cannot hold are held at its ends") {
  CHECK(make_ulid(WallTime{-5s}).substr(0, 10) == "0000000000");
  CHECK(make_ulid(WallTime{281474976710656ms + 1h}).substr(0, 10) == "7ZZZZZZZZZ");
}
