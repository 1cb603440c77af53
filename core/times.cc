// Times as text: the half of core/units.h that knows the calendar.
#include <array>
#include <optional>

#include <fmt/format.h>

#include "core/text.h"
#include "core/units.h"

namespace mailcanary {
namespace {

using namespace std::chrono_literals;

struct Civil {
  std::chrono::year_month_day date;
  std::chrono::weekday weekday;
  std::chrono::hh_mm_ss<std::chrono::milliseconds> clock;
};

Civil civil(WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  return {std::chrono::year_month_day(day), std::chrono::weekday(day),
          std::chrono::hh_mm_ss(std::chrono::floor<std::chrono::milliseconds>(time - day))};
}

// Takes fixed-width fields from the front of a text; once one is missing it stays failed.
class FieldReader {
 public:
  explicit FieldReader(std::string_view text) : text_(text) {}
  bool failed() const { return failed_; }
  bool at_end() const { return text_.empty(); }

  int digits(std::size_t count) {
    int number = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (!next_is_digit()) return fail();
      number = number * 10 + (take() - '0');
    }
    return number;
  }
  bool next_is_digit() const { return !text_.empty() && text_.front() >= '0' && text_.front() <= '9'; }
  char one_of(std::string_view allowed) {
    if (text_.empty() || allowed.find(text_.front()) == std::string_view::npos) return static_cast<char>(fail());
    return take();
  }
  bool try_take(char c) {
    if (text_.empty() || text_.front() != c) return false;
    take();
    return true;
  }

 private:
  char take() {
    const char c = text_.front();
    text_.remove_prefix(1);
    return c;
  }
  int fail() {
    failed_ = true;
    return 0;
  }
  std::string_view text_;
  bool failed_ = false;
};

// Digits after the point, of any number; microseconds are kept.
Duration read_fraction(FieldReader& reader) {
  if (!reader.try_take('.')) return {};
  Duration fraction{};
  int place = 100'000;
  do {
    fraction += Duration(reader.digits(1) * place);
    place /= 10;
  } while (!reader.failed() && reader.next_is_digit());
  return fraction;
}

std::optional<Duration> read_offset(FieldReader& reader) {
  const char sign = reader.one_of("Zz+-");
  if (sign == 'Z' || sign == 'z') return Duration{};
  const int hours = reader.digits(2);
  reader.one_of(":");
  const int minutes = reader.digits(2);
  if (reader.failed() || hours > 23 || minutes > 59) return std::nullopt;
  const Duration offset = std::chrono::hours(hours) + std::chrono::minutes(minutes);
  return sign == '-' ? -offset : offset;
}

std::optional<WallTime> read_time(std::string_view text) {
  FieldReader reader(text);
  const int year = reader.digits(4);
  reader.one_of("-");
  const int month = reader.digits(2);
  reader.one_of("-");
  const int day = reader.digits(2);
  reader.one_of("Tt ");
  const int hour = reader.digits(2);
  reader.one_of(":");
  const int minute = reader.digits(2);
  reader.one_of(":");
  const int second = reader.digits(2);
  const Duration fraction = read_fraction(reader);
  const auto offset = read_offset(reader);
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  // Second 60 is a leap second (RFC 3339 §5.6); it becomes the first of the next minute.
  if (reader.failed() || !reader.at_end() || !offset || !date.ok() || hour > 23 || minute > 59 || second > 60)
    return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second) + fraction - *offset;
}

constexpr std::array weekdays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

}  // namespace

std::string format_time(WallTime time) {
  const Civil c = civil(time);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(c.date.year()),
                     static_cast<unsigned>(c.date.month()), static_cast<unsigned>(c.date.day()),
                     c.clock.hours().count(), c.clock.minutes().count(), c.clock.seconds().count(),
                     c.clock.subseconds().count());
}

Result<WallTime> parse_time(std::string_view text) {
  const auto time = read_time(text);
  if (!time)
    return Error{ErrorKind::invalid_input,
                 fmt::format("\"{}\" is no time; write it as 2026-11-24T13:00:00Z", cut(one_line(text), 40))};
  return *time;
}

std::string format_mail_date(WallTime time) {
  const Civil c = civil(time);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} +0000", weekdays[c.weekday.c_encoding()],
                     static_cast<unsigned>(c.date.day()), months[static_cast<unsigned>(c.date.month()) - 1],
                     static_cast<int>(c.date.year()), c.clock.hours().count(), c.clock.minutes().count(),
                     c.clock.seconds().count());
}

}  // namespace mailcanary
