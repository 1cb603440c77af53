#include "core/calendar.h"

#include "core/units.h"
#include "tests/catch.h"

using namespace mailcanary;

namespace {

std::string spans(const std::string& rule, const std::string& zone, const char* from, const char* until) {
  std::string text;
  for (const auto& span :
       occurrences(parse_calendar_rule(rule).value(), zone, parse_time(from).value(), parse_time(until).value()))
    text += (text.empty() ? "" : ", ") + format_time(span.from).substr(5, 11) + "/" + format_time(span.until).substr(5, 11);
  return text;
}

}  // namespace

TEST_CASE("a calendar rule names its days and its hours") {
  struct Case {
    const char* rule;
    const char* november;  // what it means in November 2026, which begins on a Sunday
  };
  for (const Case& one : {
           Case{"sun 02:00-04:00", "11-01T02:00/11-01T04:00, 11-08T02:00/11-08T04:00, 11-15T02:00/11-15T04:00, "
                                   "11-22T02:00/11-22T04:00, 11-29T02:00/11-29T04:00"},
           Case{"first sun 02:00-04:00", "11-01T02:00/11-01T04:00"},
           Case{"second tue 22:00-23:30", "11-10T22:00/11-10T23:30"},
           Case{"last mon 00:00-24:00", "11-30T00:00/12-01T00:00"},
           Case{"last sat,sun 12:00-13:00", "11-28T12:00/11-28T13:00, 11-29T12:00/11-29T13:00"},
           Case{"15th 23:00-01:00", "11-15T23:00/11-16T01:00"},  // into the next day
           Case{"31st 01:00-02:00", ""},                         // November has no such day
           Case{"SUN 02:00-04:00 ", "11-01T02:00/11-01T04:00, 11-08T02:00/11-08T04:00, 11-15T02:00/11-15T04:00, "
                                    "11-22T02:00/11-22T04:00, 11-29T02:00/11-29T04:00"},
       }) {
    CAPTURE(one.rule);
    CHECK(spans(one.rule, "UTC", "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z") == one.november);
  }
  CHECK(spans("daily 03:00-03:30", "UTC", "2026-11-01T00:00:00Z", "2026-11-03T00:00:00Z") ==
        "11-01T03:00/11-01T03:30, 11-02T03:00/11-02T03:30");
  CHECK(spans("fri-mon 03:00-04:00", "UTC", "2026-11-02T00:00:00Z", "2026-11-08T00:00:00Z") ==
        "11-02T03:00/11-02T04:00, 11-06T03:00/11-06T04:00, 11-07T03:00/11-07T04:00");
}

TEST_CASE("a span that is under way counts, and one that only touches does not") {
  CHECK(spans("sun 23:00-02:00", "UTC", "2026-11-02T01:00:00Z", "2026-11-02T01:00:01Z") == "11-01T23:00/11-02T02:00");
  CHECK(spans("sun 23:00-02:00", "UTC", "2026-11-02T02:00:00Z", "2026-11-03T00:00:00Z") == "");
  CHECK(spans("sun 23:00-02:00", "UTC", "2026-11-01T00:00:00Z", "2026-11-01T23:00:00Z") == "");
}

TEST_CASE("the hours of a place are its own, in winter and in summer") {
  CHECK(spans("sun 02:00-04:00", "Europe/Berlin", "2026-07-05T00:00:00Z", "2026-07-06T00:00:00Z") == "07-05T00:00/07-05T02:00");
  CHECK(spans("sun 02:00-04:00", "Europe/Berlin", "2026-12-06T00:00:00Z", "2026-12-07T00:00:00Z") == "12-06T01:00/12-06T03:00");
  CHECK(spans("sun 02:00-04:00", "America/New_York", "2026-12-06T00:00:00Z", "2026-12-07T00:00:00Z") == "12-06T07:00/12-06T09:00");
  // A Sunday that is Saturday in UTC, and one that is Monday.
  CHECK(spans("sun 02:00-04:00", "Pacific/Kiritimati", "2026-12-05T00:00:00Z", "2026-12-06T00:00:00Z") == "12-05T12:00/12-05T14:00");
  CHECK(spans("sun 22:00-23:00", "America/Los_Angeles", "2026-12-07T00:00:00Z", "2026-12-08T00:00:00Z") == "12-07T06:00/12-07T07:00");
}

TEST_CASE("when the clock is changed a span is as long as the clock says") {
  // Europe/Berlin goes from 02:00 to 03:00 on 29 March 2026, and from 03:00 back to 02:00 on 25 October.
  const auto berlin = [](const char* rule, const char* day) {
    const std::string begin = std::string(day) + "T00:00:00+01:00", end = std::string(day) + "T23:00:00+01:00";
    return spans(rule, "Europe/Berlin", begin.c_str(), end.c_str());
  };
  CHECK(berlin("sun 01:00-04:00", "2026-03-29") == "03-29T00:00/03-29T02:00");  // two hours
  CHECK(berlin("sun 02:00-04:00", "2026-03-29") == "03-29T01:00/03-29T02:00");  // 02:00 is 03:00
  CHECK(berlin("sun 02:30-03:30", "2026-03-29") == "03-29T01:00/03-29T01:30");  // 02:30 does not exist
  CHECK(berlin("sun 01:00-02:30", "2026-03-29") == "03-29T00:00/03-29T01:00");
  CHECK(berlin("sun 02:15-02:45", "2026-03-29") == "");                         // the whole of it is skipped
  CHECK(berlin("sun 01:00-04:00", "2026-10-25") == "10-24T23:00/10-25T03:00");  // four hours
  CHECK(berlin("sun 02:00-03:00", "2026-10-25") == "10-25T00:00/10-25T02:00");  // both of them
  CHECK(berlin("sun 02:30-02:45", "2026-10-25") == "10-25T00:30/10-25T01:45");  // first of the one to second of the other
}

TEST_CASE("what is no calendar rule is refused with the forms there are") {
  for (const char* text : {"", "sun", "02:00-04:00", "sun 2:00-4:00", "sun 02:00-02:00", "sun 24:00-25:00", "sunday 02:00-04:00",
                           "fifth sun 02:00-04:00", "32nd 02:00-04:00", "0th 02:00-04:00", "sun, 02:00-04:00",
                           "sun-02:00 04:00", "sun 02:60-04:00", "15 02:00-04:00"}) {
    CAPTURE(text);
    const auto rule = parse_calendar_rule(text);
    REQUIRE(!rule);
    CHECK(rule.error().message.find("write DAYS HH:MM-HH:MM") != std::string::npos);
  }
}

TEST_CASE("a calendar rule reads back as it is shown") {
  for (const char* text : {"daily 03:00-03:30", "sun 02:00-04:00", "sun,sat 02:00-04:00", "first sun 02:00-04:00",
                           "last fri 22:00-02:00", "1st 00:00-24:00", "11th 01:00-02:00", "22nd 01:00-02:00", "3rd 01:00-02:00"}) {
    CHECK(to_text(parse_calendar_rule(text).value()) == text);
  }
}

TEST_CASE("a time zone that does not exist is none") {
  CHECK(is_time_zone("Europe/Berlin"));
  CHECK(is_time_zone("UTC"));
  for (const char* name : {"", "Europe/Nowhere", "../../etc/passwd", "Berlin time"}) CHECK(!is_time_zone(name));
  CHECK(occurrences(CalendarRule{}, "Europe/Nowhere", {}, {}).empty());
}
