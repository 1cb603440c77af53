#include "probes/bounce/prose_words.h"

#include <algorithm>
#include <string>

#include "core/text.h"

namespace mailcanary::bounce {
namespace {

// A line that begins so, after dashes and the like, opens the original message.
constexpr std::string_view opening_starts[] = {
    "a copy of the message",
    "a copy of your message",
    "below is a copy of the",
    "below is the header",
    "below this line is",
    "below this line are",
    "body of message generated response",
    "content of the original message",
    "copy of the original message",
    "copy of your message",
    "from here, just a copy",
    "header of the original message",
    "headers of the original message",
    "here is a copy of",
    "included is a copy of",
    "message header follow",
    "message headers follow",
    "message header:",
    "message text follows",
    "message headers:",
    "non-delivered message",
    "original mail as follows",
    "original mail info",
    "original message follows",
    "original message header",
    "original message attached",
    "original message details",
    "original message text",
    "original message below",
    "original email headers",
    "returned mail follows",
    "returned message follows",
    "start of returned message",
    "text of your message",
    "the body of your message",
    "the first lines of your message",
    "the following is a copy of",
    "the header of the original",
    "the headers of the original",
    "the original mail",
    "the original message follows",
    "the original message is included",
    "the original message headers",
    "the text of the original message",
    "the undelivered message follows",
    "the unsent message follows",
    "this is a copy of",
    "undelivered message follows",
    "unsent message below",
    "unsent message follows",
    "unsent message header",
    "your original message",
    "your message follows",
    "your message was:",
    "your message reads",
    "kopie der nachricht",
    "ursprüngliche nachricht",
    "message d'origine",
    "mensaje original",
    "messaggio originale",
};

// A line that is just this, with dashes and the like around it.
constexpr std::string_view opening_lines[] = {
    "original message",         "returned message", "forwarded message", "original mail",
    "original message headers", "message contents", "message follows",   "message header",
    "message headers",          "returned mail",    "failed message",    "rejected message",
};

// Header fields that a report does not carry at the left margin of its text, but an original message does.
constexpr std::string_view original_fields[] = {
    "received:",   "return-path:", "message-id:",          "dkim-signature:", "mime-version:", "x-originating-ip:",
    "x-received:", "x-ymail-osg:", "domainkey-signature:", "arc-seal:",       "delivered-to:",
};

constexpr std::string_view introductions[] = {
    "account",
    "address",
    "address:",
    "addresses:",
    "addressed to",
    "attempts:",
    "be delivered to",
    "be delivered to:",
    "been delivered to",
    "couldn't be delivered to",
    "could not be delivered to",
    "could not be delivered to:",
    "deliver mail to",
    "deliver to",
    "deliver your message to",
    "delivered to",
    "delivering mail to",
    "delivering your mail to",
    "delivering your message to",
    "delivering to",
    "delivery to",
    "delivery to:",
    "email to",
    "emailaddress",
    "error for",
    "errors:",
    "exceeded for",
    "failed for",
    "failed to",
    "failed recipient:",
    "following address:",
    "for <recipient>",
    "for recipient",
    "for user",
    "for user:",
    "group",
    "invalid recipient",
    "invalid recipient:",
    "in",
    "mail for",
    "mail to user",
    "mailbox",
    "mailbox for",
    "mailbox of",
    "mailbox:",
    "message for",
    "message to",
    "message to:",
    "messages to",
    "no such user",
    "no such user:",
    "non-existent user",
    "original recipient:",
    "rcpt to:",
    "rcpt to",
    "rcptto",
    "recipient",
    "recipient address",
    "recipient address:",
    "recipient name:",
    "recipient:",
    "recipients:",
    "recipient(s):",
    "recipient is",
    "rejected recipient",
    "send to",
    "sent to",
    "sent to:",
    "size:",
    "smtp address:",
    "to address",
    "to reach",
    "unknown address",
    "unknown local user",
    "unknown recipient:",
    "unknown user",
    "unknown user:",
    "user",
    "user:",
    "userid",
    "username",
    "empfänger:",
    "destinataire:",
    "destinatario:",
};

constexpr std::string_view help_words[] = {
    "assistance",   "contact",     "for help",     "for more information", "mailto:", "please send",     "questions",
    "reply to",     "report this", "support team", "unsubscribe",          "call ",   "get in touch",    "write to",
    "send mail to", "mail from",   "from:",        "on behalf of",         "sender:", "rejected due to",
};

constexpr std::string_view roles[] = {"postmaster",    "abuse",      "support", "help",       "helpdesk",
                                      "mailer-daemon", "hostmaster", "admin",   "noc",        "no-reply",
                                      "noreply",       "webmaster",  "root",    "mail-daemon"};

constexpr std::string_view ornaments = " \t-=|*>#_.:~+[]<\"'(";

template <class Rows>
bool any_row(const Rows& rows, auto matches) {
  return std::any_of(std::begin(rows), std::end(rows), matches);
}

}  // namespace

bool opens_original(std::string_view line) {
  constexpr std::size_t longest = 160;
  if (line.size() > longest || line.size() < 8) return false;
  const auto begin = line.find_first_not_of(ornaments);
  if (begin == std::string_view::npos) return false;
  std::string bare = lower(line.substr(begin));
  if (any_row(opening_starts, [&](auto row) { return bare.starts_with(row); })) return true;
  if (begin == 0 && any_row(original_fields, [&](auto row) { return bare.starts_with(row); })) return true;
  bare.erase(bare.find_last_not_of(" \t-=|*<>#_.:~+[]") + 1);
  return any_row(opening_lines, [&](auto row) { return bare == row; });
}

bool introduces_recipient(std::string_view words) {
  while (!words.empty() && std::string_view(" \t<\"'([`,").find(words.back()) != std::string_view::npos)
    words.remove_suffix(1);
  return any_row(introductions, [&](auto row) {
    if (!words.ends_with(row)) return false;
    const auto before = words.size() - row.size();
    return before == 0 || words[before - 1] == ' ' || words[before - 1] == '\t' || words[before - 1] == '(' ||
           words[before - 1] == '[';
  });
}

bool offers_help(std::string_view line) {
  return any_row(help_words, [&](auto row) { return line.find(row) != std::string_view::npos; });
}

bool is_role_address(std::string_view address) {
  const std::string_view local = address.substr(0, address.find('@'));
  return any_row(roles, [&](auto row) { return local == row; });
}

}  // namespace mailcanary::bounce
