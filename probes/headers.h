// What the header block of an arrived message tells: hops (Received), verdicts (Authentication-Results) and dates.
// The parts, for those who want to know more: hops/received.h, hops/hop_times.h, verdicts/verdicts.h.
// Pure; any thread; bounded (the first 256 KiB, at most 100 hops).
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "probes/canary.h"
#include "probes/hops/hop_times.h"
#include "probes/verdicts/verdicts.h"

namespace mailcanary {

// In the order of travel. `own`: when the message was sent and seen by our own clock, as far as known.
std::vector<Hop> read_hops(std::string_view header_block, const OwnTimes& own = {});
// The same with the Received lines themselves; takes the Date field for a witness when `own` has no time of sending.
Journey read_journey(std::string_view header_block, OwnTimes own = {});
// `authserv_id`: whose word counts, or empty (see verdicts/verdicts.h).
Verdicts read_verdicts(std::string_view header_block, std::string_view authserv_id = {});
// RFC 5322 date-time with the usual deviations (obsolete zones, comments, missing weekday); nothing when unreadable.
std::optional<WallTime> parse_mail_date(std::string_view text);

}  // namespace mailcanary
