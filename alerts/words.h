// The pieces that notices, page and feeds word alike: times, spans and counts as sentences.
// Pure; any thread. Inside alerts/ only.
#pragma once
#include <string>

#include "alerts/incident.h"
#include "core/clock.h"

namespace mailcanary {

std::string date_words(WallTime time);  // "24 Nov 2026"
std::string time_words(WallTime time,
                       WallTime now);  // "13:02 UTC" on the UTC day of `now`, else "24 Nov 2026, 13:02 UTC"
std::string span_words(WallTime from, WallTime to, WallTime now);  // "13:02 to 13:44 UTC"; with dates where they help

// What the thing counted is called: people on call say canary, a public page says test message.
struct CountedNoun {
  const char* one;
  const char* many;
};
inline constexpr CountedNoun canary_noun = {"canary", "canaries"};
inline constexpr CountedNoun public_noun = {"test message", "test messages"};

// "12 of 14 canaries failed (86%: 5 bounced, 7 lost), 2 more are overdue"; empty when nothing was counted. What has not
// arrived is called neither late nor lost: "7 of 7 canaries have not arrived (100%: 1 overdue, 6 not due yet)".
std::string measured_words(const IncidentCounts& counts, CountedNoun noun);
// "mail is delayed, not lost: 41 of 41 delayed canaries arrived so far"; empty when nothing was delayed,
// or when there is nothing to add to measured_words. "Delayed" only once some of it has come.
std::string delay_words(const IncidentCounts& counts, CountedNoun noun);
// Once it is over: "of 60 canaries in that time 12 failed (5 bounced, 7 lost), 41 arrived late"; empty when nothing
// was counted.
std::string outcome_words(const IncidentCounts& counts, CountedNoun noun);
std::string age_words(WallTime from, WallTime to);  // human_duration without seconds once minutes tell it
std::string sentence(std::string words);            // first letter large, full stop at the end

}  // namespace mailcanary
