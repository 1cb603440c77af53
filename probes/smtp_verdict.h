// What a refusal by an SMTP server says, and of whom: of the provider, or of our own account. The words of a sending
// limit are a table: a provider that words it anew is a row.
// Does not: read from a server, or decide what is tried next (sending_pause.h).
// Pure; any thread.
#pragma once
#include <string>
#include <string_view>

#include "probes/canary.h"
#include "probes/smtp_reply.h"
#include "probes/submission.h"

namespace mailcanary {

enum class Refusal {
  deferred,       // 4xx
  rejected,       // 5xx
  credentials,    // ours are refused, or none were given (RFC 4954 §6; Microsoft's 550 5.7.30)
  sending_limit,  // our account has sent as much as its provider allows for now
};

enum class RefusedAt { login, message };  // up to the login, or from MAIL on

// `reply` refuses: its severity is 4 or 5. A limit of the recipient, or on connections, is not one of the sender. Codes
// whose words only speak of a login (550 5.7.30) mean the credentials there; of a message they are a refusal like others.
Refusal refusal_of(const SmtpReply& reply, RefusedAt where);
SubmitOutcome::Verdict verdict_on(Refusal refusal);

// The same limit told later: some providers take the message and return it (Gmail, and Microsoft's limits of a tenant).
bool tells_sending_limit(const BounceReport& bounce);
// The words for it: "our account has reached the provider's sending limit: 550 5.4.5 Daily sending quota exceeded".
std::string sending_limit_reason(std::string_view said);

}  // namespace mailcanary
