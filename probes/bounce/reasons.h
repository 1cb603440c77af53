// Why a message bounced, in one word of the field's common vocabulary, from what the servers said. The words that give
// a reason away are tables: reason_phrases.cc and reason_phrases_*.cc, one row each. Nothing matches: `onhold` when
// something was said, `undefined` when not. Pure; any thread.
#pragma once
#include <string>
#include <string_view>

#include "probes/bounce/reply_codes.h"

namespace mailcanary::bounce {

struct Evidence {
  // Asked one after the other, until one tells something.
  std::string_view diagnostic;  // what the deciding server said, as the report has it for machines
  std::string_view said;        // what the text says of this recipient
  std::string_view around;      // what else the mail says
  std::string_view status, reply, action;
  std::string_view agent;   // who wrote the report
  std::string_view places;  // host names of the report and the recipient's domain, in lower case, with blanks between
  bool named = true;        // the report speaks of this recipient
};

std::string reason_of(const Evidence& evidence);
// Will it be the same for the next message? Decided by the reason, and for `notaccept` by the code as well.
bool is_hard(std::string_view reason, std::string_view status, std::string_view reply);

// Lower case, one blank for a run, "@" for any address, no repeated reply codes of continued lines.
std::string matchable(std::string_view text);

}  // namespace mailcanary::bounce
