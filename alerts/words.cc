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

// Whole percents; 0% and 100% only when it is exactly so.
std::string percent(int part, int whole) {
  const double exact = 100.0 * part / whole;
  if (part > 0 && exact < 1) return "under 1%";
  if (part < whole && exact > 99) return "over 99%";
  return fmt::format("{:.0f}%", exact);
}

std::string is_or_are(int count, std::string_view what) {
  return fmt::format("{} {} {}", count, count == 1 ? "is" : "are", what);
}

// Nothing that met it was seen since, as far as it is known.
bool all_out(const IncidentCounts& counts) {
  return counts.failed == 0 && counts.canaries > 0 && counts.overdue + counts.not_due == counts.canaries;
}

// "7 of 7 canaries have not arrived (100%: 1 overdue, 6 not due yet)". Whether they are late or lost nobody knows.
std::string out_words(const IncidentCounts& counts, const std::string& of_all) {
  const int out = counts.overdue + counts.not_due;
  std::string parts = counts.overdue > 0 ? fmt::format("{} overdue", counts.overdue) : "";
  if (counts.not_due > 0) parts += fmt::format("{}{} not due yet", parts.empty() ? "" : ", ", counts.not_due);
  return fmt::format("{} of {} {} not arrived ({}: {})", out, of_all, out == 1 ? "has" : "have",
                     percent(out, counts.canaries), parts);
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
  const std::string of_all = count_noun(counts.canaries, noun.one, noun.many);
  if (counts.failed > 0) {
    const std::string parts = parts_of_failed(counts);
    std::string words = fmt::format("{} of {} failed ({}{}{})", counts.failed, of_all,
                                    percent(counts.failed, counts.canaries), parts.empty() ? "" : ": ", parts);
    if (counts.delayed_arrived > 0) words += fmt::format(", {} arrived late", counts.delayed_arrived);
    if (counts.overdue > 0)
      words += fmt::format(", {} more {} overdue", counts.overdue, counts.overdue == 1 ? "is" : "are");
    return words;
  }
  if (counts.delayed_arrived == 0 && (counts.overdue > 0 || all_out(counts))) return out_words(counts, of_all);
  const int delayed = counts.overdue + counts.delayed_arrived;
  if (counts.overdue > 0)
    return fmt::format("{} of {} are delayed ({}: {} arrived late, {} overdue), none failed", delayed, of_all,
                       percent(delayed, counts.canaries), counts.delayed_arrived, counts.overdue);
  if (delayed > 0)
    return fmt::format("{} of {} {} late ({}), none failed", delayed, of_all, delayed == 1 ? "was" : "were",
                       percent(delayed, counts.canaries));
  return fmt::format("none of {} failed or is late so far", of_all);
}

std::string delay_words(const IncidentCounts& counts, CountedNoun noun) {
  const int delayed = counts.overdue + counts.delayed_arrived;
  if (counts.failed == 0 && counts.delayed_arrived == 0)
    return counts.overdue > 0 || all_out(counts) ? "whether mail is late or lost is not known yet" : "";
  if (delayed <= 0) return {};
  const std::string of_all =
      fmt::format("{} of {} delayed {} arrived", counts.delayed_arrived, delayed, noun_for(delayed, noun));
  const std::string awaited = is_or_are(counts.overdue, "still awaited");
  // In an outage of days most canaries were called lost before they came after all.
  if (counts.failed > 0 && counts.failed == counts.lost && counts.delayed_arrived > counts.lost)
    return fmt::format("most of it is delayed, not lost: {} so far{}", of_all, counts.overdue == 0 ? "" : ", " + awaited);
  if (counts.overdue == 0)
    return counts.failed > 0 ? fmt::format("what is only delayed does arrive: {} so far", of_all)
                             : fmt::format("mail is delayed, not lost: {} so far", of_all);
  if (counts.failed > 0) return counts.delayed_arrived == 0 ? "" : fmt::format("{} so far, {}", of_all, awaited);
  return fmt::format("mail is delayed, none is lost so far: {}, {}", of_all, awaited);
}

std::string outcome_words(const IncidentCounts& counts, CountedNoun noun) {
  if (counts.canaries <= 0) return {};
  const std::string parts = parts_of_failed(counts);
  std::string words = fmt::format("of {} in that time ", count_noun(counts.canaries, noun.one, noun.many));
  words += counts.failed == 0 ? "none failed" : fmt::format("{} failed", counts.failed);
  if (!parts.empty()) words += " (" + parts + ")";
  if (counts.delayed_arrived > 0) words += fmt::format(", {} arrived late", counts.delayed_arrived);
  if (counts.delayed_arrived == 0 && counts.overdue == 0) words += ", none was late";
  if (counts.overdue > 0) words += ", " + is_or_are(counts.overdue, "still awaited");
  return words;
}

std::string age_words(WallTime from, WallTime to) {
  const Duration age = to - from;
  return human_duration(age < std::chrono::minutes(1) ? age : std::chrono::floor<std::chrono::minutes>(age));
}

std::string sentence(std::string words) {
  if (words.empty()) return words;
  if (words.front() >= 'a' && words.front() <= 'z') words.front() = static_cast<char>(words.front() - 'a' + 'A');
  if (words.back() != '.') words += '.';
  return words;
}

}  // namespace mailcanary
