#include "core/units.h"

#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "core/text.h"

namespace mailcanary {
namespace {

using namespace std::chrono_literals;

struct Unit {
  std::string_view name;
  Duration size;
};
constexpr std::array<Unit, 5> units = {Unit{"d", 24h}, Unit{"h", 1h}, Unit{"m", 1min}, Unit{"s", 1s}, Unit{"ms", 1ms}};

constexpr Duration longest = 24h * 36525;  // a hundred years

Error no_duration(std::string_view text, std::string_view reason, std::string_view cure) {
  return {ErrorKind::invalid_input, fmt::format("\"{}\" {}; {}", cut(one_line(text), 40), reason, cure)};
}

constexpr std::string_view write_like = "write a duration such as 500ms, 60s, 5m, 1h30m or 30d";

// The number at the front of `text`, which it shortens; nothing when there is none or it is absurdly long.
std::optional<std::int64_t> take_number(std::string_view& text) {
  std::int64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || text.front() == '-') return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

std::string_view take_letters(std::string_view& text) {
  std::size_t size = 0;
  while (size < text.size() && ((text[size] >= 'a' && text[size] <= 'z') || (text[size] >= 'A' && text[size] <= 'Z')))
    ++size;
  const auto letters = text.substr(0, size);
  text.remove_prefix(size);
  return letters;
}

std::string without_trailing_zeros(std::string number) {
  if (number.find('.') == std::string::npos) return number;
  while (number.back() == '0') number.pop_back();
  if (number.back() == '.') number.pop_back();
  return number;
}

std::string short_decimal(double number, int decimals) {
  return without_trailing_zeros(fmt::format("{:.{}f}", number, decimals));
}

// "2 min 5 s" from a count of the small unit.
std::string two_parts(std::int64_t small, std::int64_t small_per_big, std::string_view big_name,
                      std::string_view small_name) {
  const std::string big = fmt::format("{} {}", small / small_per_big, big_name);
  if (small % small_per_big == 0) return big;
  return fmt::format("{} {} {}", big, small % small_per_big, small_name);
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  const std::string_view whole = text;
  if (text.empty()) return no_duration(whole, "is no duration", write_like);
  if (text.front() == '-') return no_duration(whole, "is negative", write_like);
  Duration sum{};
  std::size_t next_unit = 0;  // units must fall in size, so that "1m1h" and "5s5s" are seen as slips
  while (!text.empty()) {
    const auto number = take_number(text);
    if (!number) return no_duration(whole, "is no duration", write_like);
    if (!text.empty() && (text.front() == '.' || text.front() == ','))
      return no_duration(whole, "has a fraction", "write whole numbers, as in 1500ms or 1h30m");
    const auto name = take_letters(text);
    if (name.empty()) {
      if (sum == Duration{} && text.empty() && next_unit == 0)
        return no_duration(whole, "has no unit", fmt::format("write {0}s, {0}ms, {0}m, {0}h or {0}d", *number));
      return no_duration(whole, "is no duration", write_like);
    }
    std::size_t unit = 0;
    while (unit < units.size() && units[unit].name != name) ++unit;
    if (unit == units.size())
      return no_duration(whole, fmt::format("has no unit I know (\"{}\")", cut(name, 20)), "use ms, s, m, h or d");
    if (unit < next_unit) return no_duration(whole, "has its units out of order", "write the largest first: 1d2h3m4s");
    next_unit = unit + 1;
    if (*number > longest / units[unit].size) return no_duration(whole, "is longer than a hundred years", write_like);
    sum += *number * units[unit].size;
  }
  if (sum > longest) return no_duration(whole, "is longer than a hundred years", write_like);
  return sum;
}

std::string format_duration(Duration value) {
  std::string text = value <= -1ms ? "-" : "";
  const std::size_t sign = text.size();
  if (value < Duration{}) value = -value;
  for (const auto& unit : units) {
    if (value < unit.size) continue;
    text += fmt::format("{}{}", value / unit.size, unit.name);
    value %= unit.size;
  }
  return text.size() == sign ? "0s" : text;
}

std::string human_duration(Duration value) {
  if (value < Duration{}) return "-" + human_duration(-value);
  if (value == Duration{}) return "0 s";
  const auto micros = static_cast<double>(value.count());
  // The limits lie half a step early, so that 999.6 ms is "1 s" and not "1000 ms".
  if (value < 999'500us) return short_decimal(micros / 1e3, value < 10ms ? 1 : 0) + " ms";
  if (value < 59'950ms) return short_decimal(micros / 1e6, value < 9'995ms ? 2 : 1) + " s";
  const auto seconds = std::chrono::round<std::chrono::seconds>(value).count();
  if (seconds < 3600) return two_parts(seconds, 60, "min", "s");
  const auto minutes = std::chrono::round<std::chrono::minutes>(value).count();
  if (minutes < 24 * 60) return two_parts(minutes, 60, "h", "min");
  return two_parts(std::chrono::round<std::chrono::hours>(value).count(), 24, "d", "h");
}

Result<double> parse_share(std::string_view text) {
  const auto refuse = [text] {
    return Error{ErrorKind::invalid_input,
                 fmt::format("\"{}\" is no share; write it from 0 to 1 or in percent, as in 0.02 or 2%",
                             cut(one_line(text), 40))};
  };
  const bool percent = !text.empty() && text.back() == '%';
  const std::string_view number = percent ? text.substr(0, text.size() - 1) : text;
  double share = 0;
  const auto [end, failure] =
      std::from_chars(number.data(), number.data() + number.size(), share, std::chars_format::fixed);
  if (failure != std::errc() || end != number.data() + number.size()) return refuse();
  if (percent) share /= 100;
  if (!(share >= 0 && share <= 1)) return refuse();
  return share + 0.0;  // makes -0 a 0
}

std::string format_share(double share) {
  const double percent = share * 100;
  // "0%" and "100%" are promises; what only rounds to them says so.
  if (percent > 0 && percent < 0.005) return "<0.01%";
  if (percent < 100 && percent >= 99.995) return ">99.99%";
  return short_decimal(percent, 2) + "%";
}

}  // namespace mailcanary
