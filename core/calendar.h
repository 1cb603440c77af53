// Times that return by the calendar of a place: "sun 02:00-04:00" in Europe/Berlin. Summer time is taken as people mean
// it: a span is as long as its clock says, one hour shorter or longer on the days the clock is changed. A time of day
// that is skipped stands for the moment of the change; of a time that comes twice a span begins with the first and
// ends with the second.
// Pure functions over the system's time zones (the package tzdata); any thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/result.h"

namespace mailcanary {

struct TimeSpan {
  WallTime from, until;
  bool operator==(const TimeSpan&) const = default;
};

struct CalendarRule {
  unsigned weekdays = 0x7f;  // bit 0 is Sunday
  int which = 0;             // of the month: 1 to 4, or -1 for the last one; 0: all
  int month_day = 0;         // 1 to 31; 0: any. A month that has no such day is left out
  std::chrono::minutes from{}, until{};  // of the day; `until` not after `from`: on the next day
};

// "DAYS HH:MM-HH:MM", where DAYS is daily, sun, mon-fri, sat,sun, first sun, last fri or 15th.
Result<CalendarRule> parse_calendar_rule(std::string_view text);
std::string to_text(const CalendarRule& rule);

bool is_time_zone(const std::string& name);  // "Europe/Berlin"
// Every span that touches from..until, in order. None when the zone is not known.
std::vector<TimeSpan> occurrences(const CalendarRule& rule, const std::string& zone, WallTime from, WallTime until);

}  // namespace mailcanary
