#include "monitor/traffic/postfix_log.h"

#include <ctime>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

#include "core/text.h"
#include "core/units.h"

namespace mailcanary {
namespace {

constexpr std::size_t most_bounces = 500;  // under way at once

std::string_view word(std::string_view& text) {
  const auto start = std::min(text.find_first_not_of(' '), text.size());
  const auto end = std::min(text.find(' ', start), text.size());
  const std::string_view found = text.substr(start, end - start);
  text.remove_prefix(end);
  return found;
}

int number(std::string_view digits) {
  int value = -1;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return failure == std::errc() && end == digits.data() + digits.size() ? value : -1;
}

std::optional<WallTime> local_time(std::tm parts) {
  parts.tm_isdst = -1;
  const std::time_t seconds = std::mktime(&parts);
  if (seconds == -1) return std::nullopt;
  return WallTime(std::chrono::seconds(seconds));
}

// One line taken apart: "… postfix/smtp[123]: 4F2C1: to=<…>, …, status=sent (…)".
struct Line {
  std::string_view service, queue_id, rest;
};
std::optional<Line> parts_of(std::string_view line) {
  const auto bracket = line.find("]: ");
  if (bracket == std::string_view::npos) return std::nullopt;
  const auto pid = line.rfind('[', bracket);
  if (pid == std::string_view::npos) return std::nullopt;
  const auto start = line.rfind(' ', pid);
  const std::string_view program = line.substr(start == std::string_view::npos ? 0 : start + 1, pid - (start == std::string_view::npos ? 0 : start + 1));
  const auto slash = program.rfind('/');
  if (slash == std::string_view::npos || program.find("postfix") == std::string_view::npos) return std::nullopt;
  std::string_view rest = line.substr(bracket + 3);
  const auto colon = rest.find(": ");
  if (colon == std::string_view::npos || colon > 40 || rest.substr(0, colon).find(' ') != std::string_view::npos) return std::nullopt;
  return Line{program.substr(slash + 1), rest.substr(0, colon), rest.substr(colon + 2)};
}

// The value of " name=…" up to the next comma, or inside "<…>".
std::string_view value_of(std::string_view rest, std::string_view name) {
  for (auto at = rest.find(name); at != std::string_view::npos; at = rest.find(name, at + 1)) {
    if (at > 0 && rest[at - 1] != ' ') continue;
    std::string_view value = rest.substr(at + name.size());
    if (value.starts_with('<')) return value.substr(1, std::min(value.find('>'), value.size()) - 1);
    return value.substr(0, value.find_first_of(", "));
  }
  return {};
}

bool is_loopback(std::string_view relay) {
  return relay.starts_with("127.") || relay.starts_with("localhost[") || relay.starts_with("[::1]") || relay.starts_with("::1") ||
         relay.find("[127.") != std::string_view::npos || relay.find("[::1]") != std::string_view::npos;
}

// The word that ends it for this recipient; "deferred" is tried again.
bool is_last_word(std::string_view status) { return status == "sent" || status == "bounced" || status == "expired"; }

}  // namespace

std::optional<WallTime> log_time(std::string_view line, WallTime now) {
  if (!line.empty() && line.front() >= '0' && line.front() <= '9') {
    const auto at = parse_time(line.substr(0, line.find(' ')));
    return at ? std::optional(*at) : std::nullopt;
  }
  static constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto month = std::find(months.begin(), months.end(), word(line));
  const int day = number(word(line));
  const std::string_view clock = word(line);
  if (month == months.end() || day < 1 || day > 31 || clock.size() != 8 || clock[2] != ':' || clock[5] != ':') return std::nullopt;
  std::tm parts{};
  parts.tm_mon = static_cast<int>(month - months.begin());
  parts.tm_mday = day;
  parts.tm_hour = number(clock.substr(0, 2));
  parts.tm_min = number(clock.substr(3, 2));
  parts.tm_sec = number(clock.substr(6, 2));
  if (parts.tm_hour < 0 || parts.tm_min < 0 || parts.tm_sec < 0) return std::nullopt;
  const int year = static_cast<int>(std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(now)).year());
  std::optional<WallTime> nearest;
  for (const int candidate : {year - 1, year, year + 1}) {
    parts.tm_year = candidate - 1900;
    const auto at = local_time(parts);
    if (at && (!nearest || std::chrono::abs(*at - now) < std::chrono::abs(*nearest - now))) nearest = at;
  }
  return nearest;
}

PostfixLog::PostfixLog(const std::vector<std::string>& bounces) : bounces_(bounces.begin(), bounces.end()), order_(bounces.begin(), bounces.end()) {}

void PostfixLog::note_sender(std::string_view queue_id, std::string_view rest) {
  if (rest.starts_with("from=<>")) {
    if (!bounces_.emplace(queue_id).second) return;
    order_.emplace_back(queue_id);
    if (order_.size() > most_bounces) {
      bounces_.erase(order_.front());
      order_.pop_front();
    }
  } else if (rest.starts_with("removed") && bounces_.erase(std::string(queue_id)) > 0) {
    std::erase(order_, queue_id);
  }
}

std::vector<SentReading::Group> PostfixLog::read(std::string_view lines, WallTime now) {
  std::map<std::pair<WallTime, std::string>, std::int64_t> counts;  // by minute and domain
  while (!lines.empty()) {
    const auto end = std::min(lines.find('\n'), lines.size());
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(std::min(end + 1, lines.size()));
    const auto parts = parts_of(line);
    if (!parts) continue;
    if (parts->service == "qmgr") note_sender(parts->queue_id, parts->rest);
    const std::string_view status = value_of(parts->rest, "status=");
    if (!is_last_word(status) || parts->service == "discard" || parts->service == "bounce") continue;
    if (bounces_.contains(parts->queue_id)) continue;
    const std::string_view to = value_of(parts->rest, "to=");
    const bool through_filter = status == "sent" && parts->service == "smtp" && is_loopback(value_of(parts->rest, "relay="));
    if (through_filter) continue;
    const auto at_sign = to.rfind('@');
    const std::string domain = at_sign == std::string_view::npos ? "" : lower(to.substr(at_sign + 1, 253));
    const WallTime at = std::clamp(log_time(line, now).value_or(now), now - minutes_kept, now);
    ++counts[{std::chrono::floor<std::chrono::minutes>(at), domain}];
  }
  std::vector<SentReading::Group> groups;
  for (const auto& [key, mails] : counts) groups.push_back({key.first, key.second, mails});
  return groups;
}

}  // namespace mailcanary
