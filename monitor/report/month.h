// One month of a place: "2026-10" in Europe/Berlin begins at 22:00 UTC on 30 September.
// Pure functions over the system's time zones; any thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/calendar.h"
#include "core/result.h"

namespace mailcanary {

struct Month {
  std::string text;  // "2026-10"
  std::string zone;
  TimeSpan span;
  std::vector<TimeSpan> days;  // of 23 to 25 hours where clocks are changed
};

// invalid_input: no month, or no zone.
Result<Month> month_of(std::string_view text, const std::string& zone);
// The month that `now` lies in, as "2026-10".
Result<std::string> month_at(WallTime now, const std::string& zone);
std::string month_words(const Month& month);  // "October 2026"
// The day `time` lies in, by its number from 0; the last one for what is behind the month.
std::size_t day_of(const Month& month, WallTime time);
// "14 Oct, 02:10" by the month's clock.
std::string local_words(const Month& month, WallTime time);

}  // namespace mailcanary
