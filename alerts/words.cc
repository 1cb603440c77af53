#include "alerts/words.h"

#include <array>
#include <vector>

#include <fmt/format.h>

#include "core/text.h"
#include "core/units.h"

namespace mailcanary {
namespace {

constexpr std::array months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

auto day_of(WallTime time) { return std::chrono::floor<std::chrono::days>(time); }

std::string clock_words(WallTime time) {
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::minutes>(time - day_of(time)));
  return fmt::format("{:02}:{:02}", clock.hours().count(), clock.minutes().count());
}

std::string noun_for(int count, CountedNoun noun) { return count == 1 ? noun.one : noun.many; }

// "5 bounced, 7 lost": only what was told apart.
std::string parts_of_failed(const IncidentCounts& counts) {
  std::string parts;
  if (counts.bounced > 0) parts = fmt::format("{} bounced", counts.bounced);
  if (counts.lost > 0) parts += fmt::format("{}{} lost", parts.empty() ? "" : ", ", counts.lost);
  return parts;
}

}  // namespace

std::string date_words(WallTime time) {
  const std::chrono::year_month_day date(day_of(time));
  return fmt::format("{} {} {}", static_cast<unsigned>(date.day()), months[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()));
}

std::string time_words(WallTime time, WallTime now) {
  if (day_of(time) == day_of(now)) return clock_words(time) + " UTC";
  return fmt::format("{}, {} UTC", date_words(time), clock_words(time));
}

std::string span_words(WallTime from, WallTime to, WallTime now) {
  if (day_of(from) != day_of(to)) return fmt::format("{} to {}", time_words(from, now), time_words(to, now));
  const std::string clocks = fmt::format("{} to {} UTC", clock_words(from), clock_words(to));
  return day_of(from) == day_of(now) ? clocks : fmt::format("{}, {}", date_words(from), clocks);
}

std::string measured_words(const IncidentCounts& counts, CountedNoun noun) {
  if (counts.canaries <= 0) return {};
  std::string words;
  if (counts.failed > 0) {
    const std::string parts = parts_of_failed(counts);
    words = fmt::format("{} of {} {} failed ({}{}{})", counts.failed, counts.canaries, noun_for(counts.canaries, noun),
                        format_share(static_cast<double>(counts.failed) / counts.canaries), parts.empty() ? "" : ": ", parts);
    if (counts.delayed_arrived > 0) words += fmt::format(", {} arrived late", counts.delayed_arrived);
    if (counts.overdue > 0) words += fmt::format(", {} more {} overdue", counts.overdue, counts.overdue == 1 ? "is" : "are");
    return words;
  }
  if (counts.overdue + counts.delayed_arrived > 0)
    return fmt::format("{} of {} {} late ({} arrived, {} overdue), none failed", counts.overdue + counts.delayed_arrived,
                       count_noun(counts.canaries, noun.one, noun.many),
                       counts.overdue + counts.delayed_arrived == 1 ? "was" : "were", counts.delayed_arrived, counts.overdue);
  return fmt::format("{} met it so far, none failed, none is late", count_noun(counts.canaries, noun.one, noun.many));
}

std::string delay_words(const IncidentCounts& counts, CountedNoun noun) {
  const int delayed = counts.overdue + counts.delayed_arrived;
  if (delayed <= 0) return {};
  const std::string of_all = fmt::format("{} of {} delayed {}", counts.delayed_arrived, delayed, noun_for(delayed, noun));
  const std::string still = fmt::format("{} {} still on the way", counts.overdue, counts.overdue == 1 ? "is" : "are");
  if (counts.failed > 0) {
    if (counts.overdue == 0) return fmt::format("what is only delayed does arrive: {} arrived so far", of_all);
    return fmt::format("of what is delayed, {} arrived so far, {}", of_all, still);
  }
  if (counts.overdue == 0) return fmt::format("mail is delayed, not lost: {} arrived so far", of_all);
  if (counts.delayed_arrived == 0)
    return fmt::format("mail is delayed: {}, none has arrived yet, none is given up", still);
  return fmt::format("mail is delayed, not lost so far: {} arrived, {}", of_all, still);
}

std::string outcome_words(const IncidentCounts& counts, CountedNoun noun) {
  if (counts.canaries <= 0) return {};
  const std::string parts = parts_of_failed(counts);
  const std::string failed = counts.failed == 0 ? "none failed" : fmt::format("{} failed", counts.failed);
  const std::string late = counts.delayed_arrived == 0 ? "none arrived late" : fmt::format("{} arrived late", counts.delayed_arrived);
  const std::string missing = counts.overdue == 0
                                  ? "none is still on the way"
                                  : fmt::format("{} {} still on the way", counts.overdue, counts.overdue == 1 ? "is" : "are");
  return fmt::format("{} met it: {}{}{}{}, {}, {}", count_noun(counts.canaries, noun.one, noun.many), failed,
                     parts.empty() ? "" : " (", parts, parts.empty() ? "" : ")", late, missing);
}

std::string sentence(std::string words) {
  if (words.empty()) return words;
  if (words.front() >= 'a' && words.front() <= 'z') words.front() = static_cast<char>(words.front() - 'a' + 'A');
  if (words.back() != '.') words += '.';
  return words;
}

}  // namespace mailcanary
