// What is common to the sentences of many servers: what is spoken of, and what is said of it. These count when no exact
// sentence matches, but before a status is asked; most servers that write an own sentence put 5.7.1 or 5.0.0 before it.
#include "probes/bounce/reason_phrases.h"

namespace mailcanary::bounce {
namespace {

constexpr std::string_view mailboxfull[] = {
    "mailbox * full",
    "mailbox * limit",
    "mailbox * exceeded",
    "inbox * full",
    "mailbox * no room",
    "mailbox * space",
    "inbox * exceed",
    "mailbox * storage",
    "storage * full",
    "storage * exceed",
    "storage * reached",
    "account * full",
    "quota * reached",
    "quota * full",
    "quota",
    "no room left",
    "out of space",
    "ist voll",
    "postfach * voll",
    "pleine",
    "lleno",
    "llena",
    "cheia",
    "piena",
    "pieno",
    "容量を超え",
    "容量超過",
    "満杯",
    "已满",
    "空间不足",
    "超过容量",
    "容量不足",
    "переполнен",
    "превышена квота",
    "превышен * ящик",
    "skrzynka * pełna",
    "postvak vol",
    "brievenbus * vol",
    "doluluk",
    "dépassé * quota",
    "superado * cuota",
    "excedeu * cota",
    "{mailbox,inbox,account,user,recipient} * {out of,no more,no free,not enough,lacks,run out of} {space,storage,room}",
    "{storage,space,quota,allotment,capacity} * {used up,exhausted,consumed,exceeded,is gone}",
    "kein{,en,e} * {speicher,platz}",
    "{plus de,plus d',sans} {place,espace}",
    "{sin,sem,senza} {espacio,espaço,spazio}",
    "{capacidad,capacidade,capacità,capacité} ",
    "{brak miejsca,нет места,переполнена,配额}",
};

constexpr std::string_view suspend[] = {
    "account * closed",
    "account * frozen",
    "account * locked",
    "account * blocked",
    "account * terminated",
    "account * cancelled",
    "account * inactiv",
    "account * on hold",
    "account * disable",
    "account * expired",
    "mailbox * deactivated",
    "mailbox * inactive",
    "mailbox * terminated",
    "mailbox * closed",
    "mailbox * locked",
    "mailbox * frozen",
    "mailbox * suspend",
    "user * suspended",
    "user * deactivated",
    "user * locked",
    "user * disabled",
    "recipient * suspended",
    "recipient * disabled",
    "recipient * deactivated",
    "gesperrt",
    "deaktiviert",
    "suspendu",
    "désactivé",
    "suspendid",
    "desactivad",
    "deshabilitad",
    "bloquead",
    "sospes",
    "disattivat",
    "заблокирован",
    "отключен",
    "停用",
    "冻结",
    "禁用",
    "封禁",
    "凍結",
    "利用停止",
    "休止",
    "{mailbox,account,address,user,subscriber} * {switched off,turned off,shut down,barred,retired,not activated,cancelled}",
    "{stillgelegt,désactivée,cerrada,fermée,zawieszon}",
    "{subscription,subscriber,account,address,service} * {barred,out of service,unpaid,non-payment}",
};

constexpr std::string_view hasmoved[] = {"new address is", "changed address", "moved to @",      "please use @",
                                         "please try <@",  "neue adresse",    "nouvelle adresse",
    "{write to,use,contact,try} @ instead",
    "{has left,have left,moved} * {@,new address}",
};

constexpr std::string_view userunknown[] = {
    "email address not valid",
    "is not valid",
    "not a valid address",
    "to a mailbox",
    "account not available",
    "not a known mailbox",
    "no such * here",
    "existiert nicht",
    "nicht bekannt",
    "unbekannt",
    "nicht gefunden",
    "n'existe pas",
    "inconnu",
    "introuvable",
    "no existe",
    "inexistente",
    "no encontrad",
    "desconocid",
    "não existe",
    "nao existe",
    "desconhecid",
    "não encontrad",
    "non esiste",
    "sconosciut",
    "non trovato",
    "не существует",
    "не найден",
    "неизвестный",
    "存在しません",
    "存在しない",
    "宛先不明",
    "該当するユーザ",
    "不存在",
    "找不到",
    "無此",
    "查無此",
    "nie istnieje",
    "nieznany",
    "bestaat niet",
    "onbekend",
    "finnes ikke",
    "finns inte",
    "findes ikke",
    "bulunamadı",
    "neexistuje",
    "nem létezik",
    "не существуе",
    "{nobody,no one,no person} * {here,called,that name}",
    "{mailbox,address,user,account,name,recipient} * {is not here,isn't here,not in use,never heard of,misspelled,not assigned}",
    "kein {postfach,empfänger,benutzer}",
    "{destinatario,destinatário,usuario,utente,casella,indirizzo} {non,no,não} ",
    "{user,address,recipient,mailbox} * not in * {directory,database,list of users,table}",
    "{no mailbox,nobody,no account} is {assigned,registered,known}",
    "{unrouteable,unroutable,unknown,invalid} local",
};

constexpr std::string_view hostunknown[] = {
    "domain * could not be found", "invalid recipient domain", "recipient's domain", "unknown mail domain",
    "domain * is unknown",         "domaine * inconnu",        "dominio * no existe",
    "{domain,host} * {not registered,no longer exists,has expired,cannot be found,can't be found,no dns,does not resolve,not resolvable}",
    "no {dns,address,a or mx,mx or a} {entry,entries,record,records} * {domain,host}",
    "{cannot,can't,unable to,could not} {look up,resolve,find} {host,domain,the domain,the host,recipient domain}",
};

constexpr std::string_view notaccept[] = {"never accepts mail", "no smtp service", "does not accept any mail",
                                          "does not handle mail",
    "{takes,accepts,receives,wants} no mail",
    "{domain,host,server} * {takes no,does not take} ",
};

constexpr std::string_view expired[] = {
    "attempts will continue",
    "configured lifetime",
    "not yet been delivered",
    "not been delivered yet",
    "still trying",
    "max time without delivery",
    "too long in the queue",
    "noch nicht zugestellt",
    "verzögert",
    "zeitüberschreitung",
    "aún no se ha",
    "retras",
    "задерж",
    "遅延",
    "延迟",
    "retardé",
    "{gave up,given up,giving up} * {days,hours,attempts,trying,tries}",
    "{taken out of,removed from,too long in} the queue",
    "{days,hours} of {trying,attempts,retries}",
};

constexpr std::string_view networkerror[] = {"name lookup failure", "temporary dns", "dns * timeout", "dns * temporar",
                                             "network * down",      "routing error", "loop",          "hops",
    "points {to local,back to}",
    "{connection,session} * {was closed,was reset,broken,aborted by,no answer}",
};

constexpr std::string_view authfailure[] = {
    "p=reject", "alignment", "authentication policy", "authentication level", " spf ",
    " dkim ",   "dkim",      "sender authentication", "aligned with either"};

constexpr std::string_view requireptr[] = {"host name in dns", "hostname in dns", "valid ptr", "inverse dns", "ptr ",
    "{no,cannot find,without} {name,hostname} * {for,of} * address",
    "resolves to no name",
    "reverse ",
};

constexpr std::string_view blocked[] = {
    "host listed",   "listed in the",    "listed as",          "listed by",     "deny list", "denylist",
    "denied list",   "open proxy",       "helo * forged",      "ehlo * forged", "bad helo",  "ehlo argument",
    "helo argument", "not in whitelist", "invalid helo",       "blackhole",     "dnsrbl",    "your network",
    "your host",     "your server",      "refused connection", "ip address",    "bloquée",   "gesperrte ip",
    "{sperrliste,blockliste,liste noire,lista negra,lista nera,czarnej li,чёрн,черный список,ブラックリスト,黑名单}",
    "{ ip,ip address,ip-adresse,adresse ip,dirección ip,netblock,subnet} * {listed,blocked,banned,refused,barred,not welcome,not authorized,not trusted}",
    "the ip you're using",
    "permanently deferred",
    ":blocked)",
    "list of {abusers,spammers,offenders,known}",
    "{dial-up,dialup,smarthost,shut out,address range}",
};

constexpr std::string_view badreputation[] = {"reputation"};

constexpr std::string_view rejected[] = {"sender address", "mail from domain", "envelope sender", "senders address",
                                         "absender",       "expéditeur",       "remitente",       "remetente",
                                         "mittente",       "отправител",       "送信者",          "发件人",
                                         "sender is",      "sender has",       "sender was",
    "{sender,from address,return path,return-path,reverse-path} * {not allowed,not permitted,forbidden,refused,unknown,invalid,not verified,not accepted,not listed}",
    "domain may not exist",
    "is not verified",
    "mail from <> ",
    "{posts,posting,postings} * members",
};

constexpr std::string_view norelaying[] = {"relaying not", "not a relay", "relay rejected", "for relay",
                                           "relaying",     "relais",      "релей",          "转发",
    "relay * {denied,refused,forbidden,not allowed,not permitted,not for}",
    "not {hosted here,one of our domains,a local domain,our domain,a domain of ours}",
    "{no third-party,third party} relay",
};

constexpr std::string_view spamdetected[] = {"unsolicited", "垃圾邮件", "迷惑メール", "спам",
                                             "pourriel",    "junk",     "bulk mail",
    "{indesirable,indésirable,pubblicità,werbung,niechcian}",
    "{blacklisted,listed} {url,urls,domain,domains,link,links} * {body,message}",
    "{message,mail,email,content} * {unwanted,advertis,bulk}",
};

constexpr std::string_view virusdetected[] = {"infected", "вирус", "ウイルス", "病毒", "ransomware",
    "{antivirus,anti-virus,malicious,clamav}",
    "contains * {exploit,macro}",
};

constexpr std::string_view speeding[] = {
    "per hour",     "hourly",      "daily limit",   "per day",   "per minute", "receive limit", "permitted limits",
    "rate control", "too quickly", "trop de mails", "too often", "频率",       "sending quota",
    "{more than,over,limit of,only,maximum of} * {messages,mails,emails,recipients} * {hour,day,minute,today}",
    "{hour,hourly,day,daily,minute} {limit,quota,allowance,maximum}",
    "{rate,pace,volume,frequency} * {too high,exceeds,exceeded,limited,higher than}",
    "{slow down,slow your,faster than,send slower,less often}",
};

constexpr std::string_view toomanyconn[] = {"trop de connexions", "zu viele verbindungen", "demasiadas conexiones",
                                            "连接数", "maximum number of connections",
    "{sessions,connections} * {at once,at a time,at the same time,in parallel,open already,per ip,per host,per client}",
    "{limit,maximum,number} * {sessions,connections}",
    "{parallel,open} {connections,sessions}",
};

constexpr std::string_view mesgtoobig[] = {"size too large", "too large",    "larger than",      "zu groß",
                                           "zu gross",       "zu gro",       "demasiado grande", "trop volumineux",
                                           "trop grand",     "muito grande", "troppo grande",    "слишком больш",
                                           "大きすぎ",       "太大",         "maximum size",     "oversize",
    "{message,mail,email} * {bigger than,over the limit,more than * mb,exceeds * limit}",
    "{mb,megabytes,bytes} {are,is} * {more than,over,allowed,limit}",
    "{größer als,plus grand que,mayor que,maior que,за большое}",
};

constexpr std::string_view contenterror[] = {"attachment * not", "attachment * forbidden", "extension * forbidden",
                                             "malformed mime",   "header is invalid",      "malformed",
    "{attachment,attachments,extension,file} * {blocked,banned,refused,prohibited,not welcome,not accepted,dangerous}",
    "{header,headers,mime,boundary,charset,encoding} * {invalid,broken,malformed,missing,illegal,not valid}",
    "{zip,exe,archive,archives,executables,scripts} * attachment",
};

constexpr std::string_view systemfull[] = {"full disk", "disk * full", "disk space",
    "{disk,spool,partition,volume,filesystem,queue} * {no space,is full,out of space,no room,run out of}",
};

constexpr std::string_view mailererror[] = {"child process of", "exited with", "exit code",
    "{script,program,filter,delivery program,command} * {signal,crashed,exited,exit code,returned}",
};

constexpr std::string_view failedstarttls[] = {"certificate * fail", "certificate * expired", "certificate * not",
                                               "tls * fail",         "tls * required",        "starttls",
    "{tls,ssl,starttls,certificate} * {error,failed,failure,self-signed,untrusted,mismatch,handshake}",
};

constexpr std::string_view filtered[] = {
    "does not want",      "by the recipient",  "recipient's filter", "user's filter",
    "not in the allowed", "receiver rejected", "收件人拒",           "受信拒否",
    "{recipient,addressee,owner,user} * {only accepts,refuses,has chosen,prefers,does not wish,wants no}",
    "{approved,permitted,allowed,safe,trusted} {senders,correspondents}",
    "{list of approved,whitelist only,accepts only}",
    "personal {rule,filter,block}",
    "{recipient,addressee,user}'s {allow,block,deny,safe,own} list",
};

constexpr std::string_view systemerror[] = {"error occurred while processing",
                                            "internal * error",
                                            "system problem",
                                            "configuration error",
                                            "misconfigured",
                                            "outage",
                                            "maintenance",
    "{service,server,database,directory,backend,scanner} * {unavailable,is down,offline,out of order,does not respond,not responding,has failed}",
};

constexpr std::string_view policyviolation[] = {
    "{guideline,guidelines,regulation,compliance,house rules,terms of use,acceptable use}",
    "{violates,violation of,against,not allowed by,forbidden by} * {rule,rules,terms}",
};

constexpr std::string_view notcompliantrfc[] = {
    "{line,lines} * {longer than,too long,octets,length}",
    "{message-id,date,from} {header,field} * {missing,required,more than one,twice}",
};

constexpr std::string_view syntaxerror[] = {
    "{do not understand,not understood,cannot parse,can't parse}",
    "{command,line,argument} * {out of order,out of sequence,unrecogni,unexpected,not expected}",
    "{rcpt,mail,helo,ehlo} first",
};

constexpr std::string_view securityerror[] = {
    "{please,must,need to,should,have to} {log in,login,authenticate,sign in}",
    "{login,log in,authentication,password} * {required,first,needed,wrong,incorrect}",
    "anonymous {sender,senders,client,users}",
};

constexpr ReasonPhrases table[] = {
    {"mailboxfull", Proof::weak, mailboxfull},
    {"suspend", Proof::weak, suspend},
    {"hasmoved", Proof::weak, hasmoved},
    {"userunknown", Proof::weak, userunknown},
    {"hostunknown", Proof::weak, hostunknown},
    {"notaccept", Proof::weak, notaccept},
    {"expired", Proof::weak, expired},
    {"networkerror", Proof::weak, networkerror},
    {"authfailure", Proof::weak, authfailure},
    {"requireptr", Proof::weak, requireptr},
    {"blocked", Proof::weak, blocked},
    {"badreputation", Proof::weak, badreputation},
    {"rejected", Proof::weak, rejected},
    {"norelaying", Proof::weak, norelaying},
    {"spamdetected", Proof::weak, spamdetected},
    {"virusdetected", Proof::weak, virusdetected},
    {"speeding", Proof::weak, speeding},
    {"toomanyconn", Proof::weak, toomanyconn},
    {"mesgtoobig", Proof::weak, mesgtoobig},
    {"contenterror", Proof::weak, contenterror},
    {"systemfull", Proof::weak, systemfull},
    {"mailererror", Proof::weak, mailererror},
    {"failedstarttls", Proof::weak, failedstarttls},
    {"filtered", Proof::weak, filtered},
    {"systemerror", Proof::weak, systemerror},
    {"policyviolation", Proof::weak, policyviolation},
    {"notcompliantrfc", Proof::weak, notcompliantrfc},
    {"syntaxerror", Proof::weak, syntaxerror},
    {"securityerror", Proof::weak, securityerror},
};

}  // namespace

std::span<const ReasonPhrases> general_phrases() { return table; }

}  // namespace mailcanary::bounce
