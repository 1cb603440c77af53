// How long mail took, as a small picture: half of the test messages, and 95% of them, hour by hour or day by day.
// Pure; the same points give the same bytes; any thread. Inside alerts/ only.
#pragma once
#include <string>

#include "alerts/status_view.h"

namespace mailcanary {

struct ChartSpan {
  const char* title;   // "Last 24 hours"
  const char* begins;  // what stands below its left end: "24 h ago"
  const char* ends;
  WallTime from;  // the first step
  Duration step;
  int steps;
};
ChartSpan last_day(WallTime now);    // in hours
ChartSpan last_month(WallTime now);  // in days

// A <figure> with an inline SVG and words for those who do not see it.
std::string time_chart_html(const std::vector<TimePoint>& points, const ChartSpan& span);

}  // namespace mailcanary
