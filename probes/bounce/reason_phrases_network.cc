// Phrases that speak of names and networks.
#include "probes/bounce/reason_phrases.h"

namespace mailcanary::bounce {
namespace {

// The DNS knows no such place.
constexpr std::string_view hostunknown[] = {
    "{host,domain} {unknown,not found,not exist,is unknown,does not exist,was not found,* not found}",
    "{host,domain} * could not be resolved",
    "domain {name not found,name does not,is invalid,must exist,* does not exist,* couldn't be found,of recipient}",
    "{unknown,no such,nonexistent,non-existent,invalid,unrouteable,unresolvable} domain",
    "{unknown,no such,invalid} host",
    "{unrouteable,recipient} {mail domain,domain must exist}",
    "unrouteable address * domain",
    "{unable to find,couldn't find any} host",
    "host {name lookup failure,or domain name not found}",
    "illegal host/domain name",
    "{nxdomain,smtpsend.dns.nonexistentdomain,name or service not known,no address associated with}",
    "name server: host not found",
    "all host address lookups failed",
    "no {mx or a records,dns records}",
    "{could not find a valid mx,dns lookup failure,does not exist in the dns,bad destination system}",
    "recipient address rejected: unknown domain",
    "routing error: unknown",
    "{mail domain mentioned,because the domain is not reachable}",
};

constexpr std::string_view hostunknown_certain[] = {
    "{host unknown,unknown host,invalid recipient domain,domain does not exist}",
    "mx records point to non-existent hosts",
    "account or domain may not exist",
};

constexpr std::string_view hostunknown_weak[] = {
    "does not exist",
};

constexpr std::string_view networkerror[] = {
    // No way there
    "{network,host,server} {unreachable,is unreachable}",
    "no route to {host,domain}",
    "is not reachable by",
    "unable to {connect,route,resolve route}",
    "{cannot,could not,failed to} connect",
    "connect to * failed",
    "able to establish an smtp connection",
    "network {error,problem}",
    "socket error: no route",
    // A way that broke
    "connection {lost,refused,reset,died,was dropped,closed unexpectedly}",
    "lost connection",
    "remote host closed connection",
    // Names that cannot be asked for
    "dns {error,failure,temporary,query failed,records for the destination}",
    "{bad dns lookup,cname lookup failed,temporary lookup failure,temporarily unable to resolve}",
    "name service error",
    "malformed {name server reply,or unexpected name server reply}",
    "host not found, try again",
    // In a circle
    "{mail,message,bounce,infinite,routing,forwarding,mail forwarding,a mail} loop",
    "{loop detected,looping,local mailer loops,loops back to}",
    "{maximum,exceeded maximum} {hop,forwarding loop}",
    "hop count",
    "too many {hops,received,redirections}",
    "mx {records point,record points to local}",
    "smtpsend.dns.mxloopback",
};

constexpr std::string_view networkerror_certain[] = {
    "{hop count exceeded,too many hops,mail loop,loops back to myself,dns query failed}",
    "host not found, try again",
};

constexpr ReasonPhrases table[] = {
    {"hostunknown", Proof::likely, hostunknown},
    {"hostunknown", Proof::certain, hostunknown_certain},
    {"hostunknown", Proof::weak, hostunknown_weak},
    {"networkerror", Proof::likely, networkerror},
    {"networkerror", Proof::certain, networkerror_certain},
};

}  // namespace

std::span<const ReasonPhrases> network_phrases() { return table; }

}  // namespace mailcanary::bounce
