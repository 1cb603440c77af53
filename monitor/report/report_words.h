// The figures of a report as text and page word them alike.
// Pure; any thread.
#pragma once
#include <string>

#include "monitor/report/report.h"

namespace mailcanary {

// "99.713%", cut and not rounded: nothing that broke a promise reads as if it had kept it. "-" when not known.
std::string percent_words(std::optional<double> share);
std::string count_words(std::int64_t number);                    // "25,114"
std::string time_words(const std::optional<Duration>& time);     // "3.21 s", or "-"
std::string minutes_words(Duration time);                        // "2 h 8 min", "none"
std::string left_words(const Budget& budget);                    // "18 min", "overspent by 1 h 23 min"
std::string day_words(const Month& month, TimeSpan days);        // "12 Oct to 14 Oct", "12 Oct"
std::string sum_words(const Tally& tally);                       // "sent 120 = 118 delivered + 2 lost"
std::string balance_words(const MonthReport& report);
std::int64_t failed_of(const Tally& tally);
std::int64_t left_out_of(const Tally& tally);
double share_of(Duration part, Duration whole);                  // 0 of nothing
std::string sentence_start(std::string words);                   // with a capital letter
const char* slot_words(Duration slot);                           // "5 minutes", "hour", "day"
// "October 2026 (UTC)", "November 2026 (Europe/Berlin), until 28 Nov, 15:30".
std::string heading_words(const MonthReport& report);
// "99.942% of the measured time was well: the promise of 99.9% is kept."
std::string verdict_words(const MonthReport& report);

}  // namespace mailcanary
