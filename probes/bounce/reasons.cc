#include "probes/bounce/reasons.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "core/text.h"
#include "probes/bounce/addresses.h"
#include "probes/bounce/phrase_index.h"
#include "probes/bounce/reason_local.h"
#include "probes/bounce/reason_phrases.h"

namespace mailcanary::bounce {
namespace {

// When phrases of several reasons match, the first of these wins: what speaks of the mailbox before what speaks of the
// sender, the exact before the vague.
constexpr std::string_view order[] = {
    "suppressed",      "mailboxfull",   "mesgtoobig", "exceedlimit",     "virusdetected", "authfailure",
    "requireptr",      "badreputation", "speeding",   "toomanyconn",     "suspend",       "hasmoved",
    "norelaying",      "userunknown",   "blocked",    "rejected",        "hostunknown",   "notaccept",
    "spamdetected",    "unknown user",  "filtered",   "notcompliantrfc", "contenterror",  "failedstarttls",
    "policyviolation", "securityerror", "systemfull", "networkerror",    "mailererror",   "systemerror",
    "syntaxerror",     "expired",       "onhold",
};
constexpr int reasons = static_cast<int>(std::size(order));

int rank_of(std::string_view reason) {
  return static_cast<int>(std::find(std::begin(order), std::end(order), reason) - std::begin(order));
}

// The rank is the tag; all certain phrases lie before the likely ones, all weak ones behind.
const PhraseIndex& index() {
  static const PhraseIndex built = [] {
    PhraseIndex phrases;
    for (const auto& table : {mailbox_phrases(), recipient_phrases(), sender_phrases(), client_phrases(),
                              message_phrases(), filter_phrases(), network_phrases(), system_phrases(), general_phrases()}) {
      for (const auto& row : table) {
        const int rank = rank_of(row.proof == Proof::unknown_user ? "unknown user" : row.reason);
        for (const auto phrase : row.phrases)
          phrases.add(phrase, rank + reasons * (row.proof == Proof::certain ? 0 : row.proof == Proof::weak ? 2 : 1));
      }
    }
    return phrases;
  }();
  return built;
}

std::string_view class_of(std::string_view status) { return status.substr(0, 1); }

Command command_of_all(const Evidence& evidence) {
  for (const auto text : {evidence.diagnostic, evidence.said, evidence.around}) {
    const Command command = command_of(matchable(text));
    if (command != Command::unknown) return command;
  }
  return Command::unknown;
}

std::string unknown_user_or_filtered(const Evidence& evidence) {
  if (command_of_all(evidence) == Command::rcpt) return "userunknown";
  return reason_of_status(evidence.status) == "userunknown" ? "userunknown" : "filtered";
}

std::optional<std::string> by_words(const Evidence& evidence, std::string_view said) {
  if (said.empty()) return std::nullopt;
  const std::string text = matchable(said);
  if (const auto reason = reason_of_provider(evidence.places, text); !reason.empty()) return std::string(reason);
  const Whose whose = evidence.reply.empty() ? Whose::mailers_own : Whose::servers_reply;
  if (const auto reason = reason_of_agent(evidence.agent, text, whose); !reason.empty()) return std::string(reason);
  int best = 3 * reasons;
  index().search(text, [&best](int tag) { best = std::min(best, tag); });
  if (best == 3 * reasons) return std::nullopt;
  const std::string_view reason = order[best % reasons];
  if (reason == "unknown user") return unknown_user_or_filtered(evidence);
  return std::string(reason);
}

// At which command a refusal came tells something, even when its words do not.
std::optional<std::string> by_command(const Evidence& evidence) {
  if (evidence.reply.empty()) return std::nullopt;
  switch (command_of_all(evidence)) {
    case Command::connect:
    case Command::helo: return "blocked";
    case Command::mail: return "rejected";
    default: return std::nullopt;
  }
}

bool is_code_token(std::string_view token) {  // "550-5.1.1" at the head of a continued line
  return token.size() >= 9 && token[3] == '-' && token[5] == '.' &&
         token.find_first_not_of("0123456789-.") == std::string_view::npos;
}

}  // namespace

std::string matchable(std::string_view text) {
  text = text.substr(0, 8192);
  std::string out;
  out.reserve(text.size());
  std::size_t from = 0;
  const auto append = [&out](std::string_view piece) {
    while (!piece.empty()) {
      const auto begin = piece.find_first_not_of(" \t\n");
      if (begin == std::string_view::npos) {
        if (!out.empty() && out.back() != ' ') out += ' ';
        return;
      }
      if (begin > 0 && !out.empty() && out.back() != ' ') out += ' ';
      const auto end = std::min(piece.find_first_of(" \t\n", begin), piece.size());
      const std::string_view token = piece.substr(begin, end - begin);
      if (!is_code_token(token) || out.empty()) out += token;
      piece.remove_prefix(end);
    }
  };
  std::string_view rest = text;
  while (!rest.empty()) {  // addresses are bounded per piece, so go by lines
    const auto line_end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, std::min(line_end + 1, rest.size()));
    from = 0;
    for (const auto& found : addresses_in(line)) {
      append(line.substr(from, found.begin - from));
      out += '@';
      from = found.end;
    }
    append(line.substr(from));
    rest.remove_prefix(line.size());
  }
  for (auto at = out.find("’"); at != std::string::npos; at = out.find("’", at)) out.replace(at, 3, "'");
  return lower(out);
}

std::string reason_of(const Evidence& evidence) {
  if (evidence.action == "delivered" || evidence.action == "relayed" || evidence.action == "expanded")
    return "delivered";
  if (const auto exact = reason_of_exact_status(evidence.status); !exact.empty()) return std::string(exact);
  for (const auto text : {evidence.diagnostic, evidence.said}) {
    if (auto reason = by_words(evidence, text)) return *reason;
  }
  const auto meaning = reason_of_status(evidence.status);
  const bool vague = evidence.status.ends_with(".0");
  if (!meaning.empty() && !vague) return std::string(meaning);
  if (auto reason = by_words(evidence, evidence.around)) return *reason;
  if (!meaning.empty()) return std::string(meaning);
  if (auto reason = by_command(evidence)) return *reason;
  if (evidence.action == "delayed") return "expired";
  return evidence.reply.empty() && evidence.status.empty() && !evidence.named ? "undefined" : "onhold";
}

bool is_hard(std::string_view reason, std::string_view status, std::string_view reply) {
  if (reason == "userunknown" || reason == "hostunknown" || reason == "hasmoved") return true;
  return reason == "notaccept" && class_of(reply) != "4" && class_of(status) != "4";
}

}  // namespace mailcanary::bounce
