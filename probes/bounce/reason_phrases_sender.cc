// Phrases that speak of the sender: its address and its rights.
#include "probes/bounce/reason_phrases.h"

namespace mailcanary::bounce {
namespace {

// SPF, DKIM, DMARC and what they are for.
constexpr std::string_view authfailure[] = {
    "spf {check,fail,hard,softfail,policy,record,validation,(sender}",
    "{fail spf,fails spf,failed by spf,authentication failed: spf,openspf,//spf}",
    "spf: ",
    "spf=",
    "spf-",
    "sender policy",
    "sender id {(pra),* fail}",
    "dkim {unauth,verification,signature,check,=,does not pass}",
    "{dkim:,domainkeys,dmarc}",
    "authentication failed * dmarc",
    "{spf,dkim,dmarc} sender invalid",
    "{tlsa-invalid,dnssec-invalid,certificate-host-mismatch}",
    "{spoofing,spoofed,comauthfail,publishing a policy}",
    "unauthenticated {email,mail,sender}",
    "sender {is unauthenticated,unauthenticated}",
    "not authenticated",
    "{does not,doesn't} pass authentication",
    "{failed authentication,authentication checks failed,required authentication level}",
    "{senders to authenticate,must pass either spf or dkim,passed neither}",
    "is not {allowed to send from,allowed to send mail from,authorized to use}",
};

// This sender, or an address like that, is not wanted here.
constexpr std::string_view rejected[] = {
    "sender {rejected,denied,unknown,domain,verification,verify,does not exist,not pre-approved,invalid}",
    "sender {is invalid,is not allowed,is forged,is spammer,is in my black list}",
    "sender {@ rejected,@ not}",
    "sender address {rejected,* rejected,is invalid,* not exist,has been blacklisted}",
    "sender email address rejected",
    "{bad,invalid,unauthorized,not authorized,spoofed,unroutable,unrouteable,your,the} sender",
    "bad outbound sender",
    "bad, missing or invalid sender",
    "{empty envelope,null} sender",
    "{can't,cannot,could not,unable to} verify sender",
    "{cannot resolve sender,verify that the sender,but sender was rejected,address rejected: sender}",
    "because {of the,the} sender",
    "{invalid envelope,all envelope senders,envelope sender is,envelope blocked - sender}",
    "domain {of sender address,of address,is invalid,* has no mx,* is invalid * from,not in * sender}",
    "domain of * does not exist (in reply to mail",
    "{invalid domain,no such domain at sender,sender domain must exist}",
    "mail from {@ * rejected,<@> * rejected,domain must exist,not owned by user}",
    "mail from: * rejected",
    "mail from: domain",
    "from: domain is invalid",
    "access denied (in reply to mail",
    "{not a known sender,does not match the * sender,recipient not accepted * sender}",
    "message rejected: sender",
    "return-path address is not valid",
    "{we don't accept mail from sender,user @ is not allowed to send}",
    "{send mail as,send as this sender,purported responsible address}",
    "{fully qualified email address required,recursive cname}",
    "{email address is not verified,not verified * identities}",
    "you are not allowed to send mail to",
    "{your access has been blocked,your email address has been}",
    "sending to/from an address that has been",
    "{address has invalid format,was sent from an address which}",
    "is not a registered gateway user",
    "resolver.rst.notauthorized",
    // Lists and groups
    "{not a member,only members,by non-member,not a subscriber,not subscribed,subscribers may}",
    "not {authorized,allowed} to post",
    "{may not post,permission to post,group * posting,closed mailing list}",
    "not allowed to send messages to",
    "does not allow unauthenticated",
    // Bounces are not wanted
    "{backscatter protection,no third-party dsns,returned mail not accepted here,[bouncedeny]}",
    "{denied by secumail,submission denied,administratively denied}",
    "{recipient addresses rejected : access denied,rule imposed mailbox access for}",
    "{rejected by content,transaction failed unsigned,senderfilterconfig}",
    // other languages
    "{emetteur invalide,gehorsten nicht}",
};

constexpr std::string_view rejected_certain[] = {
    "group {you tried to contact,you're trying}",
    "the group you tried",
    "група, з якою",
    "may not exist, or you may not have permission",
    "sender address rejected: domain not found",
    "google groups",
};

constexpr std::string_view norelaying[] = {
    "relay {denied,access denied,rejected,prohibited,denegado,operation rejected}",
    "relay {not allowed,not permitted,is not}",
    "relaying {denied,blocked,disallowed,prohibited,is not,is prohibited,mail to}",
    "{no relay,no relaying,not relaying,cannot relay,won't relay,unable to relay,we do not relay}",
    "not {allowed,permitted} to relay",
    "{mail relay,open relay,unauthorized relay,as a relay,configured to relay}",
    "{not a gateway,gateway smtp * refused,not local host,non-local e-mail}",
    "that domain isn't in my list",
    "{isn't,not} in my list of allowed rcpthosts",
    "{specified domain is not allowed,we don't handle mail for}",
    "mail server requires authentication when",
};

// The right to hand mail over at all.
constexpr std::string_view securityerror[] = {
    "authentication {required,is required,error,failure,credentials,turned on in}",
    "{must authenticate,must be authenticated,need to authenticate}",
    "{you don't authenticate,authenticate * first,smtp authentication,relay * authentication required}",
    "authorized to send mail, authentication",
    "unauthenticated senders not allowed",
    "client was not authenticated",
    "{insecure password,password incorrect,the user name or password,codes d'authentification invalide,login to mail server}",
    "resolver.rst.authrequired",
    "tls {required,sni,validation}",
    "{tls-required,must issue a starttls}",
    "encryption {required,needed}",
    "{verification failure,account not subscribed to ses}",
};

constexpr std::string_view norelaying_certain[] = {"relaying denied. ip name lookup failed", "invalid credentials for relay"};

constexpr ReasonPhrases table[] = {
    {"norelaying", Proof::certain, norelaying_certain},
    {"authfailure", Proof::likely, authfailure},     {"rejected", Proof::likely, rejected},
    {"rejected", Proof::certain, rejected_certain},  {"norelaying", Proof::likely, norelaying},
    {"securityerror", Proof::likely, securityerror},
};

}  // namespace

std::span<const ReasonPhrases> sender_phrases() { return table; }

}  // namespace mailcanary::bounce
