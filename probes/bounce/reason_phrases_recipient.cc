// Phrases that speak of the recipient: nobody of that name, or somewhere else now.
#include "probes/bounce/reason_phrases.h"

namespace mailcanary::bounce {
namespace {

// Words with which servers mean the address and nothing but the address.
constexpr std::string_view user_unknown_certain[] = {
    // Exchange and Microsoft 365
    "resolver.adr.{recipientnotfound,recipnotfound,exrecipnotfound}",
    "{recipient,recipient's email address} {wasn't found,not found by smtp address lookup}",
    "{address,email address} {couldn't be,wasn't} found",
    "address could not be found, or is unable",
    "recipient address rejected: access denied",
    "accessdenied: recipient address rejected",
    "unknown recipient or mailbox unavailable",
    "returned unknown recipient",
    "no valid recipients for this mm",
    // Gmail, Yahoo
    "account that you tried to reach does not exist",
    "nosuchuser",
    "dd this user doesn't have",
    // Postfix, by its tables
    "unknown in {local recipient,relay recipient,virtual alias,virtual mailbox} table",
    "user unknown in virtual",
    // Domino, GroupWise, IMail, Lotus
    "not listed in {domino directory,public name}",
    "{name,address} is not {recognized,in the directory}",
    "directory lookup failed",
    "invalid final delivery userid",
    // others
    "{exist,known user} on this {server,system}",
    "domain has no mailbox for",
    "destination mailbox address invalid",
    "no such recipient here",
    "reject: invalid recipient",
    "bad-mailbox",
    "unknown to address",
    "5.1.1 bad address",
};

// The noun first.
constexpr std::string_view user_unknown_nouns[] = {
    "{user,username,recipient,addressee,mailbox,account,address,person} {unknown,not known,not found,not exist,invalid}",
    "{mailbox,recipients,destination} {nonexistent,not present,not found}",
    "{mailbox,account} {unavailable,not available}",
    "{user,recipient,mailbox,account,address} is {unknown,invalid,not found}",
    "mailbox is unavailable",
    "{user,recipient,mailbox,account,address,alias,@} {does not,doesn't,does not seem to,doesn't seem to} exist",
    "{address,addresses} {is,were} unknown",
    "{user,recipient,address} * {does not exist,not exist,was not found}",
    "mailbox * does not exist",
    "{user,recipient} * not found",
    "user * unknown",
    "recipient {invalid,rejected,is not local,not ok,no found}",
    "user {not active,missing home}",
    "address {error,not present in directory}",
    "mailbox name not allowed",
};

// The fault first.
constexpr std::string_view user_unknown_faults[] = {
    "unknown {user,recipient,mailbox,account,address,e-mail,local,virtual user}",
    "unknown or illegal {user,alias}",
    "invalid {user,recipient,mailbox,email address,local address}",
    "no such {user,recipient,mailbox,account,address,alias,email,person,local user,domain user}",
    "{non-existent,non existent,nonexistent} {user,address,mailbox}",
    "bad {address,destination,recipient address}",
    "no {mailbox,account} {here,found,by that name,named,called,with}",
    "no {user,addressee,existing recipient,recipients found,valid recipient,mail-enabled,mail box available}",
    "no one {by that name,at this address}",
    "undeliverable address",
    "{unrouteable,unroutable} address",
};

// Whole ways of saying it.
constexpr std::string_view user_unknown_sayings[] = {
    "not {a known,a valid,a current} {user,recipient}",
    "is not a {known user,user here,valid mailbox,valid user}",
    "not a valid mailbox",
    "is not {known at,registered here,recognized,recognised}",
    "not {known at this site,our customer,listed in,local}",
    "{not recognised,not recognized}",
    "{inexistent,non-existing,dosn't exist,doesn't seem to exist}",
    "no longer {exists,valid}",
    "is no longer available",
    "does not exist here",
    "not exist in",
    "{is unknown,is a deactivated}",
    "there is no {account,such user}",
    "{this,the,that} user {doesn't,does not}",
    "doesn't have * account",
    "does not * have an account",
    "user doesn't have",
    "{this address has no,we do not have a} mailbox",
    "this address {does not receive,no longer accepts} mail",
    "{cannot,could not} find {user,recipient}",
    "could not be found in the directory",
    "email address could not be found",
    "{can't accept,access denied.} user",
    "unable to deliver to @",
    "rejected recipients",
    "all recipients address rejected",
    "please check the recipient",
    "verification failed: user",
    "{or user isn't in my list,not in my validrcptto}",
    "envelope blocked - user",
    "sorry, {no mailbox here,no recipient,that recipient}",
    "recipient refuses to accept",
    "mail receiving account",
    "your envelope recipient",
    "vdelivermail",
    "addressed to someone",
    // other languages
    "{adresse,destinataire,utilisateur,compte} {inconnu,inexistante,invalide}",
    "no existe {dicha,ese}",
    "{unbekannter empfänger,empfänger unbekannt,unbekannte adresse}",
    "{destinatario sconosciuto,usuario desconocido}",
    "見つかりません",
};

constexpr std::string_view user_unknown_weak[] = {"unknown address error"};

constexpr std::string_view hasmoved[] = {
    "{has,have} {moved to,changed to,left this company; write}",
    "{user,mailbox} has {moved,changed}",
    "address has changed",
    "address * has been replaced",
    "has been replaced by",
    "new email address is",
    "is no longer at",
    "no longer on server",
    "user not local; {please try,will forward}",
    "update your address book",
};

constexpr ReasonPhrases table[] = {
    {"userunknown", Proof::certain, user_unknown_certain},
    {"userunknown", Proof::unknown_user, user_unknown_nouns},
    {"userunknown", Proof::unknown_user, user_unknown_faults},
    {"userunknown", Proof::unknown_user, user_unknown_sayings},
    {"userunknown", Proof::weak, user_unknown_weak},
    {"hasmoved", Proof::likely, hasmoved},
};

}  // namespace

std::span<const ReasonPhrases> recipient_phrases() { return table; }

}  // namespace mailcanary::bounce
