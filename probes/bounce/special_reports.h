// Reports that are no failed delivery: feedback (ARF, RFC 5965), automatic replies (RFC 3834), and the notifications of
// Amazon SES, which are JSON.
// Pure; any thread.
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "probes/bounce/bounce.h"
#include "probes/bounce/mail_parts.h"

namespace mailcanary::bounce {

// A complaint of a mailbox provider; `original` is the header of the message complained of.
std::optional<std::vector<BounceRow>> feedback_rows(const Mail& mail, const Fields& original);
// A person's mailbox that answers by itself.
std::optional<BounceRow> vacation_row(const Mail& mail, std::string_view report);
// Fills rows and what else the notification says.
std::optional<BounceMail> ses_notification(std::string_view text);

}  // namespace mailcanary::bounce
