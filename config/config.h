// What the operator asked for, as plain structs. Loaded once, never changed while a run lives.
// Does not: read files or reach the network; see config/load.h.
// Threads: immutable after load; any.
#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/calendar.h"
#include "core/clock.h"
#include "core/ids.h"
#include "core/secret.h"

namespace mailcanary {

// How a mail server is reached; the URL's scheme says it.
enum class Protocol { smtp, imap, pop3, maildir, lmtp, sendmail };
enum class Transport {
  tls,       // smtps, imaps, pop3s: TLS from the start
  starttls,  // smtp, imap, pop3: STARTTLS demanded
  plain,     // smtp+plain …: loopback and test beds
  local,     // maildir:/path, lmtp:/socket, sendmail:/program
};

struct Endpoint {
  Protocol protocol = Protocol::smtp;
  Transport transport = Transport::tls;
  std::string host;  // empty when the transport is local
  int port = 0;      // always filled in by the loader; 0 when the transport is local
  std::string path;  // local only: the Maildir, the socket, the program
};
// "smtps://mx.example:465" as the operator would write it.
std::string to_url(const Endpoint& endpoint);

struct HostPort {
  std::string host;
  int port = 0;
};

struct TlsOptions {
  std::string ca_file;    // empty: the system's
  bool insecure = false;  // do not verify, allow passwords in the clear; loudly marked wherever it is shown
};

// What a provider or an account needs to work.
using Dependency = std::variant<ProviderName, AccountName>;

// Where the number of mails sent comes from, of which bounces are a share.
struct SentCount {
  enum class From { file, command, postfix_log } from = From::file;
  std::string path;                  // of the file or log; the program, whole path, is command.front()
  std::vector<std::string> command;
  enum class Counts { total, interval } counts = Counts::total;  // of a number: all so far, or since the last reading
};
const char* name_of(SentCount::From from);

struct Account {
  AccountName name;
  ProviderName provider;
  std::string address;
  std::optional<Endpoint> smtp;   // smtp, lmtp or sendmail; absent: cannot send
  std::optional<Endpoint> inbox;  // imap, pop3 or maildir; absent: cannot receive
  std::string user;
  Secret password;
  TlsOptions tls;
  std::string preset;              // name of the provider preset used, or empty
  int daily_limit = 0;             // messages a day we may send; 0: no limit known
  bool plus_addresses = false;     // local+tag@domain comes to the same mailbox, also as envelope sender (VERP)
  std::string junk_folder;         // empty: by SPECIAL-USE, then the usual names
  std::string authserv_id;         // whose Authentication-Results count: this server, or hosts below; empty: by place
  int max_sessions = 4;            // SMTP sessions at once
  int max_messages_per_session = 100;
  bool bounces = false;            // a mailbox of real bounces: read, counted, never changed
  std::optional<SentCount> sent;   // of an account with `bounces`; absent: counts, but no rates
  std::vector<Dependency> depends_on = {};
};

struct Provider {
  ProviderName name;
  std::string title;            // "Rackspace Email"; defaults to the name
  std::string upstream_status;  // URL of its own status page, or empty
  std::vector<Dependency> depends_on = {};
};

struct Route {
  RouteName name;
  AccountName from;
  AccountName to;
  Duration every = std::chrono::minutes(5);
  Duration late_after = std::chrono::seconds(60);
  Duration lost_after = std::chrono::hours(4);
  std::size_t padding = 0;  // extra bytes of body
};

enum class Impact { none, minor, major, critical };
const char* name_of(Impact impact);
std::optional<Impact> impact_from(std::string_view name);

// Windows up to this are looked through canary by canary, longer ones hour by hour.
inline constexpr Duration longest_exact_window = std::chrono::hours(48);

// What a rule looks at as one: each route, all routes of an account or a provider together, those that begin at a provider
// and those that end there apart, or all there are.
enum class RuleScope { route, account, provider, leg, all };
const char* name_of(RuleScope scope);
std::optional<RuleScope> rule_scope_from(std::string_view name);

// A condition on a measure over a window. Empty `provider`, `account`, `route` lists: all.
struct Rule {
  std::string name;
  std::string measure;  // one of measure_names()
  Duration over = std::chrono::minutes(15);
  std::optional<double> above;  // seconds for times, shares for rates, a number for counts
  std::optional<double> below;
  std::optional<double> clear;  // clear_below with `above`, clear_above with `below`; absent: the same as the threshold
  Duration hold_for{};          // `for`: the condition must hold so long
  Duration clear_for{};         // and be clear so long
  int min_samples = 1;
  int recover = 0;              // canaries delivered in a row that end it; 0: as the measure needs
  Impact impact = Impact::minor;
  std::optional<Duration> major_after, critical_after;  // it has lasted so long: graver
  RuleScope per = RuleScope::route;
  double objective = 0.999;     // of burn_rate: the share that is promised; as `slo:` says when left out
  Duration brief = std::chrono::seconds(75);  // of burn_rate: `short`, the second window; over / 12 when left out
  std::vector<RouteName> routes;
  std::vector<ProviderName> providers;
  std::vector<AccountName> accounts;
  std::string domain, reason;   // of measures of real traffic: only mail to this domain, bounces for this reason; empty: all
};
bool measures_traffic(const Rule& rule);  // real bounces, not canaries

// A channel's own settings, checked against its kind's table (config/channel_kinds.h) by the loader.
struct ChannelSetting {
  std::string text;  // plain value (URL that is no secret, room, account …)
  Secret secret;     // set instead of text when the kind says the value is secret
  std::vector<std::string> list = {};      // of arguments
  std::map<ProviderName, std::string> ids = {};  // what the service calls a provider
  std::map<std::string, std::string> texts = {};  // names and values that the service takes as they are
};
struct Channel {
  ChannelName name;
  std::string kind;  // "slack", "webhook", "log" …
  std::map<std::string, ChannelSetting> settings;
  Duration timeout = std::chrono::seconds(20);
  Duration pace{};  // at least so long from one notice to the next; what waits is told as it then stands. Zero: at once
  std::map<std::string, std::string> words = {};  // templates instead of our own words: of title, text, public_text
};

struct Escalation {
  Duration after{};
  std::vector<ChannelName> to;
};
struct NotifyRoute {
  std::vector<Impact> impacts;  // empty: all
  std::vector<ProviderName> providers;
  std::vector<ChannelName> to;
  Duration remind{};  // zero: never
  std::optional<Escalation> escalate;
  // Since the beginning; then the last again and again: new numbers are told though nothing else has changed. Empty: never.
  std::vector<Duration> updates = {};
};

// Where the program says that it lives, so that somebody else notices when it does not (a dead man's switch).
struct Heartbeat {
  std::string name;
  enum class Kind {
    healthchecks,  // Healthchecks.io or its like: told of starts and of failures too
    url,           // any address: asked for while all is well
  } kind = Kind::url;
  Secret url;
  Duration every = std::chrono::minutes(1);
  Duration timeout = std::chrono::seconds(10);
};

struct StatusPage {
  std::string title = "Mail delivery";
  std::string url;            // public address of the page, for links; or empty
  std::filesystem::path dir;  // where the static site goes; empty: not written
  std::string listen_host;    // empty: not served
  int listen_port = 0;
  Secret operator_token;      // opens the operator's page from anywhere; empty: there is none
};

struct LedgerLocation {
  enum class Kind { sqlite, postgresql } kind = Kind::sqlite;
  std::filesystem::path path;  // sqlite
  Secret uri;                  // postgresql
};

// Which routes something is about. All three empty: all routes.
struct Scope {
  std::vector<ProviderName> providers;
  std::vector<AccountName> accounts;
  std::vector<RouteName> routes;
  bool everything() const { return providers.empty() && accounts.empty() && routes.empty(); }
};

// Maintenance that returns. One-off maintenance is announced by a command and lives in the ledger.
struct MaintenanceRule {
  std::string name;
  CalendarRule every;
  std::string zone = "UTC";
  Scope scope;
  std::string text;  // for the page
  enum class Slo { exclude, count } slo = Slo::exclude;
};

// What is promised to those who use the mail, month by month (service level objective).
struct Slo {
  double objective = 0.999;  // share of the time, and of canaries, that must be well
  std::map<ProviderName, double> providers;  // those that promise something else
  enum class InMaintenance { left_out, counted } maintenance = InMaintenance::left_out;
  std::string zone = "UTC";  // whose months
  double objective_of(const ProviderName& provider) const;
};

struct Retention {
  Duration canaries = std::chrono::hours(24 * 35);      // single rows; then only rollups remain
  Duration rollups_5m = std::chrono::hours(24 * 35);
  Duration rollups_1h = std::chrono::hours(24 * 400);
  Duration rollups_1d = std::chrono::hours(24 * 365 * 10);
};

struct Config {
  std::filesystem::path file;
  Secret signing_key;  // at least 16 bytes
  LedgerLocation ledger;
  std::string vantage;
  enum class VantageFrom { host_name, file } vantage_from = VantageFrom::host_name;
  std::vector<Provider> providers;
  std::vector<Account> accounts;
  std::vector<Route> routes;  // mesh already expanded, names unique
  std::vector<HostPort> anchors;  // hosts elsewhere: when everything fails, they tell whether it is our own network
  std::vector<Rule> rules;    // the defaults when the file has none (config/defaults.cc)
  std::vector<Channel> channels;
  std::vector<NotifyRoute> notify;
  std::vector<MaintenanceRule> maintenance;
  std::vector<Heartbeat> heartbeats;
  std::filesystem::path metrics_textfile;  // written by `run` and `tick`; empty: not
  StatusPage status;
  Slo slo;
  Retention retention;
  Duration flap_hold = std::chrono::minutes(30);  // an incident that returns within this is the same one

  const Account* account(const AccountName& name) const;
  const Provider* provider(const ProviderName& name) const;
  const Route* route(const RouteName& name) const;
  const Channel* channel(const ChannelName& name) const;
};

// The measures a rule may name, each with its unit ("s", "share", "count") and one sentence.
struct MeasureInfo {
  const char* name;
  const char* unit;
  const char* says;
};
const std::vector<MeasureInfo>& measure_table();

}  // namespace mailcanary
