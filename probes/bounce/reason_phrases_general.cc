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
};

constexpr std::string_view hasmoved[] = {"new address is", "changed address", "moved to @",      "please use @",
                                         "please try <@",  "neue adresse",    "nouvelle adresse"};

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
};

constexpr std::string_view hostunknown[] = {
    "domain * could not be found", "invalid recipient domain", "recipient's domain", "unknown mail domain",
    "domain * is unknown",         "domaine * inconnu",        "dominio * no existe"};

constexpr std::string_view notaccept[] = {"never accepts mail", "no smtp service", "does not accept any mail",
                                          "does not handle mail"};

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
};

constexpr std::string_view networkerror[] = {"name lookup failure", "temporary dns", "dns * timeout", "dns * temporar",
                                             "network * down",      "routing error", "loop",          "hops"};

constexpr std::string_view authfailure[] = {
    "p=reject", "alignment", "authentication policy", "authentication level", " spf ",
    " dkim ",   "dkim",      "sender authentication", "aligned with either"};

constexpr std::string_view requireptr[] = {"host name in dns", "hostname in dns", "valid ptr", "inverse dns", "ptr "};

constexpr std::string_view blocked[] = {
    "host listed",   "listed in the",    "listed as",          "listed by",     "deny list", "denylist",
    "denied list",   "open proxy",       "helo * forged",      "ehlo * forged", "bad helo",  "ehlo argument",
    "helo argument", "not in whitelist", "invalid helo",       "blackhole",     "dnsrbl",    "your network",
    "your host",     "your server",      "refused connection", "ip address",    "bloquée",   "gesperrte ip",
};

constexpr std::string_view badreputation[] = {"reputation"};

constexpr std::string_view rejected[] = {"sender address", "mail from domain", "envelope sender", "senders address",
                                         "absender",       "expéditeur",       "remitente",       "remetente",
                                         "mittente",       "отправител",       "送信者",          "发件人",
                                         "sender is",      "sender has",       "sender was"};

constexpr std::string_view norelaying[] = {"relaying not", "not a relay", "relay rejected", "for relay",
                                           "relaying",     "relais",      "релей",          "转发"};

constexpr std::string_view spamdetected[] = {"unsolicited", "垃圾邮件", "迷惑メール", "спам",
                                             "pourriel",    "junk",     "bulk mail"};

constexpr std::string_view virusdetected[] = {"infected", "вирус", "ウイルス", "病毒", "ransomware"};

constexpr std::string_view speeding[] = {
    "per hour",     "hourly",      "daily limit",   "per day",   "per minute", "receive limit", "permitted limits",
    "rate control", "too quickly", "trop de mails", "too often", "频率",       "sending quota"};

constexpr std::string_view toomanyconn[] = {"trop de connexions", "zu viele verbindungen", "demasiadas conexiones",
                                            "连接数", "maximum number of connections"};

constexpr std::string_view mesgtoobig[] = {"size too large", "too large",    "larger than",      "zu groß",
                                           "zu gross",       "zu gro",       "demasiado grande", "trop volumineux",
                                           "trop grand",     "muito grande", "troppo grande",    "слишком больш",
                                           "大きすぎ",       "太大",         "maximum size",     "oversize"};

constexpr std::string_view contenterror[] = {"attachment * not", "attachment * forbidden", "extension * forbidden",
                                             "malformed mime",   "header is invalid",      "malformed"};

constexpr std::string_view systemfull[] = {"full disk", "disk * full", "disk space"};

constexpr std::string_view mailererror[] = {"child process of", "exited with", "exit code"};

constexpr std::string_view failedstarttls[] = {"certificate * fail", "certificate * expired", "certificate * not",
                                               "tls * fail",         "tls * required",        "starttls"};

constexpr std::string_view filtered[] = {
    "does not want",      "by the recipient",  "recipient's filter", "user's filter",
    "not in the allowed", "receiver rejected", "收件人拒",           "受信拒否"};

constexpr std::string_view systemerror[] = {"error occurred while processing",
                                            "internal * error",
                                            "system problem",
                                            "configuration error",
                                            "misconfigured",
                                            "outage",
                                            "maintenance"};

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
};

}  // namespace

std::span<const ReasonPhrases> general_phrases() { return table; }

}  // namespace mailcanary::bounce
