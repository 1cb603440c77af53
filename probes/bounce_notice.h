// Reads a message that came back to a sender: is it a bounce or a delay notice, of which canary, and what does it
// say? The reading is that of probes/bounce; this ties it to the canary, by proof, and tells what became of the first
// failed or delayed recipient. Bounded work on hostile input.
// Pure; any thread.
#pragma once
#include <optional>
#include <string_view>

#include "core/secret.h"
#include "probes/bounce/bounce.h"
#include "probes/canary.h"
#include "probes/canary_message.h"

namespace mailcanary {

struct BounceNotice {
  CanaryId canary;
  ProofPlace place = ProofPlace::envelope_id;
  BounceReport report;
};

// Does the header block look like a report worth fetching whole (multipart/report, an empty or daemon sender, a
// VERP recipient)? Cheap; false for ordinary mail.
bool may_be_bounce(std::string_view header_block);
// Nothing when the message is no bounce of a canary of ours (no token in it verifies).
std::optional<BounceNotice> read_bounce(std::string_view message, const Secret& key);
// The same of a message that has been read: `mail` is read_bounce_mail(message).
std::optional<BounceNotice> read_bounce(std::string_view message, const BounceMail& mail, const Secret& key);

}  // namespace mailcanary
