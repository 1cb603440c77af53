// Phrases that speak of the mailbox and of who may write to it.
#include "probes/bounce/reason_phrases.h"

namespace mailcanary::bounce {
namespace {

constexpr std::string_view mailboxfull[] = {
    // It is full.
    "{mailbox,mail box,inbox,mailfolder,mail folder,message store,account,space,quota} {full,is full}",
    "{full mailbox,mailbox at full,mailbox too full,temporarily full}",
    "mailbox {* is full,for * is full}",
    "the incoming mailbox for user",
    // It holds too much.
    "{over,over the,over his,over its,over email,over disk,overdrawn} quota",
    "{overquota,(#5.2.2),lmtp_quota,system.mailboxfull}",
    "over the {allowed,maximum allowed}",
    "{is,mailbox is,mailbox} over",
    "mailbox {quota,exceed,has exceeded,would exceed,has reached,* exceeds,* reached * limit}",
    "{exceed,exceeds,exceeded,exceeding} {quota,* quota,allotted,his,* mailbox}",
    "{exceed,exceeds,exceeded,exceeding} {storage allocation,the local limit,the mailbox,allowed size,* mailbox size}",
    "message would exceed",
    "quota {exceeded,overflow,violation,limit,* exceeded}",
    "reached {its,disk} quota",
    "{disk,disc,mail,storage,insufficient,user's disk} quota",
    "{usage exceeded,account size exceeded,after mailbox exceeds,mail file size exceeds}",
    "{maximum mailbox size,mailbox size limit,limit on * mailbox,storage limit,storage quota}",
    "user has {exceeded,too many messages}",
    "too much mail data",
    // There is no room.
    "{has no space left,no space left for user}",
    "not enough {space in mailbox,disk space,storage space in}",
    "does not have enough {space,storage}",
    "insufficient {storage,disk quota}",
    "out of {storage,disk quota,storage space}",
    "maildir {over quota,delivery failed: user}",
    "resources temporarily unavailable. please try again later [#4.16.5]",
    // other languages
    "{boite,boîte} {pleine,du destinataire pleine,de reception pleine}",
    "{postfach ist voll,mailbox voll,casella piena,buzón lleno,caixa postal cheia}",
    "{メールボックスが一杯,переполнен}",
};

constexpr std::string_view suspend[] = {
    // Somebody closed it.
    "{account,mailbox,user,recipient} {disabled,suspended,suspend,locked,closed,deactivated,expired,frozen}",
    "{account,mailbox,user,recipient} is {disabled,suspended,locked,blocked,frozen,inactive,terminated}",
    "account {* disabled,* suspended,* deactivated,* has been closed}",
    "{account,mailbox,user} {temporarily,currently,is temporarily,is currently} {disabled,suspended,blocked,inactive}",
    "account {has been,is} {disabled,suspended,not active}",
    "{this account,mail account} has {been,expired}",
    "account temporarily",
    "account not {active,enabled}",
    "recipient account is blocked",
    "{tried to reach,user account} is {disabled,inactive}",
    "has been {deactivated,disabled,suspended,blocked due to inactivity}",
    "the user * has been disabled",
    "mailbox * suspended",
    "mailbox unavailable or access denied",
    "{blocked,suspended,terminated} account",
    "{boxblocked,permanently closed,disabled or discontinued}",
    // Nobody used it.
    "{inactive,invalid/inactive} {account,recipient,user}",
    "account inactive",
    "{is inactive,is disabled,is no longer active,temporarily disabled,temporarily inactive}",
    "not {a currently active,currently active}",
    "a deactivated mailbox",
    "valid mailbox - account",
    // other languages
    "{compte * bloqu,destinataire archivee,停止}",
};

constexpr std::string_view filtered_certain[] = {
    "{blocked by the recipient,you have been blocked by}",
    "550 : user unknown",
    "user unknown * sms",
    "http://postmaster.facebook.com/",
};

// The owner of the mailbox does not want this.
constexpr std::string_view filtered[] = {
    "{blocked,bounced,refused,rejected} by {recipient,the recipient}",
    "{access denied,sender is blocked} by",
    "{due to,because of} {recipient preferences,user rules,extended inactivity}",
    "recipient {preferences,refuse,has * blocked}",
    "{is not,not} accepting {any mail,mail from,messages}",
    "{the recipient is only,is only} accepting",
    "{only accepts mail from,only receive,accepting mail from specific}",
    "does not {accept mail from you,want to receive}",
    "from you has been blocked",
    "{account is protected,this account is protected}",
    "user {refuses to receive,reject}",
    "{permission to send,you don't have permission,you aren't allowed to send,not allowed to send to this}",
    "message {filtered,rejected due to user}",
    "has restricted",
    "resolver.rst.restrictedtorecip",
    "not found recipient account",
};

// The domain or host takes no mail at all.
constexpr std::string_view notaccept[] = {
    "{null mx,nullmx}",
    "{host,domain,host/domain,server} {does not,doesn't,refuses to} accept",
    "mail server refuses to accept",
    "{does not,doesn't} {accept mail,receive mail,receive email}",
    "the domain * does not accept",
    "not {accepting mail,configured to accept mail}",
    "{no mail exchanger,no mail server,no smtp service here,no mx record found}",
    "mx {points to localhost,record indicated no smtp service}",
    "couldn't find a mail exchanger or ip address",
    "name server: .: host not found",
    "smtp protocol returned a permanent error",
};

constexpr std::string_view suppressed[] = {
    "{the,our,my,account-level} suppression",
    "{suppressed by,dsn was suppressed,suppression list,do-not-mail list}",
    "{previously bounced,unsubscribed from}",
};

constexpr ReasonPhrases table[] = {
    {"mailboxfull", Proof::likely, mailboxfull},    {"suspend", Proof::likely, suspend},
    {"filtered", Proof::certain, filtered_certain}, {"filtered", Proof::likely, filtered},
    {"notaccept", Proof::likely, notaccept},        {"suppressed", Proof::likely, suppressed},
};

}  // namespace

std::span<const ReasonPhrases> mailbox_phrases() { return table; }

}  // namespace mailcanary::bounce
