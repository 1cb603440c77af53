// What the header block of an arrived message tells: hops (Received) and verdicts (Authentication-Results).
// First, modest reader: from, by, with, time of every Received line, in the order of travel with delays;
// spf/dkim/dmarc of the topmost Authentication-Results. Pure; any thread; bounded (at most 100 hops).
#pragma once
#include <string_view>
#include <vector>

#include "probes/canary.h"

namespace mailcanary {

std::vector<Hop> read_hops(std::string_view header_block);
Verdicts read_verdicts(std::string_view header_block);
// RFC 5322 date-time with the usual deviations (obsolete zones, comments, missing weekday); nothing when unreadable.
std::optional<WallTime> parse_mail_date(std::string_view text);

}  // namespace mailcanary
