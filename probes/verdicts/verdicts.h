// SPF, DKIM and DMARC as the receiving provider judged them.
//
// Anybody can write Authentication-Results into a message, so a field counts only where the receiver's own servers put
// it (RFC 8601 §5): above the Received line with which the message entered their house. That line is the first from
// the top whose peer is a stranger: not of the same domain by a looked-up name, not at an inner address, not handed over
// by LMTP or locally. There the name in the field (authserv-id) must be of the house as well. For each method the
// topmost field that states it decides.
// With `authserv_id`, only fields of that server or of hosts below it count, but also where Sendmail's filters put
// them: right below that line. A field without a name (Microsoft 365) bears that of the server whose line is beneath it.
// Does not: verify anything itself.
// Pure; any thread; bounded as HeaderReader is, and to 100 fields.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "probes/canary.h"

namespace mailcanary {

struct Judgement {
  Verdicts verdicts;
  std::string server;                // whose word it is, of DMARC if it was said; empty: nobody's, or one without a name
  std::vector<std::string> ignored;  // names in fields that did not count, at most 10
};

Judgement judge_verdicts(std::string_view header_block, std::string_view authserv_id);

}  // namespace mailcanary
