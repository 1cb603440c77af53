// Phrases that speak of the client: the host that sends, its name, its repute, its pace.
#include "probes/bounce/reason_phrases.h"

namespace mailcanary::bounce {
namespace {

// Its address has no name, or the name another address.
constexpr std::string_view requireptr[] = {
    "{no,missing,lacks a,without a,must have a,valid,has no,doesn't have a,does not have a valid,find a,bad dns} ptr",
    "ptr {record,resource record,lookup,setup}",
    "could not resolve ptr",
    "{reverse,inverse} {dns,lookup,name,hostname}",
    "{has no,without,find your} reverse",
    "{cannot verify,failed to perform a} * reverse",
    "failed to perform a reverse",
    "{no rdns,valid rdns,rdns,fcrdns,forward-confirmed,forward confirmed}",
    "domain name pointer",
    "{cannot find your hostname,cannot resolve your address,unable to resolve your,your server's hostname}",
    "cannot be resolved to a name",
    "ip {address does not resolve,name lookup failed}",
    "hostname * not resolve",
    "has a mismatched dns",
    "mismatches client ip",
    "{unresolvable relay host name,unverifyable sending ip}",
    "no matches to nameserver query",
};

constexpr std::string_view blocked[] = {
    // Lists
    "{black list,blacklist,block list,blocklist,dnsbl,rbl}",
    "{spamhaus,spamcop,sorbs}",
    "{host listed,you are listed,is listed at,is listed in,is listed on}",
    "is {in an,in a,on a,on *} {rbl,black,blocklist}",
    // Blocked
    "blocked {by,using,for abuse,for spam,from sending,because of,senders,- see}",
    "blocked: ",
    "blocked, ",
    "block for spam",
    "{is,was,you are,has been,currently,temporarily,manually,envelope} blocked",
    "{client,client host,client *,connection} blocked",
    "{from ip,domain of sender} * blocked",
    "{banned,is banned} {ip,sending ip}",
    "is banned",
    // The address
    "your {ip,mail host,network is,server is,server was,host * is,dns needs}",
    "your server * banned",
    "ip {blocked,address banned,address has been,address * blocked,address * blacklisted,* is blocked,* not allowed}",
    "sender ip",
    "{reject,suspicious,bad sender} ip",
    "{dynamic ip,dynamic/generic,dynamic/zombied,hosts with dynamic,generic host,dul}",
    "rejecting * dynamic",
    "invalid ip for sending",
    "not currently accepting mail from your ip",
    "too many {spams from your ip,bad commands}",
    "{spam source,sending host is,multiple infected,currently sending spam}",
    "smtp {server of your isp,relay at your service provider}",
    "get a custom reverse",
    // The name
    "{helo,helo command,host,client host,connection} rejected",
    "name was rejected",
    "greeting failed",
    "domain does not exist: @",
    // The connection
    "connection {denied,dropped,refused by,not accepted from,reset by peer * blocked}",
    "connections {from your,not accepted from,will not be accepted from}",
    "not {accepting connections,allowed to access this,allowed to connect}",
    "you are not allowed to connect",
    "is not allowed to send mail to",
    "access denied * from",
    "access denied. ip name",
    "access denied, banned",
    "{access from ip address,no access from mail server}",
    "server access * forbidden",
    "your access to {this,submit messages}",
    "refused to talk to me: {55,421,45}",
    "service refused",
    "service not available, closing",
    "smtp error from * connection refused",
    "{we do not,we don't} accept mail from",
    "rejected {because of,due to blacklist,- see}",
    "rejecting open proxy",
    "mail from * refused: see",
    "your remotehost",
    // Not yet, or not this much
    "greylist",
    "messages {from * temporarily deferred,from * weren't sent,temporarily deferred}",
    "temporarily deferred due to",
    "unfortunately, messages from",
    "{tss04,tss09}",
    // Houses with words of their own
    "{proofpoint dynamic reputation,intrusion prevention,ip/domain reputation problems}",
    "a problem occurred. (ask your postmaster",
};

constexpr std::string_view badreputation[] = {
    "{bad,poor,low,untrusted,poor email,ip,domain,your} reputation",
    "reputation {of,low}",
    "sending ip * reputation",
    "likely suspicious due to the very low",
    "{sender score,senderbase}",
};

// Too much in too short a time.
constexpr std::string_view speeding[] = {
    "{rate limit,rate-limit,ratelimit,rate limited,throttl}",
    "{sending,delivery,unusual,max message,exceeded the} rate",
    "{at a rate,limit exceeded * rate}",
    "{sending limit,sending quota,hourly limit,per hour,frequency limited}",
    "exceeded its sending",
    "exceeding the",
    "too many {mails,emails,messages}",
    "too {fast,frequent,quickly,much mail}",
    "{receiving mail,sent} too quickly",
    "{slow down,try again slower,you are sending too}",
    "volume of",
    "temporarily deferred * user complaints",
};

constexpr std::string_view speeding_certain[] = {"recipient thread limit exceeded"};

constexpr std::string_view toomanyconn_certain[] = {"connection frequency limited", "connection rate limit", "throttling failure"};

// Too much at once.
constexpr std::string_view toomanyconn[] = {
    "{too many,simultaneous,concurrent,concurrent server,maximum,max,ip} connections",
    "too many {simultaneous,concurrent,connected,sessions,smtp sessions,users logged,recipients,rcpts}",
    "too many errors from your ip",
    "concurrent {smtp,connection}",
    "connection {limit,count}",
    "connections from this host",
    "all available ips are at maximum connection",
    "{per-connection,per-domain connection,thread limit}",
    "has exceeded the {* connection,max emails per hour}",
    "domain has exceeded",
    "unable to accept more",
};

constexpr ReasonPhrases table[] = {
    {"requireptr", Proof::likely, requireptr},       {"blocked", Proof::likely, blocked},
    {"badreputation", Proof::likely, badreputation}, {"speeding", Proof::likely, speeding},
    {"toomanyconn", Proof::likely, toomanyconn},     {"toomanyconn", Proof::certain, toomanyconn_certain},
    {"speeding", Proof::certain, speeding_certain},
};

}  // namespace

std::span<const ReasonPhrases> client_phrases() { return table; }

}  // namespace mailcanary::bounce
