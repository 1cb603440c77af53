// Phrases of filters: spam, viruses, policies.
#include "probes/bounce/reason_phrases.h"

namespace mailcanary::bounce {
namespace {

constexpr std::string_view spamdetected[] = {
    // What it is
    "{is,be,mail is,likely,probable,probably,suspected,considered,contains,contained,detection:} spam",
    "{detected,flagged,identified,classified,tagged,rejected,considered,suspected,scored} {as,* as} spam",
    "{appears to be,looks like,looked like} {spam,bulk,unsolicited}",
    "{unsolicited,likely unsolicited} {bulk,mail,e-mail}",
    "{bulk,junk} {mail,email}",
    "{junkmail,spammy,spam-like,spamming,dt:spm}",
    "{it looks like,suspicion of,high probability of,high on,scored *} spam",
    "this message appears to be",
    "our system has detected that this message is",
    // What was done
    "{due to,denied due to,due to high,rejected for,rejected by,rejected due to,exceeds,554} spam",
    "rejected, spam",
    "rejected: spam",
    "spam {message,mail,email,content} rejected",
    "spam {rejected,refused,not accepted,detected,found,identified}",
    "spam * rejected",
    "{message discarded,reject bulk,rejected as bulk}",
    "reject, id= * spam",
    // What found it
    "{spam,content} {filter,check,score,scoring,limit}",
    "{anti-spam,spam-filter,contentfilter,spamassassin,spambouncer,high spam score}",
    "{mail score,score is too high}",
    "spam {content,email,mail,message,or}",
    "spam. ",
    "{content rejected,content spam,blacklisted url}",
    "{domain *,message has been *} spam",
    "{rule imposed as,message was blocked by,mail rejete,listed in work.drbl}",
};

constexpr std::string_view spamdetected_certain[] = {"message contains spam or virus", "spam firewall", "bulk email filter",
                                                     "due to spam classification", "{domain,domains,url,urls,link,links} found in your message"};

constexpr std::string_view spamdetected_weak[] = {"spam"};

constexpr std::string_view virusdetected[] = {
    "{contains,contains a,detected a,possible,mta-blocked} virus",
    "virus {detected,found,infected,in }",
    "your message * virus",
    "infected {by,with,message}",
    "{infectedmessage,malware,trojan,phishing,worm }",
    "potential security",
    "suspicious attachment",
};

constexpr std::string_view virusdetected_weak[] = {"virus"};

// The house does not want such mail, and says so in the name of a rule.
constexpr std::string_view policyviolation[] = {
    "{by,due to,for,violates,denied by,prohibited by,blocked by,not permitted by} policy",
    "{local,site,mail,security,administrative,organization's} policy",
    "policy {reason,reject,rejection,restriction,violation}",
    "{rejected by,against,violates} * policy",
    "rejected for policy",
    "{our,security} policies",
    "because the recipient's policy",
    "administrat{ive prohibition,or * prohibits}",
    "{mail flow,custom,denied by *} rule",
    "transport.rules.rejectmessage",
    "message {not allowed,blocked due to}",
    "mail content denied",
    "{an illegal attachment,protocol violation,host network not allowed}",
    "this server does not accept mail",
    "we have implemented stricter",
};

constexpr std::string_view policyviolation_weak[] = {"policy", "policies"};

constexpr ReasonPhrases table[] = {
    {"spamdetected", Proof::likely, spamdetected},          {"spamdetected", Proof::certain, spamdetected_certain},
    {"spamdetected", Proof::weak, spamdetected_weak},       {"virusdetected", Proof::likely, virusdetected},
    {"virusdetected", Proof::weak, virusdetected_weak},     {"policyviolation", Proof::likely, policyviolation},
    {"policyviolation", Proof::weak, policyviolation_weak},
};

}  // namespace

std::span<const ReasonPhrases> filter_phrases() { return table; }

}  // namespace mailcanary::bounce
