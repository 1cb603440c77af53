#include "alerts/status/time_chart.h"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

#include "core/text.h"
#include "core/units.h"

namespace mailcanary {
namespace {

using namespace std::chrono_literals;

// Where things are in the picture, in its own units.
constexpr int width = 340, height = 128;
constexpr double left = 46, right = 334, top = 10, bottom = 104;

// Ends of the scale whose halves read well too.
constexpr std::array<Duration, 21> scale_ends = {100ms, 200ms,  1s,     2s,     4s,    10s,   20s,
                                                 40s,   60s,    2min,   4min,   10min, 20min, 40min,
                                                 60min, 120min, 240min, 480min, 24h,   96h,   24h * 60};

Duration scale_end(const std::vector<TimePoint>& points) {
  Duration longest{};
  for (const auto& point : points) longest = std::max(longest, point.p95);
  for (const Duration end : scale_ends)
    if (longest <= end) return end;
  return scale_ends.back();
}

using Row = std::vector<std::optional<TimePoint>>;  // by step

Row steps_of(const std::vector<TimePoint>& points, const ChartSpan& span) {
  Row row(static_cast<std::size_t>(span.steps));
  for (const auto& point : points) {
    const auto step = (point.start - span.from) / span.step;
    if (point.start >= span.from && step < span.steps) row[static_cast<std::size_t>(step)] = point;
  }
  return row;
}

double x_of(std::size_t step, const Row& row) {
  return left + (right - left) * (static_cast<double>(step) + 0.5) / static_cast<double>(row.size());
}

double y_of(Duration time, Duration end) {
  const double share = std::min(1.0, static_cast<double>(time.count()) / static_cast<double>(end.count()));
  return bottom - (bottom - top) * share;
}

// One line with gaps where nothing arrived. A single point between gaps is a dash, so that it shows.
std::string line_of(const Row& row, Duration TimePoint::*time, Duration end) {
  std::string path;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (!row[i]) continue;
    const bool begins = i == 0 || !row[i - 1];
    const bool alone = begins && (i + 1 == row.size() || !row[i + 1]);
    const double x = x_of(i, row), y = y_of((*row[i]).*time, end);
    path +=
        alone ? fmt::format("M{:.1f} {:.1f}h6", x - 3, y) : fmt::format("{}{:.1f} {:.1f}", begins ? 'M' : 'L', x, y);
  }
  return path;
}

// The ground between the two lines, stretch by stretch.
std::string band_of(const Row& row, Duration end) {
  std::string path;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (!row[i]) continue;
    std::size_t last = i;
    while (last + 1 < row.size() && row[last + 1]) ++last;
    for (std::size_t k = i; k <= last; ++k)
      path += fmt::format("{}{:.1f} {:.1f}", k == i ? 'M' : 'L', x_of(k, row), y_of(row[k]->p95, end));
    for (std::size_t k = last + 1; k-- > i;)
      path += fmt::format("L{:.1f} {:.1f}", x_of(k, row), y_of(row[k]->p50, end));
    path += "Z";
    i = last;
  }
  return path;
}

std::string range_words(const Row& row, Duration TimePoint::*time) {
  std::optional<Duration> least, most;
  for (const auto& point : row) {
    if (!point) continue;
    const Duration value = (*point).*time;
    least = std::min(least.value_or(value), value);
    most = std::max(most.value_or(value), value);
  }
  if (!least) return "not measured";
  const std::string low = human_duration(*least), high = human_duration(*most);
  return low == high ? low : low + " to " + high;
}

std::string scale_html(Duration end) {
  std::string svg;
  for (const auto& [share, y] : {std::pair{0, bottom}, std::pair{1, (top + bottom) / 2}, std::pair{2, top}}) {
    const std::string label = share == 0 ? "0" : human_duration(end * share / 2);
    svg += fmt::format(
        "<path class=\"grid\" d=\"M{:g} {:g}H{:g}\"/><text x=\"{:g}\" y=\"{:g}\" text-anchor=\"end\">{}</text>\n", left,
        y, right, left - 7, y + 3.5, label);
  }
  return svg;
}

}  // namespace

ChartSpan last_day(WallTime now) {
  return {"Last 24 hours", "24 h ago", "now", std::chrono::floor<std::chrono::hours>(now) - 23h, 1h, 24};
}

ChartSpan last_month(WallTime now) {
  return {"Last 30 days", "30 days ago", "today", std::chrono::floor<std::chrono::days>(now) - 29 * 24h, 24h, 30};
}

std::string time_chart_html(const std::vector<TimePoint>& points, const ChartSpan& span) {
  const Row row = steps_of(points, span);
  const bool empty = std::none_of(row.begin(), row.end(), [](const auto& point) { return point.has_value(); });
  std::string html = fmt::format("<figure><figcaption>{}</figcaption>\n", span.title);
  if (empty) return html + "<p class=\"none\">No delivery was measured.</p></figure>\n";
  const Duration end = scale_end(points);
  html += fmt::format(
      "<svg class=\"chart\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"Delivery time, {}: half of the test "
      "messages "
      "within {}, 95% within {}\">\n",
      width, height, lower(span.title), range_words(row, &TimePoint::p50), range_words(row, &TimePoint::p95));
  html += scale_html(end);
  html +=
      fmt::format("<path class=\"band\" d=\"{}\"/>\n<path class=\"p95\" d=\"{}\"/>\n<path class=\"p50\" d=\"{}\"/>\n",
                  band_of(row, end), line_of(row, &TimePoint::p95, end), line_of(row, &TimePoint::p50, end));
  html += fmt::format("<text x=\"{:g}\" y=\"{}\">{}</text><text x=\"{:g}\" y=\"{}\" text-anchor=\"end\">{}</text>\n",
                      left, height - 6, span.begins, right, height - 6, span.ends);
  return html + "</svg></figure>\n";
}

}  // namespace mailcanary
