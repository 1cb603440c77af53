// Reads any bounce: who did not get the mail, and why. Delivery status (RFC 3464, 6533) wherever it stands, feedback
// reports (RFC 5965), automatic replies (RFC 3834), notifications of Amazon SES, and the many mailers that write prose.
// Does not: verify canaries (that takes a key: probes/bounce_notice.h), keep anything, or guess: what the mail does not
// say stays empty, and a reason that nothing proves is `undefined`.
// Bounded on hostile input: 1 MiB of message, 1000 recipients, no recursion past a few levels. Never throws.
// Pure; any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"

namespace mailcanary {

enum class BounceKind { failed, delayed, delivered, relayed, expanded, feedback, vacation, none };
const char* name_of(BounceKind kind);

// One recipient. All texts are safe one-line UTF-8.
struct BounceRow {
  BounceKind kind = BounceKind::failed;
  std::string recipient;   // in lower case; empty when the mail names none
  std::string action;      // RFC 3464 §2.3.3
  std::string status;      // enhanced status as it stands in the mail (RFC 3463)
  std::string reply;       // "550"
  std::string reason;      // one word: userunknown, mailboxfull, …, undefined
  bool hard = false;       // the next message would fare no better
  std::string diagnostic;  // what the deciding server said, at most 500 characters
  std::string remote_mta;
};

struct BounceMail {
  std::vector<BounceRow> rows;  // empty: no bounce
  std::string agent;            // who wrote it, as far as it shows: "Postfix", "Exim", …
  std::string reporting_mta;
  std::optional<WallTime> arrival_date;  // when the reporting MTA took the message
  std::string envelope_id;               // RFC 3461 ENVID
  std::string original_message_id;
  std::string original_header;  // as it came, at most 256 KiB: hostile
  std::string text;             // what it tells people, as it came, at most 64 KiB: hostile
};

BounceMail read_bounce_mail(std::string_view message);

}  // namespace mailcanary
