// parse_mail_date of probes/headers.h. GMime's reader was tried and left: it takes a time with a fraction for
// midnight and an impossible zone for UTC, and a wrong time is worse than none.
#include <array>
#include <charconv>
#include <string>
#include <vector>

#include "core/text.h"
#include "core/units.h"
#include "probes/headers.h"

namespace mailcanary {
namespace {

constexpr std::array<std::string_view, 12> months = {"jan", "feb", "mar", "apr", "may", "jun",
                                                     "jul", "aug", "sep", "oct", "nov", "dec"};
struct NamedZone {
  std::string_view name;
  int minutes;
};
// Those of RFC 5322 §4.3, then what servers write beside it and means one thing only.
constexpr std::array<NamedZone, 29> zones = {
    {{"EST", -300}, {"EDT", -240}, {"CST", -360}, {"CDT", -300}, {"MST", -420}, {"MDT", -360}, {"PST", -480},
     {"PDT", -420}, {"WEST", 60},  {"CET", 60},   {"MET", 60},   {"MEZ", 60},   {"CEST", 120}, {"MEST", 120},
     {"MESZ", 120}, {"BST", 60},   {"EET", 120},  {"EEST", 180}, {"MSK", 180},  {"SAST", 120}, {"JST", 540},
     {"KST", 540},  {"HKT", 480},  {"SGT", 480},  {"AEST", 600}, {"AEDT", 660}, {"NZST", 720}, {"NZDT", 780},
     {"BRT", -180}}};

bool digit(char c) { return c >= '0' && c <= '9'; }
bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::optional<int> number(std::string_view text, std::size_t max_digits) {
  int value = 0;
  if (text.empty() || text.size() > max_digits || !digit(text[0])) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Words between blanks and commas, comments left out. The dashes of "24-Nov-2026" part words, that of a zone does
// not.
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words(1);
  int depth = 0;
  bool time_read = false;  // what comes then is the zone
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '(') ++depth;
    const bool inside_date =
        i > 0 && i + 1 < text.size() &&
        ((digit(text[i - 1]) && letter(text[i + 1])) || (letter(text[i - 1]) && digit(text[i + 1])));
    const bool parts = c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ',' || (c == '-' && inside_date && !time_read);
    if (depth > 0 || parts) {
      if (!words.back().empty()) words.emplace_back();
    } else {
      words.back() += c;
      time_read = time_read || c == ':';
    }
    if (c == ')' && depth > 0) --depth;
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

std::optional<unsigned> month_of(std::string_view word) {
  const std::string name = lower(word.substr(0, 3));
  for (unsigned i = 0; i < months.size(); ++i) {
    if (name == months[i]) return i + 1;
  }
  return std::nullopt;
}

// RFC 5322 §4.3: two digits below 50 are of this century, other short years count from 1900.
std::optional<int> year_of(std::string_view word) {
  const auto year = number(word, 4);
  if (!year || word.size() < 2) return std::nullopt;
  if (word.size() == 2 && *year < 50) return *year + 2000;
  if (word.size() < 4) return *year + 1900;
  return *year >= 1900 ? year : std::nullopt;
}

// hh:mm, hh:mm:ss or hh:mm:ss.fraction; a leap second is the second after it.
std::optional<Duration> time_of_day(std::string_view word) {
  const auto dot = word.find('.');
  const auto fraction = dot == std::string_view::npos ? std::string_view() : word.substr(dot + 1, 6);
  word = word.substr(0, dot);
  const auto first = word.find(':');
  if (first == std::string_view::npos) return std::nullopt;
  const auto second = word.find(':', first + 1);
  const auto hour = number(word.substr(0, first), 2);
  const auto minute = number(word.substr(first + 1, second - first - 1), 2);
  const auto seconds = second == std::string_view::npos ? std::optional<int>(0) : number(word.substr(second + 1), 2);
  if (!hour || !minute || !seconds || *hour > 23 || *minute > 59 || *seconds > 60) return std::nullopt;
  auto micros = fraction.empty() ? std::optional<int>(0) : number(fraction, 6);
  if (!micros) return std::nullopt;
  for (std::size_t digits = fraction.size(); digits > 0 && digits < 6; ++digits) *micros *= 10;
  return std::chrono::hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(*seconds) +
         std::chrono::microseconds(*micros);
}

// Unknown names mean UTC (RFC 5322 §4.3); an offset that cannot be makes the whole date unreadable.
std::optional<Duration> zone_offset(std::string_view word) {
  // "GMT+0100", "UTC-05:00"
  if (word.size() > 3 && (istarts_with(word, "GMT") || istarts_with(word, "UTC"))) word.remove_prefix(3);
  if (word[0] != '+' && word[0] != '-') {
    for (const auto& zone : zones) {
      if (iequals(word, zone.name)) return std::chrono::minutes(zone.minutes);
    }
    return letter(word[0]) ? std::optional<Duration>(Duration::zero()) : std::nullopt;
  }
  std::string digits(word.substr(1));
  if (digits.size() == 5 && digits[2] == ':') digits.erase(2, 1);
  const auto value = number(digits, 4);
  if (!value || digits.size() != 4 || *value / 100 > 14 || *value % 100 > 59) return std::nullopt;
  const Duration size = std::chrono::hours(*value / 100) + std::chrono::minutes(*value % 100);
  return word[0] == '-' ? -size : size;
}

}  // namespace

std::optional<WallTime> parse_mail_date(std::string_view text) {
  constexpr std::size_t longest = 256;
  // RFC 3339, as a few servers write it.
  if (const auto word = trim(text.substr(0, longest)); word.size() > 10 && word[4] == '-') {
    if (const auto time = parse_time(word)) return *time;
  }
  auto words = words_of(text.substr(0, longest));
  if (!words.empty() && letter(words[0][0])) words.erase(words.begin());  // the weekday says nothing new
  if (words.size() >= 4 && letter(words[0][0])) {
    // "Nov 24 13:00:00 2026" as ctime() writes it, with the zone at the end or before the year.
    const bool zone_first = words.size() > 4 && !digit(words[3][0]);
    if (zone_first) std::swap(words[3], words[4]);
    const std::string zone = words.size() > 4 ? words[4] : "+0000";
    words = {words[1], words[0], words[3], words[2], zone};
  }
  if (words.size() < 4) return std::nullopt;
  const auto day = number(words[0], 2);
  const auto month = month_of(words[1]);
  const auto year = year_of(words[2]);
  const auto time = time_of_day(words[3]);
  const auto offset = words.size() > 4 ? zone_offset(words[4]) : std::optional<Duration>(Duration::zero());
  if (!day || !month || !year || !time || !offset) return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(*year), std::chrono::month(*month),
                                         std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok()) return std::nullopt;
  return WallTime(std::chrono::sys_days(date)) + *time - *offset;
}

}  // namespace mailcanary
