#include "config/fields.h"

#include <map>

namespace mailcanary {
namespace {

using enum FieldType;
constexpr auto required = Field::Need::required;
constexpr auto optional = Field::Need::optional;

const std::vector<Field> top_fields = {
    {"secret", FieldType::secret, optional,
     "signs canaries, at least 16 bytes; made beside the config file when left out"},
    {"ledger", ledger, optional, "sqlite:/path or postgresql://…; made beside the config file when left out"},
    {"vantage", name, optional, "name of the place this monitor runs at; the host name when left out"},
    {"providers", section_map, optional, "mail services by name", Section::provider},
    {"accounts", section_map, required, "mailboxes by name", Section::account},
    {"routes", section_list, optional, "who sends to whom, how often", Section::route},
    {"anchors", host_ports, optional,
     "hosts elsewhere, as HOST:PORT: when everything fails, they tell whether it is our own network"},
    {"rules", section_list, optional, "when delivery counts as disrupted; sensible ones apply when left out",
     Section::rule},
    {"channels", section_map, optional, "where notices go, by name; the log when left out", Section::channel},
    {"notify", section_list, optional, "which notices go to which channels; all to all when left out", Section::notify},
    {"maintenance", section_list, optional, "maintenance that returns: measured, but nobody is called",
     Section::maintenance},
    {"heartbeats", section_map, optional, "where run and tick say that they live, by name", Section::heartbeat},
    {"metrics", section, optional, "metrics beside those that run serves", Section::metrics},
    {"status", section, optional, "the status page", Section::status},
    {"slo", section, optional, "what is promised, month by month", Section::slo},
    {"flap_hold", duration, optional, "an incident that returns within this is the same one, reopened; 30m when left out"},
    {"retention", section, optional, "how long the ledger keeps what", Section::retention},
};

const std::vector<Field> provider_fields = {
    {"name", text, optional, "as people know it; the key when left out"},
    {"upstream_status", web_url, optional, "address of the provider's own status page"},
    {"depends_on", names, optional, "providers and accounts it needs: their incident explains this one's"},
};

const std::vector<Field> account_fields = {
    {"provider", name, optional, "the provider it belongs to; the preset or the address's domain when left out"},
    {"address", address, required, "the mailbox's address"},
    {"preset", FieldType::preset, optional, "a known provider: its servers, ports and limits"},
    {"smtp", server_url, optional,
     "how to submit: smtps://HOST:465, smtp://HOST:587 (STARTTLS), smtp+plain:// on loopback, lmtp+plain://HOST:24, "
     "lmtp:/path/to/socket, sendmail:/usr/sbin/sendmail"},
    {"imap", server_url, optional,
     "how to read: imaps://HOST:993, imap://HOST:143 (STARTTLS), imap+plain:// on loopback"},
    {"pop3", server_url, optional,
     "how to read: pop3s://HOST:995, pop3://HOST:110 (STARTTLS), pop3+plain:// on loopback"},
    {"inbox", server_url, optional, "how to read, by any scheme; maildir:/path for a local Maildir"},
    {"user", text, optional, "login name; the address when left out"},
    {"password", FieldType::secret, optional, "of the login"},
    {"tls", section, optional, "certificates", Section::tls},
    {"daily_limit", whole, optional, "messages a day we may send from here; 0: no limit known"},
    {"plus_addresses", flag, optional, "local+tag@domain comes to this mailbox and may be the envelope sender"},
    {"junk_folder", text, optional, "name of the junk folder when it is not announced"},
    {"authserv_id", text, optional,
     "the server whose Authentication-Results count, hosts below it too; of the preset or by their place when left out"},
    {"max_sessions", whole, optional, "SMTP sessions at once"},
    {"max_messages_per_session", whole, optional, "messages sent before a session is renewed"},
    {"bounces", flag, optional, "a mailbox of real bounces: read and counted, never changed"},
    {"sent", section, optional, "with bounces: how many mails were sent, so that their share is known", Section::sent},
    {"depends_on", names, optional, "providers and accounts it needs, a forwarder in front of it say"},
};

const std::vector<Field> sent_fields = {
    {"file", path, optional, "a file with one number, or with lines TIME COUNT that are added to its end"},
    {"command", arguments, optional, "[/path/to/program, argument]: prints a number, once a minute; no shell"},
    {"postfix_log", path, optional, "a log of Postfix: its deliveries are counted by domain; rotation is followed"},
    {"counts", text, optional, "what a number counts: total (all so far; so when left out) or interval (since the last reading)"},
};

const std::vector<Field> tls_fields = {
    {"ca", path, optional, "file of the certificate authorities to trust instead of the system's"},
    {"insecure", flag, optional, "do not verify certificates and allow passwords in the clear"},
};

const std::vector<Field> route_fields = {
    {"from", name, required, "the account that sends"},
    {"to", name, required, "the account that receives"},
    {"name", name, optional, "from-to when left out"},
    {"every", duration, optional, "cadence; 5m when left out"},
    {"late_after", duration, optional, "an arrival after this is late; 60s when left out"},
    {"lost_after", duration, optional, "not seen after this is lost; 4h when left out"},
    {"padding", whole, optional, "extra bytes of body"},
};

const std::vector<Field> mesh_fields = {
    {"mesh", names, required, "accounts that all send to each other"},
    {"every", duration, optional, "cadence; 5m when left out"},
    {"late_after", duration, optional, "an arrival after this is late; 60s when left out"},
    {"lost_after", duration, optional, "not seen after this is lost; 4h when left out"},
    {"padding", whole, optional, "extra bytes of body"},
};

const std::vector<Field> rule_fields = {
    {"name", name, required, "as notices call it"},
    {"measure", FieldType::measure, required, "what is watched"},
    {"over", duration, optional, "the window; 15m when left out"},
    {"above", threshold, optional, "it fires above this (or give below)"},
    {"below", threshold, optional, "it fires below this (or give above)"},
    {"for", duration, optional, "the condition must hold this long first"},
    {"clear_below", threshold, optional, "with above: it clears below this; the same value when left out"},
    {"clear_above", threshold, optional, "with below: it clears above this; the same value when left out"},
    {"clear_for", duration, optional, "and be clear this long"},
    {"min_samples", whole, optional, "canaries the window must hold; 1 when left out, of traffic rates 100 mails"},
    {"recover", whole, optional, "canaries delivered in a row that end it; as the measure needs when left out"},
    {"impact", FieldType::impact, optional, "of the incident it opens; minor when left out"},
    {"major_after", duration, optional, "major once it has lasted this long"},
    {"critical_after", duration, optional, "critical once it has lasted this long"},
    {"per", rule_scope, optional, "what it looks at as one: route, account, provider or all; route when left out"},
    {"objective", threshold, optional, "of burn_rate: the share of canaries that is promised in time; as slo: says when left out"},
    {"short", duration, optional, "of burn_rate: the window that must burn as well; a twelfth of over when left out"},
    {"routes", names, optional, "only these routes"},
    {"providers", names, optional, "only routes that touch these providers"},
    {"accounts", names, optional, "only routes that touch these accounts; of traffic measures: only these mailboxes of bounces"},
    {"domain", text, optional, "of traffic measures: only mail to this domain"},
    {"reason", text, optional, "of traffic measures: only bounces for this reason, mailboxfull say"},
};

const std::vector<Field> channel_fields = {
    {"timeout", duration, optional, "of one delivery; 20s when left out"},
    {"pace", duration, optional, "at least so long from one notice to the next; as they come when left out"},
    {"words", section, optional, "texts of one's own", Section::words},
};

const std::vector<Field> words_fields = {
    {"title", text, optional, "of a notice, in place of ours"},
    {"text", text, optional, "of a notice, in place of ours"},
    {"public_text", text, optional, "what customers read on a status page, in place of ours"},
};

const std::vector<Field> no_fields;

const std::vector<Field> notify_fields = {
    {"impact", impacts, optional, "only incidents of these impacts"},
    {"providers", names, optional, "only incidents of these providers"},
    {"to", names, required, "the channels"},
    {"remind", duration, optional, "repeat this often while the incident is open"},
    {"escalate", section, optional, "who hears of it when nobody acknowledges", Section::escalate},
    {"updates", durations, optional,
     "new numbers are told so long after the beginning, the last again and again; [15m, 1h, 4h, 12h] when left out, never for none"},
};

const std::vector<Field> escalate_fields = {
    {"after", duration, required, "unacknowledged for this long"},
    {"to", names, required, "the channels"},
};

const std::vector<Field> maintenance_fields = {
    {"name", text, required, "as page and notices call it"},
    {"every", text, required, "when: DAYS HH:MM-HH:MM, as sun 02:00-04:00, mon-fri, first sun, last fri, 15th or daily"},
    {"zone", text, optional, "time zone of these times, as Europe/Berlin; UTC when left out"},
    {"providers", names, optional, "of these providers"},
    {"accounts", names, optional, "of these accounts"},
    {"routes", names, optional, "of these routes; of everything when none of the three is given"},
    {"text", text, optional, "a sentence for the page"},
    {"slo", text, optional, "exclude: its time does not count against the promise (so when left out); count: it does"},
};

const std::vector<Field> heartbeat_fields = {
    {"healthchecks", FieldType::secret, optional, "a check's ping address, of Healthchecks.io or its like; told of starts and failures too"},
    {"url", FieldType::secret, optional, "any address; asked for while all is well"},
    {"every", duration, optional, "how often run says it; 1m when left out; tick says it once a turn"},
    {"timeout", duration, optional, "of one attempt; 10s when left out"},
};

const std::vector<Field> metrics_fields = {
    {"textfile", path, required, "a file that node_exporter's textfile collector reads; its name ends in .prom"},
};

const std::vector<Field> status_fields = {
    {"title", text, optional, "of the page"},
    {"url", web_url, optional, "public address of the page, for links"},
    {"dir", path, optional, "folder the static site is written to"},
    {"listen", host_port, optional, "HOST:PORT at which run serves the page"},
    {"operator_token", FieldType::secret, optional, "opens /operator, at least 16 bytes; without one only run --operator serves it, to this machine"},
};

const std::vector<Field> slo_fields = {
    {"objective", threshold, optional, "the share of each month that must be well; 99.9% when left out"},
    {"exclude_maintenance", flag, optional, "maintenance does not count against the promise; true when left out"},
    {"zone", text, optional, "time zone whose months are meant, as Europe/Berlin; UTC when left out"},
    {"providers", section_map, optional, "providers that promise something else", Section::slo_provider},
};

const std::vector<Field> slo_provider_fields = {
    {"objective", threshold, required, "the share of each month that must be well"},
};

const std::vector<Field> retention_fields = {
    {"canaries", duration, optional, "single canaries; 35d when left out"},
    {"rollups_5m", duration, optional, "sums of 5 minutes; 35d when left out"},
    {"rollups_1h", duration, optional, "sums of an hour; 400d when left out"},
    {"rollups_1d", duration, optional, "sums of a day; 3650d when left out"},
};

const std::vector<Field> secret_fields = {
    {"file", path, optional, "a file that holds it"},
    {"env", text, optional, "an environment variable that holds it"},
    {"credential", text, optional, "a systemd credential that holds it"},
};

struct SectionRow {
  const char* name;
  const std::vector<Field>* fields;
};

const SectionRow& row_of(Section section) {
  static const std::map<Section, SectionRow> rows = {
      {Section::top, {"the config", &top_fields}},
      {Section::provider, {"provider", &provider_fields}},
      {Section::account, {"account", &account_fields}},
      {Section::tls, {"tls", &tls_fields}},
      {Section::sent, {"sent", &sent_fields}},
      {Section::route, {"route", &route_fields}},
      {Section::mesh, {"mesh", &mesh_fields}},
      {Section::rule, {"rule", &rule_fields}},
      {Section::channel, {"channel", &channel_fields}},
      {Section::settings, {"settings", &no_fields}},
      {Section::notify, {"notify", &notify_fields}},
      {Section::escalate, {"escalate", &escalate_fields}},
      {Section::maintenance, {"maintenance", &maintenance_fields}},
      {Section::heartbeat, {"heartbeat", &heartbeat_fields}},
      {Section::metrics, {"metrics", &metrics_fields}},
      {Section::words, {"words", &words_fields}},
      {Section::status, {"status", &status_fields}},
      {Section::slo, {"slo", &slo_fields}},
      {Section::slo_provider, {"slo_provider", &slo_provider_fields}},
      {Section::retention, {"retention", &retention_fields}},
      {Section::secret, {"secret", &secret_fields}},
  };
  return rows.at(section);
}

}  // namespace

const std::vector<Field>& fields_of(Section section) { return *row_of(section).fields; }
const char* name_of(Section section) { return row_of(section).name; }

}  // namespace mailcanary
