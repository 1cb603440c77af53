#include "config/presets.h"

namespace mailcanary {
namespace {

Endpoint at(Protocol protocol, Transport transport, const char* host, int port) {
  return {protocol, transport, host, port, {}};
}

}  // namespace

// plus_addresses is false throughout: these providers take mail for user+tag, but refuse or rewrite it as envelope
// sender (Microsoft 365 answers 5.7.60), and the setting promises both.
const std::vector<Preset>& presets() {
  static const std::vector<Preset> table = {
      {"gmail",
       "Gmail",
       at(Protocol::smtp, Transport::tls, "smtp.gmail.com", 465),
       at(Protocol::imap, Transport::tls, "imap.gmail.com", 993),
       500,
       false,
       4,
       "mx.google.com",
       {{"2025-05-01", "Google takes no plain account passwords; use an app password (needs 2-step verification)"},
        {"", "500 messages a day is the limit of personal accounts; for Workspace set daily_limit: 2000"},
        {"",
         "Gmail archives what is deleted over IMAP unless the account's IMAP setting is to delete it at once and "
         "forever, "
         "and files each canary it sends in Sent Mail (288 a day for a route at every: 5m); use an account made for "
         "this"}}},
      {"microsoft365",
       "Microsoft 365",
       at(Protocol::smtp, Transport::starttls, "smtp.office365.com", 587),
       at(Protocol::imap, Transport::tls, "outlook.office365.com", 993),
       10000,
       false,
       2,
       "outlook.com",
       {{"", "Microsoft 365 takes no passwords for IMAP, only OAuth"},
        {"2026-12-31",
         "Microsoft switches SMTP AUTH with a password off by default; refusals read \"550 5.7.30 Basic authentication "
         "is not supported for Client Submission\" until an administrator allows it again"},
        {"",
         "Microsoft 365 files each canary it sends in Sent Items (288 a day for a route at every: 5m), and a mailbox "
         "that "
         "is full sends no more; use an account made for this, with a retention policy for that folder"}}},
      {"rackspace",
       "Rackspace Email",
       at(Protocol::smtp, Transport::tls, "secure.emailsrvr.com", 465),
       at(Protocol::imap, Transport::tls, "secure.emailsrvr.com", 993),
       10000,
       false,
       4,
       "rsapps.net",
       {{"",
         "Rackspace resellers may count more than 250 similar messages a day to one address as bulk mail; every: 6m "
         "stays below that"}}},
      {"fastmail",
       "Fastmail",
       at(Protocol::smtp, Transport::tls, "smtp.fastmail.com", 465),
       at(Protocol::imap, Transport::tls, "imap.fastmail.com", 993),
       0,
       false,
       4,
       "messagingengine.com",
       {{"", "Fastmail wants an app password, not the account's own"}}},
      {"icloud",
       "iCloud Mail",
       at(Protocol::smtp, Transport::starttls, "smtp.mail.me.com", 587),
       at(Protocol::imap, Transport::tls, "imap.mail.me.com", 993),
       1000,
       false,
       4,
       "icloud.com",
       {{"",
         "iCloud wants an app-specific password, and Apple warns of limits for monitoring software; keep every: at "
         "5m or more"}}},
      // The host differs by region and there is no mailbox: the account says smtp: itself.
      {"ses",
       "Amazon SES",
       std::nullopt,
       std::nullopt,
       0,
       false,
       4,
       "",
       {{"",
         "SES wants the SMTP credentials made for the region (not the IAM secret), and a sandbox account sends at "
         "most 200 messages a day; set daily_limit to your quota"}}},
  };
  return table;
}

const Preset* preset(std::string_view name) {
  for (const auto& row : presets())
    if (row.name == name) return &row;
  return nullptr;
}

}  // namespace mailcanary
