#include "monitor/traffic/sent_source.h"

#include <algorithm>
#include <charconv>
#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/files.h"
#include "core/local_command.h"
#include "core/text.h"
#include "core/units.h"
#include "monitor/traffic/log_follower.h"
#include "monitor/traffic/postfix_log.h"

namespace mailcanary {
namespace {

using Json = nlohmann::json;

constexpr Duration files_every = std::chrono::seconds(5);
constexpr Duration command_every = std::chrono::minutes(1);
constexpr Duration command_patience = std::chrono::seconds(30);
constexpr std::size_t longest_number = 64;
constexpr std::int64_t largest = std::int64_t{1} << 53;

std::optional<std::int64_t> number_of(std::string_view text) {
  text = trim(text);
  std::int64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || failure != std::errc() || end != text.data() + text.size() || value < 0 || value > largest) return std::nullopt;
  return value;
}

// What an earlier version, or another kind of source, left there means nothing here.
Json read_place(const std::string& place, std::string_view kind) {
  Json found = Json::parse(place, nullptr, false);
  return found.is_object() && found.value("kind", std::string()) == kind ? found : Json();
}

std::optional<LogPlace> log_place(const Json& place) {
  if (!place.is_object()) return std::nullopt;
  return LogPlace{place.value("file", std::uint64_t{0}), place.value("offset", std::uint64_t{0}), place.value("head", std::string()),
                  place.value("head_bytes", std::uint64_t{0})};
}

Json place_json(std::string_view kind, const LogPlace& place) {
  return {{"kind", kind}, {"file", place.file}, {"offset", place.offset}, {"head", place.head}, {"head_bytes", place.head_bytes}};
}

// Evenly over the minutes between two readings, so that a pause of ours makes no peak.
std::vector<SentReading::Group> spread(std::int64_t mails, WallTime since, WallTime now) {
  std::vector<SentReading::Group> groups;
  const WallTime from = std::clamp(since, now - minutes_kept, now);
  const std::int64_t minutes = std::max<std::int64_t>(1, (now - from) / traffic_slot);
  for (std::int64_t i = 0; i < minutes; ++i) {
    const std::int64_t some = mails * (i + 1) / minutes - mails * i / minutes;
    if (some > 0) groups.push_back({now - (minutes - 1 - i) * traffic_slot, "", some});
  }
  return groups;
}

Result<SentAnswer> read_log(const SentCount& what, const std::string& place, WallTime now) {
  const bool postfix = what.from == SentCount::From::postfix_log;
  const char* kind = postfix ? "postfix" : "lines";
  const Json before = read_place(place, kind);
  auto read = read_on(what.path, log_place(before));
  if (!read) return read.error();
  SentAnswer answer;
  Json after = place_json(kind, read->place);
  if (postfix) {
    PostfixLog log(before.is_object() ? before.value("bounces", std::vector<std::string>{}) : std::vector<std::string>{});
    answer.reading.groups = log.read(read->lines, now);
    after["bounces"] = log.queue_ids();
  } else {
    SentLines lines = count_lines(read->lines, now);
    answer.reading.groups = std::move(lines.groups);
    if (lines.bad > 0)
      answer.fault = fmt::format("{} of {} {} not TIME COUNT, as 2026-11-28T10:00:00Z 1200", count_noun(lines.bad, "line", "lines"),
                                 what.path, lines.bad == 1 ? "is" : "are");
  }
  answer.reading.before = place;
  answer.reading.after = after.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (read->rest == LogRead::Rest::more) answer.rest = SentAnswer::Rest::more;
  return answer;
}

Result<SentAnswer> read_sent_file(const SentCount& what, const std::string& place, WallTime now) {
  if (what.from == SentCount::From::postfix_log) return read_log(what, place, now);
  const auto text = read_file(what.path, longest_number);
  const bool is_number = text && number_of(*text);
  // Somebody is just writing it.
  const bool was_number = read_place(place, "total").is_object() || read_place(place, "interval").is_object();
  if (text && trim(*text).empty() && was_number) return Error{ErrorKind::invalid_input, fmt::format("read {}: it is empty", what.path)};
  if (!is_number && (text || text.error().kind != ErrorKind::io)) return read_log(what, place, now);
  if (!text) return text.error();
  auto reading = count_number(what.counts, *text, place, now);
  if (!reading) return reading.error();
  if (what.counts == SentCount::Counts::interval) {
    // The number of one interval stands until that of the next is written.
    std::error_code error;
    const auto written = std::filesystem::last_write_time(what.path, error).time_since_epoch().count();
    const Json before = read_place(place, "interval");
    const bool same = before.is_object() && before.value("written", std::int64_t{0}) == written;
    if (same) return SentAnswer{SentReading{{}, place, place, {}}, {}, SentAnswer::Rest::none};
    Json after = Json::parse(reading->after);
    after["written"] = written;
    reading->after = after.dump();
  }
  return SentAnswer{std::move(*reading), {}, SentAnswer::Rest::none};
}

Task<Result<SentAnswer>> ask_command(EventLoop& loop, SentCount what, std::string place) {
  const Now began = loop.now();
  LocalCommand command{what.command, ""};
  auto end = co_await run_command(loop, std::move(command), began.mono + command_patience);
  if (!end) co_return end.error();
  if (end->exit_code != 0) {
    co_return Error{ErrorKind::refused, fmt::format("run {}: it failed{}{}", what.command.front(), end->complaint.empty() ? "" : ": ",
                                                    cut(end->complaint.line(), 200))};
  }
  auto reading = count_number(what.counts, end->output.raw(), place, loop.now().wall);
  if (!reading) co_return Error{reading.error().kind, fmt::format("run {}: {}", what.command.front(), reading.error().message)};
  co_return SentAnswer{std::move(*reading), {}, SentAnswer::Rest::none};
}

}  // namespace

