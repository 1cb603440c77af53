// What enhanced statuses mean (RFC 3463, the IANA registry, and the use that large providers make of them).
#include "probes/bounce/reason_phrases.h"

#include <algorithm>

namespace mailcanary::bounce {
namespace {

struct StatusRow {
  std::string_view detail;  // subject.detail
  std::string_view reason;
};

constexpr StatusRow meanings[] = {
    // addresses
    {"1.0", "userunknown"}, {"1.1", "userunknown"}, {"1.2", "hostunknown"}, {"1.3", "userunknown"},
    {"1.4", "filtered"}, {"1.6", "hasmoved"}, {"1.7", "rejected"}, {"1.8", "rejected"}, {"1.9", "systemerror"},
    {"1.10", "notaccept"}, {"1.90", "speeding"},
    // the mailbox
    {"2.0", "filtered"}, {"2.1", "filtered"}, {"2.2", "mailboxfull"}, {"2.3", "exceedlimit"}, {"2.4", "filtered"},
    {"2.14", "systemerror"}, {"2.121", "speeding"}, {"2.122", "speeding"},
    // the mail system
    {"3.0", "systemerror"}, {"3.1", "systemfull"}, {"3.2", "notaccept"}, {"3.3", "systemerror"},
    {"3.4", "mesgtoobig"}, {"3.5", "systemerror"},
    // network and routing
    {"4.0", "networkerror"}, {"4.1", "expired"}, {"4.2", "networkerror"}, {"4.3", "systemerror"},
    {"4.4", "hostunknown"}, {"4.5", "networkerror"}, {"4.6", "networkerror"}, {"4.7", "expired"},
    {"4.8", "networkerror"}, {"4.9", "networkerror"}, {"4.300", "expired"}, {"4.310", "systemerror"},
    {"4.312", "networkerror"}, {"4.316", "expired"}, {"4.317", "failedstarttls"}, {"4.318", "systemerror"},
    // the protocol
    {"5.0", "mailererror"}, {"5.1", "systemerror"}, {"5.2", "syntaxerror"}, {"5.3", "toomanyconn"},
    {"5.4", "systemerror"}, {"5.5", "systemerror"},
    // the contents
    {"6.0", "contenterror"}, {"6.1", "contenterror"}, {"6.2", "contenterror"}, {"6.3", "contenterror"},
    {"6.5", "contenterror"}, {"6.7", "contenterror"}, {"6.9", "contenterror"},
    // security and policy
    {"7.0", "securityerror"}, {"7.1", "securityerror"}, {"7.2", "filtered"}, {"7.3", "filtered"},
    {"7.4", "securityerror"}, {"7.5", "securityerror"}, {"7.6", "securityerror"}, {"7.7", "securityerror"},
    {"7.8", "securityerror"}, {"7.9", "securityerror"}, {"7.10", "failedstarttls"}, {"7.12", "rejected"},
    {"7.13", "suspend"}, {"7.14", "securityerror"}, {"7.17", "hasmoved"}, {"7.18", "hasmoved"},
    {"7.19", "networkerror"}, {"7.27", "notaccept"}, {"7.28", "speeding"}, {"7.57", "securityerror"},
    {"7.64", "norelaying"}, {"7.124", "rejected"}, {"7.133", "rejected"}, {"7.134", "rejected"},
    {"7.135", "rejected"}, {"7.136", "rejected"}, {"7.321", "failedstarttls"}, {"7.322", "failedstarttls"},
    {"7.500", "spamdetected"}, {"7.501", "spamdetected"}, {"7.502", "spamdetected"}, {"7.503", "spamdetected"},
    {"7.504", "suspend"}, {"7.505", "suspend"}, {"7.506", "blocked"}, {"7.507", "blocked"}, {"7.508", "speeding"},
    {"7.510", "blocked"}, {"7.511", "blocked"}, {"7.512", "notcompliantrfc"}, {"7.513", "blocked"},
    {"7.515", "authfailure"}, {"7.606", "blocked"}, {"7.650", "badreputation"}, {"7.750", "rejected"},
};

constexpr StatusRow exact[] = {
    {"1.6", "hasmoved"}, {"1.7", "rejected"}, {"1.8", "rejected"}, {"3.4", "mesgtoobig"}, {"4.312", "networkerror"},
    {"7.20", "authfailure"}, {"7.21", "authfailure"}, {"7.22", "authfailure"}, {"7.23", "authfailure"},
    {"7.24", "authfailure"}, {"7.25", "requireptr"}, {"7.26", "authfailure"}, {"7.57", "securityerror"},
    {"7.124", "rejected"}, {"7.133", "rejected"}, {"7.134", "rejected"}, {"7.135", "rejected"}, {"7.136", "rejected"},
    {"7.509", "authfailure"},
};

std::string_view look_up(std::span<const StatusRow> rows, std::string_view status) {
  if (status.size() < 5) return {};
  const auto row = std::find_if(rows.begin(), rows.end(), [&](const auto& r) { return r.detail == status.substr(2); });
  return row == rows.end() ? std::string_view() : row->reason;
}

}  // namespace

std::string_view reason_of_status(std::string_view status) { return look_up(meanings, status); }
std::string_view reason_of_exact_status(std::string_view status) { return look_up(exact, status); }

}  // namespace mailcanary::bounce
