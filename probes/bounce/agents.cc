#include "probes/bounce/agents.h"

#include <algorithm>

#include "core/text.h"

namespace mailcanary::bounce {
namespace {

enum class Where { from, subject, mailer, report, status, header };

// The first row that fits is it: put the exact before the general.
struct AgentRow {
  std::string_view agent;
  Where where;
  std::string_view words;  // lower case; for `header` the name of a field
};

constexpr AgentRow rows[] = {
    {"AmazonSES", Where::from, "amazonses.com"},
    {"AmazonSES", Where::from, "no-reply@sns.amazonaws.com"},
    {"AmazonSES", Where::status, "amazonses.com"},
    {"AmazonSES", Where::report, "an error occurred while trying to deliver the mail"},
    {"GoogleGroups", Where::report, "google groups"},
    {"GoogleGroups", Where::report, "groups.google.com"},
    {"Gmail", Where::from, "mailer-daemon@googlemail.com"},
    {"Office365", Where::status, "protection.outlook.com"},
    {"Office365", Where::report, "prod.outlook.com"},
    {"Office365", Where::report, "office 365"},
    {"Outlook", Where::status, "hotmail.com"},
    {"Exchange2007", Where::report, "diagnostic information for administrators:"},
    {"Exchange2003", Where::mailer, "internet mail service"},
    {"Exchange2003", Where::mailer, "exchange server internet mail connector"},
    {"Yahoo", Where::from, "mailer-daemon@yahoo"},
    {"Yahoo", Where::report, "sorry, we were unable to deliver your message to the following address"},
    {"Aol", Where::from, "postmaster@aol.com"},
    {"MailRu", Where::from, "mailer-daemon@corp.mail.ru"},
    {"Yandex", Where::from, "mailer-daemon@yandex"},
    {"Zoho", Where::from, "mail.zoho.com"},
    {"GMX", Where::from, "@gmx."},
    {"EinsUndEins", Where::from, "kundenserver.de"},
    {"EinsUndEins", Where::from, "1and1."},
    {"DragonFly", Where::report, "this is the dragonfly mail agent"},
    {"OpenSMTPD", Where::report, "this is the mailer-daemon, please do not reply"},
    {"Symantec", Where::status, "x-symantec-messaging-gateway"},
    {"PowerMTA", Where::status, "x-powermta-"},
    {"Amavis", Where::report, "amavisd-new"},
    {"SendGrid", Where::status, "sendgrid"},
    {"Postfix", Where::report, "this is the postfix program"},
    {"Postfix", Where::report, "this is the mail system at host"},
    {"Postfix", Where::report, "i'm sorry to have to inform you that"},
    {"Postfix", Where::status, "x-postfix-"},
    {"Postfix", Where::subject, "postfix smtp server"},
    {"qmail", Where::report, "this is the qmail-send program"},
    {"qmail", Where::report, "this is the smtp service"},
    {"Activehunter", Where::header, "X-AHMAILID"},
    {"MessagingServer", Where::report, "this report relates to a message you sent with the following header fields"},
    {"Courier", Where::report, "this is a delivery status notification from"},
    {"Domino", Where::status, "x-notes"},
    {"IMailServer", Where::mailer, "<smtp32"},
    {"McAfee", Where::mailer, "nai"},
    {"mFILTER", Where::mailer, "m-filter"},
    {"MXLogic", Where::from, "mxlogic.net"},
    {"FML", Where::mailer, "fml"},
    {"FML", Where::header, "X-MLServer"},
    {"MailMarshal", Where::header, "X-MailMarshal"},
    {"MailMarshal", Where::report, "the following recipients were affected:"},
    {"InterScanMSS", Where::subject, "mail could not be delivered"},
    {"MailFoundry", Where::report, "unable to deliver message to"},
    {"GroupWise", Where::mailer, "groupwise"},
    {"ApacheJames", Where::header, "X-James"},
    {"Barracuda", Where::report, "barracuda"},
    {"Facebook", Where::from, "facebook"},
    {"EZweb", Where::from, "ezweb.ne.jp"},
    {"KDDI", Where::from, "dion.ne.jp"},
    {"KDDI", Where::from, "au.com"},
    {"Biglobe", Where::from, "biglobe.ne.jp"},
    {"Sendmail", Where::report, "----- the following addresses had permanent fatal errors"},
    {"Sendmail", Where::report, "----- transcript of session follows"},
    {"Exim", Where::report, "this message was created automatically by mail delivery software"},
    {"Exim", Where::header, "X-Failed-Recipients"},
};

}  // namespace

std::string agent_of(const Fields& header, std::string_view report, std::string_view status_text) {
  constexpr std::size_t enough = 4096;
  const std::string from = lower(header.get("From")), subject = lower(header.get("Subject"));
  const std::string mailer = lower(header.get("X-Mailer"));
  const std::string text = lower(report.substr(0, enough)), status = lower(status_text.substr(0, enough));
  const auto has = [](const std::string& where, std::string_view words) {
    return where.find(words) != std::string::npos;
  };
  for (const auto& row : rows) {
    bool fits = false;
    switch (row.where) {
      case Where::from: fits = has(from, row.words); break;
      case Where::subject: fits = has(subject, row.words); break;
      case Where::mailer: fits = has(mailer, row.words); break;
      case Where::report: fits = has(text, row.words); break;
      case Where::status: fits = has(status, row.words); break;
      case Where::header: fits = header.has(row.words); break;
    }
    if (fits) return std::string(row.agent);
  }
  return {};
}

}  // namespace mailcanary::bounce
