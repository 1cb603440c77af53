#include "probes/smtp_verdict.h"

#include <algorithm>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "core/text.h"

namespace mailcanary {
namespace {

using Verdict = SubmitOutcome::Verdict;

struct LimitWords {
  std::string_view status;  // the enhanced status must be this one; empty: any
  std::string_view words;   // of the reply in lower case
};

// Whole turns of phrase, since "limit exceeded" alone may be the recipient's, and "too many connections" anybody's.
constexpr LimitWords limits[] = {
    // Gmail, Workspace and its relay.
    {"", "daily user sending limit exceeded"},
    {"", "you have reached a limit for sending mail"},
    {"", "sending quota exceeded"},
    {"", "relay limit exceeded"},
    {"", "relay sending limit exceeded"},
    // Microsoft 365, of a mailbox and of a tenant. Sent mail is kept, so a full mailbox sends no more either.
    {"", "submissionquotaexceeded"},
    {"", "storedrv.submission.exception:quotaexceeded"},
    {"", "sender's submission quota"},
    {"", "you've reached your daily limit"},
    {"5.1.90", "daily limit"},
    {"5.7.232", "exceeded"},
    {"5.7.233", "exceeded"},
    {"5.7.705", "tenant has exceeded threshold"},
    // Amazon SES.
    {"", "throttling failure: daily message quota exceeded"},
    {"", "throttling failure: maximum sending rate exceeded"},
    // cPanel's Exim.
    {"", "has exceeded the max emails per hour"},
    {"", "has exceeded the max defers and failures per hour"},
    // Said by several.
    {"", "reached your sending limit"},
    {"", "reached your daily sending limit"},
    {"", "exceeded your sending limit"},
    {"", "exceeded your daily sending limit"},
    {"", "sender rate limit exceeded"},
};

// RFC 4954 §6; 454 is not among them.
bool refuses_credentials(const SmtpReply& reply, RefusedAt where) {
  return reply.code == 530 || reply.code == 534 || reply.code == 535 || reply.code == 538 ||
         (where == RefusedAt::login && reply.code == 550 && istarts_with(reply.text, "5.7.30 "));
}

bool names_our_limit(std::string_view status, std::string_view words) {
  std::string said = lower(words);
  // An apostrophe as typesetters have it.
  for (auto at = said.find("\u2019"); at != std::string::npos; at = said.find("\u2019", at)) said.replace(at, 3, "'");
  const std::string_view text(said);
  return std::any_of(std::begin(limits), std::end(limits), [&](const LimitWords& row) {
    if (text.find(row.words) == std::string_view::npos) return false;
    return row.status.empty() || row.status == status;
  });
}

// "5.4.5" of "5.4.5 Daily sending quota exceeded".
std::string_view first_word(std::string_view text) { return text.substr(0, text.find(' ')); }

}  // namespace

Refusal refusal_of(const SmtpReply& reply, RefusedAt where) {
  if (refuses_credentials(reply, where)) return Refusal::credentials;
  if (names_our_limit(first_word(reply.text), reply.line())) return Refusal::sending_limit;
  return reply.severity() == 4 ? Refusal::deferred : Refusal::rejected;
}

bool tells_sending_limit(const BounceReport& bounce) { return names_our_limit(bounce.status, bounce.diagnostic); }

std::string sending_limit_reason(std::string_view said) {
  return fmt::format("our account has reached the provider's sending limit: {}", said);
}

Verdict verdict_on(Refusal refusal) {
  switch (refusal) {
    case Refusal::deferred: return Verdict::deferred;
    case Refusal::rejected: return Verdict::rejected;
    case Refusal::credentials:
    case Refusal::sending_limit: break;
  }
  return Verdict::own_fault;
}

}  // namespace mailcanary
