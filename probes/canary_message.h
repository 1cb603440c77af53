// The canary as a message: composing it, and knowing it again. A message counts only if its HMAC-SHA256 verifies.
// Pure functions; any thread.
//
// One token, two parts: the canary's ULID and the first 16 bytes of HMAC-SHA256(key, "mailcanary 1 " + ulid) in
// lower-case base 32 (26 characters; RFC 2104 §5 allows truncation to half). It stands in the Message-ID
// (<ULID.mac@domain>), in the subject and in the header; the header X-Mailcanary also carries the whole MAC over
// id, route, both addresses and the time, and the seal of the body (alterations.h). For envelope senders (VERP) the MAC is cut to 10 bytes (16 characters):
// local+ULIDmac@domain, where the local part may have 64 octets (RFC 5321 §4.5.3.1.1).
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "config/config.h"
#include "core/ids.h"
#include "core/secret.h"
#include "probes/canary.h"

namespace mailcanary {

struct ComposedCanary {
  std::string envelope_from;  // with the VERP tag when the account allows plus addresses and it fits
  std::string envelope_to;
  std::string envelope_id;    // for ENVID (RFC 3461 §4.4), the token
  std::string message;        // RFC 5322 with CRLF line ends; not dot-stuffed
};

// `contact` tells a person who finds the message whom to ask (the sending address when empty).
ComposedCanary compose_canary(const Canary& canary, const Account& from, const Account& to, std::size_t padding,
                              const Secret& key, std::string_view contact);

// How a message proved whose canary it belongs to.
enum class ProofPlace { header, message_id, subject, envelope_id, verp, embedded };
struct Proof {
  CanaryId id;
  ProofPlace place = ProofPlace::header;
};

// Looks for a token in one text (a header value, an address, a bounce's body) and verifies it.
// Nothing when none verifies; a token with a wrong MAC is as good as none.
std::optional<CanaryId> verify_token(std::string_view text, const Secret& key);
std::optional<CanaryId> verify_verp(std::string_view address, const Secret& key);
// Is this message a canary of ours? Reads X-Mailcanary, then Message-ID, then Subject of its own header block.
// A bounce or a reply that only quotes a canary is not one: see read_bounce in probes/bounce_notice.h.
std::optional<Proof> recognise_canary(std::string_view header_block, const Secret& key);

// The first field of that name in a header block, unfolded; nothing when absent. Bounded, never throws.
std::optional<std::string> header_field(std::string_view header_block, std::string_view name);

}  // namespace mailcanary
