#include "monitor/report/month.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/text.h"

namespace mailcanary {
namespace {

constexpr std::array names = {"January", "February", "March",     "April",   "May",      "June",
                              "July",    "August",   "September", "October", "November", "December"};
// No clock is further from UTC than this.
constexpr Duration furthest = std::chrono::hours(26);

std::optional<std::chrono::year_month> parse_month(std::string_view text) {
  if (text.size() != 7 || text[4] != '-') return std::nullopt;
  int parts[2] = {0, 0};
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i == 4) continue;
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    int& part = parts[i < 4 ? 0 : 1];
    part = part * 10 + (text[i] - '0');
  }
  const std::chrono::year_month month{std::chrono::year{parts[0]}, std::chrono::month{static_cast<unsigned>(parts[1])}};
  if (!month.ok() || parts[0] < 1970) return std::nullopt;
  return month;
}

WallTime utc_midnight(std::chrono::year_month month) { return std::chrono::sys_days(month / 1); }

// The calendar knows when days of a place begin; the first of a month is one of them.
std::optional<WallTime> beginning(std::chrono::year_month month, const std::string& zone) {
  CalendarRule first;
  first.month_day = 1;
  const WallTime around = utc_midnight(month);
  const auto spans = occurrences(first, zone, around - furthest, around + furthest);
  if (spans.empty()) return std::nullopt;
  return spans.front().from;
}

std::string text_of(std::chrono::year_month month) {
  return fmt::format("{:04}-{:02}", static_cast<int>(month.year()), static_cast<unsigned>(month.month()));
}

}  // namespace

Result<Month> month_of(std::string_view text, const std::string& zone) {
  const auto month = parse_month(text);
  if (!month)
    return Error{ErrorKind::invalid_input, fmt::format("{} is no month; write it as 2026-10", cut(one_line(text), 40))};
  const auto from = is_time_zone(zone) ? beginning(*month, zone) : std::nullopt;
  const auto until = from ? beginning(*month + std::chrono::months(1), zone) : std::nullopt;
  if (!until)
    return Error{ErrorKind::invalid_input,
                 fmt::format("no time zone is named {}; write it as Europe/Berlin", cut(one_line(zone), 40))};
  Month made{text_of(*month), zone, {*from, *until}, {}};
  for (const auto& day : occurrences(CalendarRule(), zone, *from, *until))
    if (day.from >= *from && day.from < *until) made.days.push_back(day);
  return made;
}

Result<std::string> month_at(WallTime now, const std::string& zone) {
  const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(now));
  const std::chrono::year_month utc = date.year() / date.month();
  for (const int step : {1, 0, -1}) {
    const auto month = utc + std::chrono::months(step);
    const auto begins = is_time_zone(zone) ? beginning(month, zone) : std::nullopt;
    if (begins && *begins <= now) return text_of(month);
  }
  return Error{ErrorKind::invalid_input,
               fmt::format("no time zone is named {}; write it as Europe/Berlin", cut(one_line(zone), 40))};
}

std::string month_words(const Month& month) {
  const auto parsed = parse_month(month.text).value();
  return fmt::format("{} {}", names[static_cast<unsigned>(parsed.month()) - 1], static_cast<int>(parsed.year()));
}

std::size_t day_of(const Month& month, WallTime time) {
  const auto next = std::upper_bound(month.days.begin(), month.days.end(), time,
                                     [](WallTime t, const TimeSpan& day) { return t < day.from; });
  return next == month.days.begin() ? 0 : static_cast<std::size_t>(next - month.days.begin()) - 1;
}

std::string local_words(const Month& month, WallTime time) {
  const std::size_t day = day_of(month, time);
  const auto into = std::chrono::floor<std::chrono::minutes>(time - month.days[day].from);
  const auto name = std::string_view(names[static_cast<unsigned>(parse_month(month.text)->month()) - 1]).substr(0, 3);
  return fmt::format("{} {}, {:02}:{:02}", day + 1, name, into.count() / 60, into.count() % 60);
}

}  // namespace mailcanary
