// Durations, shares and times as people write and read them.
// Pure functions; any thread.
#pragma once
#include <string>
#include <string_view>

#include "core/clock.h"
#include "core/result.h"

namespace mailcanary {

// "500ms", "60s", "5m", "4h", "30d", also sums as "1h30m". A bare number is an error that names the units.
Result<Duration> parse_duration(std::string_view text);
// The shortest exact form of the above: 90 s is "1m30s", 0 is "0s". Sub-millisecond parts are dropped.
std::string format_duration(Duration value);
// For people, two significant parts at most: "3.21 s", "840 ms", "2 min 5 s", "3 h 12 min", "4 d 2 h".
std::string human_duration(Duration value);

// "0.02" or "2%"; outside 0..1 is an error.
Result<double> parse_share(std::string_view text);
// 0.256 is "25.6%", 0.02 is "2%".
std::string format_share(double share);

// RFC 3339 UTC with milliseconds: 2026-11-24T13:00:00.000Z.
std::string format_time(WallTime time);
// RFC 3339 with any offset, with or without a fraction.
Result<WallTime> parse_time(std::string_view text);
// RFC 5322 date for mail headers, UTC: "Tue, 24 Nov 2026 13:00:00 +0000".
std::string format_mail_date(WallTime time);

}  // namespace mailcanary
