#include "core/units.h"

#include <string>

#include "tests/catch.h"

using namespace mailcanary;
using namespace std::chrono_literals;

TEST_CASE("durations are read with their units") {
  const struct {
    const char* text;
    Duration value;
  } table[] = {
      {"500ms", 500ms},
      {"60s", 60s},
      {"5m", 5min},
      {"4h", 4h},
      {"30d", 24h * 30},
      {"1h30m", 90min},
      {"1m30s", 90s},
      {"0s", 0s},
      {"1d2h3m4s5ms", 26h + 3min + 4s + 5ms},
      {"90m", 90min},
      {"1s500ms", 1500ms},
      {"007s", 7s},
      {"36525d", 24h * 36525},
  };
  for (const auto& row : table) {
    CAPTURE(row.text);
    const auto parsed = parse_duration(row.text);
    REQUIRE(parsed);
    CHECK(*parsed == row.value);
  }
}

TEST_CASE("a duration that cannot be read says what to write instead") {
  const std::string cure = "; write a duration such as 500ms, 60s, 5m, 1h30m or 30d";
  const struct {
    const char* text;
    std::string message;
  } table[] = {
      {"60", "\"60\" has no unit; write 60s, 60ms, 60m, 60h or 60d"},
      {"0", "\"0\" has no unit; write 0s, 0ms, 0m, 0h or 0d"},
      {"", "\"\" is no duration" + cure},
      {"soon", "\"soon\" is no duration" + cure},
      {"s", "\"s\" is no duration" + cure},
      {"-5s", "\"-5s\" is negative" + cure},
      {"+5s", "\"+5s\" is no duration" + cure},
      {"1h30", "\"1h30\" is no duration" + cure},
      {"1h-5m", "\"1h-5m\" is no duration" + cure},
      {"1h 5m", "\"1h 5m\" is no duration" + cure},
      {" 5m", "\"5m\" is no duration" + cure},
      {"5 m", "\"5 m\" is no duration" + cure},
      {"1.5s", "\"1.5s\" has a fraction; write whole numbers, as in 1500ms or 1h30m"},
      {"1,5s", "\"1,5s\" has a fraction; write whole numbers, as in 1500ms or 1h30m"},
      {"5min", "\"5min\" has no unit I know (\"min\"); use ms, s, m, h or d"},
      {"5M", "\"5M\" has no unit I know (\"M\"); use ms, s, m, h or d"},
      {"2w", "\"2w\" has no unit I know (\"w\"); use ms, s, m, h or d"},
      {"5m1h", "\"5m1h\" has its units out of order; write the largest first: 1d2h3m4s"},
      {"5s5s", "\"5s5s\" has its units out of order; write the largest first: 1d2h3m4s"},
      {"36526d", "\"36526d\" is longer than a hundred years" + cure},
      {"36525d1ms", "\"36525d1ms\" is longer than a hundred years" + cure},
      {"9223372036854775807s", "\"9223372036854775807s\" is longer than a hundred years" + cure},
      {"99999999999999999999s", "\"99999999999999999999s\" is no duration" + cure},
  };
  for (const auto& row : table) {
    const auto parsed = parse_duration(row.text);
    CAPTURE(row.text);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().kind == ErrorKind::invalid_input);
    CHECK(parsed.error().message == row.message);
  }
}

TEST_CASE("a hostile duration stays short and clean in its error") {
  const auto parsed = parse_duration("\x1b[31m" + std::string(100'000, '9'));
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().message.size() < 250);
  CHECK(parsed.error().message.find('\x1b') == std::string::npos);
}

TEST_CASE("a duration is written in the form it is read") {
  const struct {
    Duration value;
    const char* text;
  } table[] = {
      {0s, "0s"},     {90s, "1m30s"},  {60s, "1m"},   {24h, "1d"},      {500ms, "500ms"}, {1500ms, "1s500ms"},
      {36h, "1d12h"}, {1999us, "1ms"}, {999us, "0s"}, {-90s, "-1m30s"}, {-999us, "0s"},
  };
  for (const auto& row : table) {
    CHECK(format_duration(row.value) == row.text);
    if (row.value < 1ms || row.value % 1ms != 0us) continue;
    const auto back = parse_duration(row.text);
    REQUIRE(back);
    CHECK(*back == row.value);
  }
}

TEST_CASE("people read durations in at most two parts") {
  const struct {
    Duration value;
    const char* text;
  } table[] = {
      {0us, "0 s"},
      {300us, "0.3 ms"},
      {3200us, "3.2 ms"},
      {840ms, "840 ms"},
      {999ms, "999 ms"},
      {999'600us, "1 s"},
      {3210ms, "3.21 s"},
      {3s, "3 s"},
      {12'345ms, "12.3 s"},
      {9'996ms, "10 s"},
      {59'960ms, "1 min"},
      {60s, "1 min"},
      {125s, "2 min 5 s"},
      {3'599'600ms, "1 h"},
      {3h + 12min, "3 h 12 min"},
      {4h, "4 h"},
      {24h * 4 + 2h, "4 d 2 h"},
      {23h + 59min + 40s, "1 d"},
      {-125s, "-2 min 5 s"},
  };
  for (const auto& row : table) CHECK(human_duration(row.value) == row.text);
}

TEST_CASE("shares are read as fractions or percent") {
  const struct {
    const char* text;
    double value;
  } good[] = {{"0.02", 0.02}, {"2%", 0.02}, {"0", 0}, {"1", 1}, {"100%", 1}, {"25.6%", 0.256}, {"0%", 0}};
  for (const auto& row : good) {
    CAPTURE(row.text);
    const auto share = parse_share(row.text);
    REQUIRE(share);
    CHECK(*share == Approx(row.value));
  }
  for (const char* bad : {"", "%", "2", "101%", "-0.1", "-1%", "nan", "inf", "1e-3", "0.5x", " 0.5", "0,5", "2 %"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_share(bad));
  }
  CHECK(parse_share("20").error().message ==
        "\"20\" is no share; write it from 0 to 1 or in percent, as in 0.02 or 2%");
}

TEST_CASE("a share is shown in percent, and only a whole one is shown as whole") {
  const struct {
    double value;
    const char* text;
  } table[] = {{0.256, "25.6%"},    {0.02, "2%"},         {0, "0%"},
               {1, "100%"},         {0.9997, "99.97%"},   {0.1, "10%"},
               {1.0 / 3, "33.33%"}, {0.99999, ">99.99%"}, {0.00001, "<0.01%"}};
  for (const auto& row : table) CHECK(format_share(row.value) == row.text);
}
