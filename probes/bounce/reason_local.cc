#include "probes/bounce/reason_local.h"

#include <string>

namespace mailcanary::bounce {
namespace {

struct ProviderRow {
  std::string_view host;  // the end of a host or domain name
  std::string_view phrase;
  std::string_view reason;
};

constexpr ProviderRow providers[] = {
    // Japanese carriers refuse after RCPT for the subscriber's own filter, in the words of an unknown user.
    {"ezweb.ne.jp", ">: user unknown", "userunknown"},
    {"ezweb.ne.jp", "550 : user unknown", "filtered"},
    {"au.com", ">: user unknown", "userunknown"},
    {"au.com", "550 : user unknown", "filtered"},
    {"docomo.ne.jp", "5.2.0", "filtered"},
    {"docomo.ne.jp", "552 ", "toomanyconn"},
    {"mfsmax.docomo.ne.jp", "unknown user", "rejected"},
    // Microsoft's consumer service.
    {"hotmail.com", "mailbox unavailable", "userunknown"},
    {"hotmail.com", "because the domain is not reachable", "hostunknown"},
    // Orange, Wanadoo and La Poste number their refusals.
    {"orange.fr", "_102", "blocked"},
    {"orange.fr", "_103", "blocked"},
    {"orange.fr", "_104", "toomanyconn"},
    {"orange.fr", "_108", "blocked"},
    {"orange.fr", "_109", "blocked"},
    {"orange.fr", "_401", "requireptr"},
    {"orange.fr", "_402", "notaccept"},
    {"orange.fr", "_403", "rejected"},
    {"orange.fr", "_405", "rejected"},
    {"orange.fr", "_415", "rejected"},
    {"orange.fr", "_416", "userunknown"},
    {"orange.fr", "_417", "mailboxfull"},
    {"orange.fr", "_418", "rejected"},
    {"orange.fr", "_420", "suspend"},
    {"orange.fr", "_421", "rejected"},
    {"orange.fr", "_423", "rejected"},
    {"orange.fr", "_425", "suspend"},
    {"orange.fr", "_426", "suspend"},
    {"orange.fr", "_505", "systemerror"},
    {"orange.fr", "_506", "spamdetected"},
    {"orange.fr", "_510", "blocked"},
    {"orange.fr", "_513", "mesgtoobig"},
    {"orange.fr", "_514", "mesgtoobig"},
    {"orange.fr", "_515", "rejected"},
    {"orange.fr", "_517", "rejected"},
    {"orange.fr", "_630", "policyviolation"},
    {"orange.fr", "_631", "policyviolation"},
    {"orange.fr", "_632", "policyviolation"},
    {"orange.fr", "_633", "policyviolation"},
    {"orange.fr", "_999", "blocked"},
    // Facebook's postmaster codes.
    {"facebook.com", "rcp-p1", "userunknown"},
    {"facebook.com", "rcp-p", "filtered"},
    {"facebook.com", "rcp-t", "filtered"},
    {"facebook.com", "msg-p1", "contenterror"},
    {"facebook.com", "msg-", "spamdetected"},
    {"facebook.com", "pol-p1", "blocked"},
    {"facebook.com", "pol-p2", "blocked"},
    {"facebook.com", "pol-p3", "blocked"},
    {"facebook.com", "pol-p4", "blocked"},
    {"facebook.com", "pol-p7", "spamdetected"},
    {"facebook.com", "pol-p6", "policyviolation"},
    {"facebook.com", "pol-", "policyviolation"},
    {"facebook.com", "dns-p1", "rejected"},
    {"facebook.com", "dns-p2", "rejected"},
    {"facebook.com", "dns-p3", "requireptr"},
    {"facebook.com", "dns-", "rejected"},
    {"facebook.com", "int-", "systemerror"},
    {"facebook.com", "con-", "toomanyconn"},
    // Tencent
    {"qq.com", "frequency limited", "toomanyconn"},
    {"qq.com", "mail is rejected by recipients", "filtered"},
    {"qq.com", "mail content denied", "spamdetected"},
    {"qq.com", "suspected bounce attacks", "rejected"},
    {"qq.com", "mailbox unavailable or access denied", "rejected"},
    // Cox
    {"cox.net", "cxbl", "blocked"},
    {"cox.net", "cdrbl", "blocked"},
    {"cox.net", "cxdns", "requireptr"},
    {"cox.net", "cxsndr", "rejected"},
    {"cox.net", "cxthrt", "securityerror"},
    {"cox.net", "cxmj", "securityerror"},
    {"cox.net", "cxsmtp", "notcompliantrfc"},
    {"cox.net", "cxcnct", "toomanyconn"},
    {"cox.net", "cxmxrt", "toomanyconn"},
};

struct AgentRow {
  std::string_view agent;
  Whose whose;
  std::string_view phrase;
  std::string_view reason;
};

constexpr AgentRow agents[] = {
    {"Exim", Whose::mailers_own, "unrouteable address", "hostunknown"},
    {"Exim", Whose::mailers_own, "unroutable address", "hostunknown"},
    {"Exim", Whose::mailers_own, "unrouteable mail domain", "hostunknown"},
    {"Exim", Whose::mailers_own, "all relevant mx records point to non-existent hosts", "hostunknown"},
    {"Exim", Whose::mailers_own, "no smtp service", "notaccept"},
    {"Exim", Whose::mailers_own, "frozen on arrival", "onhold"},
    {"Exim", Whose::mailers_own, "has been frozen", "onhold"},
    {"Exim", Whose::mailers_own, "local delivery failed", "mailererror"},
    {"Exim", Whose::mailers_own, "domain missing or malformed", "syntaxerror"},
    {"IMailServer", Whose::mailers_own, "unknown user", "userunknown"},
    {"IMailServer", Whose::mailers_own, "invalid final delivery userid", "userunknown"},
    {"IMailServer", Whose::mailers_own, "unknown host", "hostunknown"},
    {"Domino", Whose::mailers_own, "not listed in", "userunknown"},
    {"Domino", Whose::mailers_own, "no route found to domain", "hostunknown"},
    {"Notes", Whose::mailers_own, "user not listed in", "userunknown"},
};

// "au.com" ends "mx.au.com" and is "au.com", but does not end "bau.com".
bool has_host(std::string_view places, std::string_view host) {
  for (auto at = places.find(host); at != std::string_view::npos; at = places.find(host, at + 1)) {
    const auto end = at + host.size();
    const bool begins = at == 0 || places[at - 1] == '.' || places[at - 1] == ' ';
    if (begins && (end == places.size() || places[end] == ' ' || places[end] == '.')) return true;
  }
  return false;
}

// Companies go by several names; the rows above use one.
constexpr struct {
  std::string_view alias, name;
} aliases[] = {{"wanadoo.fr", "orange.fr"},
               {"laposte.net", "orange.fr"},
               {"sfr.fr", "orange.fr"},
               {"neuf.fr", "orange.fr"},
               {"foxmail.com", "qq.com"},
               {"live.com", "hotmail.com"},
               {"msn.com", "hotmail.com"},
               {"protection.outlook.com", "hotmail.com"},
               {"facebookmail.com", "facebook.com"}};

}  // namespace

std::string_view reason_of_provider(std::string_view places, std::string_view text) {
  std::string known(places);
  for (const auto& row : aliases) {
    if (has_host(places, row.alias)) known.append(" ").append(row.name);
  }
  std::string_view host;
  bool here = false;
  for (const auto& row : providers) {
    if (row.host != host) here = has_host(known, host = row.host);
    if (here && text.find(row.phrase) != std::string_view::npos) return row.reason;
  }
  return {};
}

std::string_view reason_of_agent(std::string_view agent, std::string_view text, Whose whose) {
  for (const auto& row : agents) {
    if (row.agent == agent && row.whose == whose && text.find(row.phrase) != std::string_view::npos) return row.reason;
  }
  return {};
}

}  // namespace mailcanary::bounce
