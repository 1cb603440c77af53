// Phrases that speak of the message: its size and its form.
#include "probes/bounce/reason_phrases.h"

namespace mailcanary::bounce {
namespace {

constexpr std::string_view mesgtoobig[] = {
    "{message,mail,file} size {exceeds,too big,violation,is too,limit exceeded}",
    "{message,mail} {is,was} too {big,large}",
    "{message,mail,message file} too {big,large}",
    "too {big,large} message",
    "attachments is too large",
    "{message,messages} larger than",
    "and data is larger",
    "{exceeds,exceeded} {the size,size limit,the maximum size,maximum message size,fixed maximum message size}",
    "{exceeds * message size,size of * exceeds,maximum message size,maximum inbound message size}",
    "{size limit,sizelimit,max message size exceeded,line limit exceeded}",
    "message {length exceeds limit,header size exceeds,mime complexity}",
    "attachment size exceeds",
    "exceeded storage",
    "bytes is over the limit",
    "taille {limite,du message}",
};

// Not the message alone: what this recipient or sender may have.
constexpr std::string_view exceedlimit[] = {
    "message {exceeds limit,length exceeds administrative limit,too large for this recip}",
    "{recipient,recipients} limit",
    "{maximum number of recipients,exceeded the number of}",
    "{recipsizelimit,sendersizelimit,routing.sizelimit}",
};

constexpr std::string_view exceedlimit_certain[] = {
    "resolver.rst.{recipsizelimit,sendsizelimit}",
    "message length exceeds administrative limit",
};

constexpr std::string_view contenterror[] = {
    // Attachments
    "{illegal,forbidden,banned,prohibited,disallowed,dangerous,executable,file} attachment",
    "attachment {* not allowed,type}",
    "attachments are not",
    "{file type,file extension,blocked file,executable files are not allowed,banned extension}",
    // Headers
    "{bad,invalid,illegal,duplicate,malformed} header",
    "header {error,syntax}",
    "headers {are malformed,fail}",
    // MIME and characters
    "{invalid,missing,message,too many bad} mime",
    "mime {error,parse}",
    "{8-bit data,improper use of 8-bit,non-ascii,invalid character,unsupported charset,utf8,smtputf8}",
    "{contains bare,rejecting bare}",
    "malformed message",
    // What it says
    "{invalid content,content not,body contains,the encapsulated message}",
    "message filtered. {please see the faqs section on spam,refer to}",
};

constexpr std::string_view notcompliantrfc[] = {
    "rfc {2822,5321,5322}",
    "{rfc2822,rfc5321,rfc5322,rfc-compliant,rfc compliant,following the rfc,compliant with rfc}",
    "{not rfc,is not rfc,not compliant,does not comply with}",
    "bare {cr,lf,newline}",
    "{missing,multiple,duplicate} from",
    "{missing date,multiple 'from',multiple addresses in from,single from header,required header}",
    "missing a valid {messageid,address in from}",
    "valid message-id",
    "{line,lines} too long",
    "line {length exceeded,length is}",
};

constexpr ReasonPhrases table[] = {
    {"mesgtoobig", Proof::likely, mesgtoobig},           {"exceedlimit", Proof::certain, exceedlimit_certain},
    {"exceedlimit", Proof::likely, exceedlimit},         {"contenterror", Proof::likely, contenterror},
    {"notcompliantrfc", Proof::likely, notcompliantrfc},
};

}  // namespace

std::span<const ReasonPhrases> message_phrases() { return table; }

}  // namespace mailcanary::bounce
