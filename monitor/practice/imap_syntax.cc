#include "monitor/practice/imap_syntax.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "core/text.h"

namespace mailcanary::practice {
namespace {

constexpr std::size_t token_limit = 512;
constexpr std::array<const char*, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

template <class Number>
std::optional<Number> whole_number(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<std::string> take_quoted(std::string_view& text) {
  std::string value;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return value;
    }
    if (text[i] == '\\' && ++i == text.size()) break;
    value += text[i];
  }
  return std::nullopt;
}

std::string take_atom(std::string_view& text) {
  const bool has_section = istarts_with(text, "BODY[") || istarts_with(text, "BODY.PEEK[");
  const auto section_end = has_section ? text.find(']') : std::string_view::npos;
  const auto end = text.find_first_of(" ()\"", section_end == std::string_view::npos ? 0 : section_end);
  std::string atom(text.substr(0, end));
  text.remove_prefix(atom.size());
  return atom;
}

}  // namespace

std::optional<ImapLiteral> literal_at_end(std::string_view line) {
  const auto open = line.rfind('{');
  if (open == std::string_view::npos || !line.ends_with('}')) return std::nullopt;
  std::string_view number = line.substr(open + 1, line.size() - open - 2);
  ImapLiteral literal;
  if (number.ends_with('+')) {
    literal.waits = false;
    number.remove_suffix(1);
  }
  const auto size = whole_number<std::size_t>(number);
  if (!size) return std::nullopt;
  literal.size = *size;
  return literal;
}

std::optional<ImapTokens> read_tokens(const ImapCommand& command) {
  ImapTokens tokens;
  std::string_view text = command.text;
  auto literal = command.literals.begin();
  while (!(text = trim(text)).empty()) {
    if (tokens.size() >= token_limit) return std::nullopt;
    if (text.front() == '(' || text.front() == ')') {
      const auto kind = text.front() == '(' ? ImapToken::Kind::open : ImapToken::Kind::close;
      tokens.push_back({kind, std::string(1, text.front())});
      text.remove_prefix(1);
    } else if (text.front() == '"') {
      auto value = take_quoted(text);
      if (!value) return std::nullopt;
      tokens.push_back({ImapToken::Kind::text, std::move(*value)});
    } else if (text.front() == '{' && literal != command.literals.end()) {
      tokens.push_back({ImapToken::Kind::text, *literal++});
      text.remove_prefix(text.find('}') + 1);
    } else {
      tokens.push_back({ImapToken::Kind::atom, take_atom(text)});
    }
  }
  return tokens;
}

std::optional<ImapSet> ImapSet::parse(std::string_view text) {
  ImapSet set;
  const auto number = [](std::string_view one) -> std::optional<std::uint32_t> {
    if (one == "*") return 0;
    const auto value = whole_number<std::uint32_t>(one);
    return value && *value > 0 ? value : std::nullopt;
  };
  for (;;) {
    const auto comma = text.find(',');
    const std::string_view one = text.substr(0, comma);
    const auto colon = one.find(':');
    const auto first = number(one.substr(0, colon));
    const auto second = colon == std::string_view::npos ? first : number(one.substr(colon + 1));
    if (!first || !second) return std::nullopt;
    set.ranges_.emplace_back(*first, *second);
    if (comma == std::string_view::npos) return set;
    text.remove_prefix(comma + 1);
  }
}

bool ImapSet::contains(std::uint32_t number, std::uint32_t last) const {
  return std::any_of(ranges_.begin(), ranges_.end(), [&](const auto& range) {
    const std::uint32_t one = range.first == 0 ? last : range.first;
    const std::uint32_t other = range.second == 0 ? last : range.second;
    return number >= std::min(one, other) && number <= std::max(one, other);
  });
}

std::optional<WallTime> parse_imap_date(std::string_view text) {
  const auto first = text.find('-');
  const auto second = first == std::string_view::npos ? first : text.find('-', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const auto day = whole_number<unsigned>(text.substr(0, first));
  const auto year = whole_number<int>(text.substr(second + 1));
  const std::string_view month_name = text.substr(first + 1, second - first - 1);
  const auto month = std::find_if(months.begin(), months.end(), [&](auto name) { return iequals(name, month_name); });
  if (!day || !year || month == months.end()) return std::nullopt;
  const auto month_number = static_cast<unsigned>(month - months.begin()) + 1;
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(month_number),
                                         std::chrono::day(*day)};
  if (!date.ok()) return std::nullopt;
  return WallTime(std::chrono::sys_days(date));
}

std::string format_internal_date(WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
  return fmt::format("\"{:>2}-{}-{:04} {:02}:{:02}:{:02} +0000\"", static_cast<unsigned>(date.day()),
                     months[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

}  // namespace mailcanary::practice
