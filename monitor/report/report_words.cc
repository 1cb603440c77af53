#include "monitor/report/report_words.h"

#include <cmath>

#include <fmt/format.h>

#include "core/text.h"
#include "core/units.h"

namespace mailcanary {
namespace {

std::string day_name(const Month& month, WallTime time) {
  const std::string words = local_words(month, time);
  return words.substr(0, words.find(','));
}

}  // namespace

std::string percent_words(std::optional<double> share) {
  if (!share) return "-";
  // A hair is added, so that 0.999 is not cut to 99.899 for what doubles cannot hold.
  const double cut = std::floor(*share * 1e5 + 1e-7) / 1e3;
  return fmt::format("{:g}%", cut == 100 && *share < 1 ? 99.999 : cut);
}

std::string count_words(std::int64_t number) {
  std::string digits = std::to_string(number);
  for (auto at = static_cast<int>(digits.size()) - 3; at > (number < 0 ? 1 : 0); at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}

std::string time_words(const std::optional<Duration>& time) { return time ? human_duration(*time) : "-"; }

std::string minutes_words(Duration time) {
  if (time <= Duration{}) return "none";
  return human_duration(time < std::chrono::minutes(1) ? time : std::chrono::round<std::chrono::seconds>(time));
}

std::string left_words(const Budget& budget) {
  if (budget.verdict == Verdict::unknown) return "-";
  const Duration left = budget.allowed - budget.spent;
  return left < Duration{} ? "overspent by " + minutes_words(-left) : minutes_words(left);
}

std::string day_words(const Month& month, TimeSpan days) {
  const std::string first = day_name(month, days.from);
  const std::string last = day_name(month, days.until - Duration(1));
  return first == last ? first : first + " to " + last;
}

std::string sum_words(const Tally& tally) {
  std::string sum;
  for (std::size_t i = 0; i < tally.by_fate.size(); ++i) {
    const auto fate = static_cast<Fate>(i);
    if (fate == Fate::unknown || fate == Fate::pending || tally.by_fate[i] == 0) continue;
    sum += fmt::format("{}{} {}", sum.empty() ? "" : " + ", count_words(tally.by_fate[i]), name_of(fate));
  }
  if (const auto pending = tally.by_fate[static_cast<std::size_t>(Fate::pending)]; pending > 0)
    sum += fmt::format("{}{} pending", sum.empty() ? "" : " + ", count_words(pending));
  std::string words = fmt::format("{} sent = {}", count_words(tally.sent()), sum.empty() ? "0" : sum);
  if (const auto unknown = tally.by_fate[static_cast<std::size_t>(Fate::unknown)]; unknown > 0)
    words += fmt::format("; {} never left, for a fault of our own", count_words(unknown));
  return words;
}

std::string balance_words(const MonthReport& report) {
  if (!report.balanced_days)
    return "not held against single canaries: they are not kept any more";
  if (!report.books.faults.empty()) return "THE BOOKS DO NOT BALANCE: " + report.books.faults.front();
  return fmt::format("the books of {} balance: {} {} counted one by one", day_words(report.month, *report.balanced_days),
                     count_words(report.books.sent), report.books.sent == 1 ? "canary" : "canaries");
}

std::int64_t failed_of(const Tally& tally) {
  std::int64_t sum = 0;
  for (std::size_t fate = 0; fate < tally.by_fate.size(); ++fate)
    if (failed(static_cast<Fate>(fate))) sum += tally.by_fate[fate];
  return sum;
}

std::int64_t left_out_of(const Tally& tally) { return tally.in_maintenance + tally.of_others + tally.own_fault; }

double share_of(Duration part, Duration whole) {
  return whole <= Duration{} ? 0 : static_cast<double>(part.count()) / static_cast<double>(whole.count());
}

std::string sentence_start(std::string words) {
  if (!words.empty() && words[0] >= 'a' && words[0] <= 'z') words[0] = static_cast<char>(words[0] - 'a' + 'A');
  return words;
}

const char* slot_words(Duration slot) {
  if (slot >= std::chrono::hours(24)) return "day";
  return slot >= std::chrono::hours(1) ? "hour" : "5 minutes";
}

std::string heading_words(const MonthReport& report) {
  std::string words = fmt::format("{} ({})", month_words(report.month), report.month.zone);
  if (!report.over) words += ", until " + local_words(report.month, report.until);
  return words;
}

std::string verdict_words(const MonthReport& report) {
  if (report.budget.verdict == Verdict::unknown) return "Nothing that counts was measured: nobody knows whether the promise was kept.";
  const bool kept = report.budget.verdict == Verdict::kept;
  return fmt::format("{} of the measured time was well: the promise of {} is {}.", percent_words(report.all.uptime()),
                     percent_words(report.budget.objective),
                     !kept ? "broken" : report.over ? "kept" : "kept so far");
}

}  // namespace mailcanary