Result<SentReading> count_number(SentCount::Counts counts, std::string_view text, const std::string& place, WallTime now) {
  const auto value = number_of(text);
  if (!value)
    return Error{ErrorKind::invalid_input, fmt::format("\"{}\" is no number of mails", cut(one_line(trim(text)), 40))};
  const bool total = counts == SentCount::Counts::total;
  const Json before = read_place(place, total ? "total" : "interval");
  const auto last = before.is_object() ? parse_time(before.value("at", std::string())) : Result<WallTime>(now);
  const WallTime since = last ? *last : now;
  SentReading reading;
  reading.before = place;
  Json after = {{"kind", total ? "total" : "interval"}, {"at", format_time(now)}};
  std::int64_t mails = before.is_object() ? *value : 0;  // what the first one counts began before us
  if (total) {
    after["total"] = *value;
    const std::int64_t seen = before.is_object() ? before.value("total", std::int64_t{0}) : *value;
    mails = *value >= seen ? *value - seen : *value;  // a smaller number: the counter began anew
  }
  const bool idle = mails == 0 && before.is_object() && now - since < traffic_slot;
  reading.after = idle ? place : after.dump();
  if (mails > 0) reading.groups = spread(mails, since, now);
  return reading;
}

SentLines count_lines(std::string_view lines, WallTime now) {
  SentLines counted;
  while (!lines.empty()) {
    const auto end = std::min(lines.find('\n'), lines.size());
    const std::string_view line = trim(lines.substr(0, end));
    lines.remove_prefix(std::min(end + 1, lines.size()));
    if (line.empty() || line.front() == '#') continue;
    const auto blank = line.find_first_of(" \t");
    const std::string_view first = line.substr(0, blank);
    const auto mails = blank == std::string_view::npos ? std::nullopt : number_of(line.substr(blank));
    std::optional<WallTime> at;
    if (const auto seconds = number_of(first)) {
      at = WallTime(std::chrono::seconds(std::min<std::int64_t>(*seconds, 1LL << 40)));
    } else if (const auto time = parse_time(first)) {
      at = *time;
    }
    if (!at || !mails) {
      ++counted.bad;
      continue;
    }
    if (*mails > 0) counted.groups.push_back({std::clamp(*at, now - minutes_kept, now), "", *mails});
  }
  return counted;
}

Duration SentSource::every() const { return what_.from == SentCount::From::command ? command_every : files_every; }

Task<SentAnswer> SentSource::read() {
  auto answer = std::make_shared<Result<SentAnswer>>(SentAnswer{});
  if (what_.from == SentCount::From::command) {
    auto asked = co_await ask_command(loop_, what_, place_);
    *answer = std::move(asked);
  } else {
    std::function<void()> work = [answer, what = what_, place = place_, now = loop_.now().wall] {
      *answer = read_sent_file(what, place, now);
    };
    co_await run_in_thread(loop_, std::move(work));
  }
  SentAnswer told;
  if (*answer) {
    told = std::move(**answer);
    place_ = told.reading.after;
  } else {
    told.reading.before = told.reading.after = place_;
    told.fault = cut(one_line(answer->error().message), 400);
  }
  told.reading.account = account_;
  co_return told;
}

}  // namespace mailcanary
