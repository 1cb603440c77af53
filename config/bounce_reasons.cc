#include "config/bounce_reasons.h"

namespace mailcanary {

std::span<const std::string_view> bounce_reasons() {
  static constexpr std::string_view words[] = {
      "authfailure", "badreputation", "blocked", "contenterror", "exceedlimit", "expired", "failedstarttls", "filtered",
      "hasmoved", "hostunknown", "mailboxfull", "mailererror", "mesgtoobig", "networkerror", "norelaying", "notaccept",
      "notcompliantrfc", "onhold", "policyviolation", "rejected", "requireptr", "securityerror", "spamdetected",
      "speeding", "suppressed", "suspend", "syntaxerror", "systemerror", "systemfull", "toomanyconn", "undefined",
      "userunknown", "virusdetected",
  };
  return words;
}

}  // namespace mailcanary
