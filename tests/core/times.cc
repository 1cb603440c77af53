#include <string>

#include "core/units.h"
#include "tests/catch.h"

using namespace mailcanary;
using namespace std::chrono_literals;

namespace {
WallTime at(int year, unsigned month, unsigned day, Duration clock) {
  return std::chrono::sys_days{std::chrono::year(year) / static_cast<int>(month) / static_cast<int>(day)} + clock;
}
}  // namespace

TEST_CASE("times are written in UTC with milliseconds") {
  CHECK(format_time(at(2026, 11, 24, 13h)) == "2026-11-24T13:00:00.000Z");
  CHECK(format_time(at(2026, 1, 2, 3h + 4min + 5s + 6789us)) == "2026-01-02T03:04:05.006Z");
  CHECK(format_time(WallTime{}) == "1970-01-01T00:00:00.000Z");
  CHECK(format_time(WallTime{} - 1us) == "1969-12-31T23:59:59.999Z");
  CHECK(format_time(at(2024, 2, 29, 23h + 59min + 59s)) == "2024-02-29T23:59:59.000Z");
}

TEST_CASE("mail dates follow RFC 5322") {
  CHECK(format_mail_date(at(2026, 11, 24, 13h)) == "Tue, 24 Nov 2026 13:00:00 +0000");
  CHECK(format_mail_date(at(2027, 1, 3, 59s)) == "Sun, 03 Jan 2027 00:00:59 +0000");
}

TEST_CASE("RFC 3339 times are read with any offset and any fraction") {
  const struct {
    const char* text;
    WallTime value;
  } table[] = {
      {"2026-11-24T13:00:00Z", at(2026, 11, 24, 13h)},
      {"2026-11-24t13:00:00z", at(2026, 11, 24, 13h)},
      {"2026-11-24 13:00:00Z", at(2026, 11, 24, 13h)},
      {"2026-11-24T14:00:00+01:00", at(2026, 11, 24, 13h)},
      {"2026-11-24T07:30:00-05:30", at(2026, 11, 24, 13h)},
      {"2026-11-24T13:00:00.5Z", at(2026, 11, 24, 13h + 500ms)},
      {"2026-11-24T13:00:00.123456789Z", at(2026, 11, 24, 13h + 123456us)},
      {"2026-12-31T23:59:60Z", at(2027, 1, 1, 0h)},
      {"2027-01-01T00:30:00+01:00", at(2026, 12, 31, 23h + 30min)},
      {"0001-01-01T00:00:00Z", at(1, 1, 1, 0h)},
  };
  for (const auto& row : table) {
    CAPTURE(row.text);
    const auto parsed = parse_time(row.text);
    REQUIRE(parsed);
    CHECK(*parsed == row.value);
  }
}

TEST_CASE("what is no time is refused with an example") {
  for (const char* text :
       {"", "yesterday", "2026-11-24", "2026-11-24T13:00Z", "2026-11-24T13:00:00", "2026-13-01T00:00:00Z",
        "2026-02-29T00:00:00Z", "2026-00-10T00:00:00Z", "2026-11-24T24:00:00Z", "2026-11-24T13:60:00Z",
        "2026-11-24T13:00:61Z", "2026-11-24T13:00:00.Z", "2026-11-24T13:00:00+1:00", "2026-11-24T13:00:00+24:00",
        "2026-11-24T13:00:00Zjunk", "26-11-24T13:00:00Z", "2026-11-24T13:00:00+0100", " 2026-11-24T13:00:00Z"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_time(text));
  }
  CHECK(parse_time("noon").error().message == "\"noon\" is no time; write it as 2026-11-24T13:00:00Z");
}

TEST_CASE("a time that was written is read back") {
  for (const Duration offset : {Duration(0), Duration(1ms), Duration(24h * 20'000 + 1234ms)}) {
    const WallTime time = WallTime{} + offset;
    const auto back = parse_time(format_time(time));
    REQUIRE(back);
    CHECK(*back == time);
  }
}
