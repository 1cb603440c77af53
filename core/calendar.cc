#include "core/calendar.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <exception>

#include <date/tz.h>
#include <fmt/format.h>

#include "core/text.h"

namespace mailcanary {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using std::chrono::minutes;

constexpr std::array day_names = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
constexpr std::array ordinals = {"first", "second", "third", "fourth"};

int day_number(std::string_view name) {
  const auto found = std::find(day_names.begin(), day_names.end(), name);
  return found == day_names.end() ? -1 : static_cast<int>(found - day_names.begin());
}

int number_in(std::string_view text) {
  int number = -1;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failure == std::errc() && end == text.data() + text.size() ? number : -1;
}

// "02:30"; 24:00 is the end of a day. Nothing: negative.
minutes clock_in(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return minutes(-1);
  const int hour = number_in(text.substr(0, 2)), minute = number_in(text.substr(3));
  if (hour < 0 || minute < 0 || minute > 59 || hour * 60 + minute > 24 * 60) return minutes(-1);
  return minutes(hour * 60 + minute);
}

// "sun", "mon-fri", "sat,sun" as bits; 0 when it is none of these.
unsigned weekdays_in(std::string_view text) {
  unsigned bits = 0;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(','));
    const auto dash = part.find('-');
    const int first = day_number(part.substr(0, dash));
    const int last = dash == std::string_view::npos ? first : day_number(part.substr(dash + 1));
    if (first < 0 || last < 0) return 0;
    for (int day = first;; day = (day + 1) % 7) {
      bits |= 1u << day;
      if (day == last) break;
    }
    if (part.size() == text.size()) return bits;
    text.remove_prefix(part.size() + 1);
  }
  return 0;
}

bool take_days(std::string_view text, CalendarRule& rule) {
  if (text == "daily") return true;
  const auto blank = text.find(' ');
  if (blank != std::string_view::npos) {
    const std::string_view which = text.substr(0, blank);
    const auto found = std::find(ordinals.begin(), ordinals.end(), which);
    if (found == ordinals.end() && which != "last") return false;
    rule.which = which == "last" ? -1 : static_cast<int>(found - ordinals.begin()) + 1;
    text.remove_prefix(blank + 1);
  } else if (text.size() > 2 && text[0] >= '0' && text[0] <= '9') {
    const std::string_view ending = text.substr(text.size() - 2);
    rule.month_day = number_in(text.substr(0, text.size() - 2));
    return rule.month_day >= 1 && rule.month_day <= 31 &&
           (ending == "st" || ending == "nd" || ending == "rd" || ending == "th");
  }
  rule.weekdays = weekdays_in(text);
  return rule.weekdays != 0;
}

bool falls_on(const CalendarRule& rule, date::local_days day) {
  const date::year_month_day date(day);
  const unsigned in_month = static_cast<unsigned>(date.day());
  if (rule.month_day > 0) return in_month == static_cast<unsigned>(rule.month_day);
  if (!(rule.weekdays >> date::weekday(day).c_encoding() & 1)) return false;
  if (rule.which == 0) return true;
  if (rule.which > 0) return (in_month - 1) / 7 + 1 == static_cast<unsigned>(rule.which);
  return in_month + 7 > static_cast<unsigned>((date.year() / date.month() / date::last).day());
}

enum class Edge { begins, ends };
WallTime moment(const date::time_zone& zone, date::local_time<minutes> local, Edge edge) {
  const auto info = zone.get_info(local);
  if (info.result == date::local_info::nonexistent) return WallTime(info.first.end.time_since_epoch());
  const auto& offset = info.result == date::local_info::ambiguous && edge == Edge::ends ? info.second : info.first;
  return WallTime((local.time_since_epoch() - offset.offset));
}

const date::time_zone* zone_named(const std::string& name) {
  try {
    return date::locate_zone(name);
  } catch (const std::exception&) {  // not there, or not readable
    return nullptr;
  }
}

std::string clock_text(minutes time) { return fmt::format("{:02}:{:02}", time.count() / 60, time.count() % 60); }

std::string days_text(const CalendarRule& rule) {
  if (rule.month_day > 0) {
    const int last = rule.month_day / 10 == 1 ? 0 : rule.month_day % 10;
    return fmt::format("{}{}", rule.month_day, last == 1 ? "st" : last == 2 ? "nd" : last == 3 ? "rd" : "th");
  }
  std::string text = rule.which < 0 ? "last " : rule.which > 0 ? fmt::format("{} ", ordinals[static_cast<std::size_t>(rule.which - 1)]) : "";
  if (rule.weekdays == 0x7f && rule.which == 0) return "daily";
  std::string listed;
  for (std::size_t day = 0; day < day_names.size(); ++day)
    if (rule.weekdays >> day & 1) listed += (listed.empty() ? "" : ",") + std::string(day_names[day]);
  return text + listed;
}

}  // namespace

Result<CalendarRule> parse_calendar_rule(std::string_view text) {
  const std::string rule_text = lower(trim(text));
  const auto blank = rule_text.rfind(' ');
  const auto dash = rule_text.rfind('-');
  if (blank != std::string::npos && dash != std::string::npos && dash > blank) {
    const std::string_view all = rule_text;
    CalendarRule rule;
    rule.from = clock_in(all.substr(blank + 1, dash - blank - 1));
    rule.until = clock_in(all.substr(dash + 1));
    if (rule.from >= 0min && rule.from < 24h && rule.until >= 0min && rule.from != rule.until &&
        take_days(all.substr(0, blank), rule))
      return rule;
  }
  return Error{ErrorKind::invalid_input,
               fmt::format("\"{}\" is no time that returns; write DAYS HH:MM-HH:MM, where DAYS is daily, sun, mon-fri, "
                           "sat,sun, first sun, last fri or 15th",
                           cut(one_line(text), 64))};
}

std::string to_text(const CalendarRule& rule) {
  return fmt::format("{} {}-{}", days_text(rule), clock_text(rule.from), clock_text(rule.until));
}

bool is_time_zone(const std::string& name) { return zone_named(name) != nullptr; }

std::vector<TimeSpan> occurrences(const CalendarRule& rule, const std::string& zone_name, WallTime from, WallTime until) {
  std::vector<TimeSpan> spans;
  const date::time_zone* zone = zone_named(zone_name);
  if (!zone) return spans;
  // A span may have begun the day before, and no zone is more than a day away from UTC.
  const auto first = date::local_days(std::chrono::floor<days>(from).time_since_epoch()) - days(2);
  const auto last = date::local_days(std::chrono::floor<days>(until).time_since_epoch()) + days(1);
  for (auto day = first; day <= last; day += days(1)) {
    if (!falls_on(rule, day)) continue;
    const auto end_day = rule.until > rule.from ? day : day + days(1);
    const TimeSpan span{moment(*zone, day + rule.from, Edge::begins), moment(*zone, end_day + rule.until, Edge::ends)};
    // A span that lies in an hour that is skipped does not happen.
    if (span.from < span.until && span.from < until && span.until > from) spans.push_back(span);
  }
  return spans;
}

}  // namespace mailcanary
