// Phrases that speak of queues, programs and disks.
#include "probes/bounce/reason_phrases.h"

namespace mailcanary::bounce {
namespace {

// It was tried for too long, or nobody answered in time.
constexpr std::string_view expired[] = {
    "{message,envelope,delivery,time,delivery time,has,mail queue *} expired",
    "{queue.expired,expired before,because of 4.4.7}",
    "{operation,connection,session,delivery,was} timed out",
    "{timed out,timeout exceeded,retry timeout,retry time not reached}",
    "{queue lifetime,queue time,queued too long,message time limit}",
    "{undelivered,undeliverable,retrying} for",
    "{as yet undelivered,still not been delivered,not been delivered * after,not delivered within}",
    "could not be {sent for,delivered for more than,delivered within}",
    "message could not be delivered for",
    "cannot send message {for,within}",
    "unable to deliver {* attempts,message after multiple retries,this message after}",
    "delivery {attempts,is delayed,failed * attempts}",
    "{message delayed,has been delayed,no action is required on your part}",
    "failed to deliver to domain",
    "{all hosts have been failing,have been failing for a long time}",
    "{host,was} not reachable",
    "not reachable",
    "{server did not respond,did not accept our requests to connect,could not find a gateway for,socket error}",
    "not been collected",
};

constexpr std::string_view expired_certain[] = {"message expired, connection refused", "retry time not reached"};

constexpr std::string_view expired_weak[] = {"in the queue too long", "giving up on", "will {be retried,keep trying,retry}"};

constexpr std::string_view systemfull[] = {
    "{disk,system,mail system} full",
    "insufficient {disk,system resources,system storage}",
    "{no space left on device,out of disk space,system storage,exceeded storage allocation}",
    "not enough {storage,system}",
    "4.3.1",
};

constexpr std::string_view systemerror[] = {
    // Errors by name
    "{system,local,internal,software,internal server,internal software,temporary server,transport} error",
    "internal {reject,resource}",
    "{unexpected,local delivery} {error,failure,failed}",
    "error {in processing,writing,processing}",
    "general smtp/esmtp error",
    "temporary {problem,local problem}",
    "{temporarily rejected,transaction failed,interrupted system call,out of memory,over the load}",
    "resource temporarily",
    // Files and data
    "{cannot,can't,could not,couldn't,unable to} {write,open mailbox,load,store,read,create,open,process}",
    "can't create user output file",
    "{queue file write error,cannot find alias,mailbox temporarily}",
    "{ldap,database,duplicated message-id,too many results returned,several matches found in}",
    // Set up wrongly
    "{configuration problem,system config error,configuration error}",
    "{mail server,mail system,local} configuration",
    "{remote server is misconfigured,system incorrectly configured,as a best-preference mx}",
    "{aliasing loop,aliasing/forwarding,maximum forwarding,mail for * loops,loop alert}",
    "cannot send e-mail to yourself",
    "it is not a valid",
    // Not now
    "{server busy,too busy,server closed,system not accepting,timeout waiting for input}",
    // Exchange
    "resolver.adr.{ambiguous,badprimary,invalidinsmtp}",
    "{storedrv.deliver,there is no mdb}",
};

constexpr std::string_view systemerror_certain[] = {"aliasing/forwarding loop"};

constexpr std::string_view systemerror_weak[] = {
    "{fatal,server} error",
    "{service,currently,temporarily} unavailable",
    "service {not available,currently unavailable,temporarily unavailable}",
    "temporary failure",
    "try again later",
};

// A program that delivers has failed.
constexpr std::string_view mailererror[] = {
    "command {died,failed,output,time limit exceeded}",
    "{mailer,mailer returned,unknown mailer} error",
    "{exit status,nonzero exit,returned with exit,child process returned,program failure,failure in running}",
    "{pipe to,transport filter,filter failed,delivery agent,agent delivery failed}",
    "{procmail: ,maildrop:,deliver: }",
    "{cannot exec,can't create output,bad file number,died on signal,died with signal,user defined signal}",
    "x-unix{; 1,; 2,; 7,: 1,: 2}",
};

constexpr std::string_view failedstarttls[] = {
    "starttls {failed,is required,negotiation}",
    "{could not,failed to,cannot} start tls",
    "tls {handshake,negotiation,connect failed}",
    "tls is required, but was not offered",
    "certificate {verification failed,not trusted,has expired,could not be validated}",
    "server certificate",
};

constexpr std::string_view syntaxerror[] = {
    "{bad,unknown,invalid,unrecognized,unsupported} command",
    "command {not implemented,not recognized,parameter,unrecognized}",
    "{bad,invalid,unrecognized} parameter",
    "{syntax error,bad syntax,bad sequence,unimplemented}",
    "need {mail before,rcpt}",
    "{improperly formatted,incorrectly constructed,malformed address,must be followed}",
    "valid rcpt command must precede",
};

constexpr ReasonPhrases table[] = {
    {"expired", Proof::likely, expired},
    {"expired", Proof::certain, expired_certain},
    {"expired", Proof::weak, expired_weak},
    {"systemfull", Proof::likely, systemfull},
    {"systemerror", Proof::likely, systemerror},
    {"systemerror", Proof::certain, systemerror_certain},
    {"systemerror", Proof::weak, systemerror_weak},
    {"mailererror", Proof::likely, mailererror},
    {"failedstarttls", Proof::likely, failedstarttls},
    {"syntaxerror", Proof::likely, syntaxerror},
};

}  // namespace

std::span<const ReasonPhrases> system_phrases() { return table; }

}  // namespace mailcanary::bounce
