#include <string>
#include <vector>

#include "config/endpoint.h"
#include "config/presets.h"
#include "tests/config/config_folder.h"

using namespace mailcanary;
using namespace std::chrono_literals;

namespace {

// "name from>to every late/lost", one word a route.
std::vector<std::string> names_of(const std::vector<Route>& routes) {
  std::vector<std::string> names;
  for (const auto& route : routes) names.push_back(route.name.str() + "=" + route.from.str() + ">" + route.to.str());
  return names;
}

std::string account(const std::string& name, const std::string& more) {
  return "  " + name + ": {address: " + name + "@one.example, smtp: smtp+plain://localhost, inbox: 'maildir:/m'" +
         more + "}\n";
}

}  // namespace

TEST_CASE("a config with only accounts and routes is complete") {
  const ConfigFolder folder;
  const WithEnvironment password("MC_TEST", "p");
  const Loaded loaded = folder.load(a_pair);
  CHECK(folder.complaints_of(loaded).empty());
  const Config& config = loaded.config;
  CHECK(config.accounts.size() == 2);
  CHECK(names_of(config.routes) == std::vector<std::string>{"a-b=a>b", "b-a=b>a"});
  CHECK(config.routes[0].every == 5min);
  CHECK(config.routes[0].late_after == 60s);
  CHECK(config.routes[0].lost_after == 4h);
  CHECK_FALSE(config.rules.empty());
  REQUIRE(config.channels.size() == 1);
  CHECK(config.channels[0].kind == "log");
  REQUIRE(config.notify.size() == 1);
  CHECK(config.notify[0].to == std::vector<ChannelName>{config.channels[0].name});
  CHECK_FALSE(config.vantage.empty());
  CHECK(config.status.listen_host.empty());
}

TEST_CASE("every setting of the file arrives in the config") {
  const ConfigFolder folder;
  const WithEnvironment password("MC_TEST", "0123456789abcdef");
  const WithEnvironment ping("MC_TEST_URL", "https://ping.example/hunter2");
  folder.put("ca.pem", "certificate");
  const Loaded loaded = folder.load(
      "secret: {env: MC_TEST}\n"
      "ledger: sqlite:data/mc.db\n"
      "vantage: fra1\n"
      "providers: {one: {name: The One, upstream_status: 'https://status.one.example/'}, two: }\n"
      "accounts:\n"
      "  a: {provider: one, address: a@one.example, smtp: 'smtp://mx.one.example:2587', imap: "
      "'imaps://mx.one.example',\n"
      "      user: canary, password: {env: MC_TEST}, tls: {ca: ca.pem}, daily_limit: 2000, plus_addresses: true,\n"
      "      junk_folder: Bulk Mail, max_sessions: 2, max_messages_per_session: 7}\n"
      "  b: {provider: two, address: b@two.example, inbox: 'maildir:Maildir', bounces: true,\n"
      "      sent: {command: [/usr/bin/sent, --all], counts: interval}}\n"
      "routes:\n"
      "  - {name: loop, from: a, to: a, every: 2m, late_after: 1m30s, lost_after: 2h, padding: 1000}\n"
      "anchors: ['9.9.9.9:53', 'https://WWW.Example.com/path', '[2001:db8::1]:443']\n"
      "rules:\n"
      "  - {name: slow, measure: round_trip.p95, over: 1h, above: 1m, clear_below: 40s, for: 5m, clear_for: 10m,\n"
      "     min_samples: 3, impact: critical, routes: loop, providers: [one, two], accounts: a}\n"
      "  - {name: quiet, measure: junk_rate, below: 2%, clear_above: 0.5}\n"
      "  - {name: backlog, measure: backlog, above: 3}\n"
      "  - {name: returned, measure: traffic.hard_bounce_rate, over: 1h, above: 5%, accounts: b, reason: mailboxfull}\n"
      "  - {name: blocked, measure: traffic.bounces, above: 20, domain: Example.COM}\n"
      "channels:\n"
      "  hook: {webhook: {url: 'https://hook.example/x', secret: {env: MC_TEST}}, timeout: 5s, pace: 1m, words: {title: 'Mail: {title}'}}\n"
      "  out: {log: {stream: stdout}}\n"
      "notify:\n"
      "  - {impact: [major, critical], providers: one, to: [hook], remind: 30m, escalate: {after: 15m, to: out}, updates: [1m, 1h]}\n"
      "  - {to: out, updates: never}\n"
      "  - {to: out}\n"
      "heartbeats: {alive: {healthchecks: {env: MC_TEST_URL}, every: 2m, timeout: 3s}, plain: {url: {env: MC_TEST_URL}}}\n"
      "metrics: {textfile: mc.prom}\n"
      "status: {title: Our Mail, url: 'https://status.example/', dir: site, listen: '[::1]:8025'}\n"
      "slo: {objective: 99.5%, exclude_maintenance: false, zone: Europe/Berlin, providers: {two: {objective: 0.99}}}\n"
      "retention: {canaries: 2d, rollups_5m: 3d, rollups_1h: 4d, rollups_1d: 5d}\n");
  CHECK(folder.complaints_of(loaded).empty());
  const Config& config = loaded.config;
  CHECK(config.signing_key.reveal() == "0123456789abcdef");
  CHECK(config.ledger.path == folder / "data/mc.db");
  CHECK(config.vantage == "fra1");
  CHECK(config.provider(ProviderName("one"))->title == "The One");
  CHECK(config.provider(ProviderName("one"))->upstream_status == "https://status.one.example/");
  CHECK(config.provider(ProviderName("two"))->title == "two");

  REQUIRE(config.anchors.size() == 3);
  CHECK(to_text(config.anchors[0]) == "9.9.9.9:53");
  CHECK(to_text(config.anchors[1]) == "www.example.com:443");
  CHECK(to_text(config.anchors[2]) == "[2001:db8::1]:443");

  const Account& a = *config.account(AccountName("a"));
  CHECK(a.provider.str() == "one");
  CHECK(to_url(*a.smtp) == "smtp://mx.one.example:2587");
  CHECK(to_url(*a.inbox) == "imaps://mx.one.example:993");
  CHECK(a.user == "canary");
  CHECK(a.password.reveal() == "0123456789abcdef");
  CHECK(a.tls.ca_file == (folder / "ca.pem").string());
  CHECK_FALSE(a.tls.insecure);
  CHECK(a.daily_limit == 2000);
  CHECK(a.plus_addresses);
  CHECK(a.junk_folder == "Bulk Mail");
  CHECK(a.max_sessions == 2);
  CHECK(a.max_messages_per_session == 7);
  const Account& b = *config.account(AccountName("b"));
  CHECK_FALSE(b.smtp);
  CHECK(b.inbox->path == (folder / "Maildir").string());
  CHECK(b.bounces);
  REQUIRE(b.sent);
  CHECK(b.sent->from == SentCount::From::command);
  CHECK(b.sent->command == std::vector<std::string>{"/usr/bin/sent", "--all"});
  CHECK(b.sent->counts == SentCount::Counts::interval);

  const Route& loop = *config.route(RouteName("loop"));
  CHECK(loop.every == 2min);
  CHECK(loop.late_after == 90s);
  CHECK(loop.lost_after == 2h);
  CHECK(loop.padding == 1000);

  REQUIRE(config.rules.size() == 5);
  const Rule& slow = config.rules[0];
  CHECK(slow.over == 1h);
  CHECK(slow.above == 60.0);
  CHECK(slow.clear == 40.0);
  CHECK(slow.hold_for == 5min);
  CHECK(slow.clear_for == 10min);
  CHECK(slow.min_samples == 3);
  CHECK(slow.impact == Impact::critical);
  CHECK(slow.routes == std::vector<RouteName>{RouteName("loop")});
  CHECK(slow.providers.size() == 2);
  CHECK(slow.accounts == std::vector<AccountName>{AccountName("a")});
  CHECK_FALSE(config.rules[1].above);
  CHECK(config.rules[1].below == 0.02);
  CHECK(config.rules[1].clear == 0.5);
  CHECK(config.rules[2].above == 3.0);
  CHECK_FALSE(config.rules[2].clear);
  CHECK(config.rules[3].reason == "mailboxfull");
  CHECK(config.rules[3].min_samples == 100);
  CHECK(config.rules[4].domain == "example.com");
  CHECK(config.rules[4].min_samples == 1);

  const Channel& hook = *config.channel(ChannelName("hook"));
  CHECK(hook.kind == "webhook");
  CHECK(hook.timeout == 5s);
  CHECK(hook.settings.at("url").text == "https://hook.example/x");
  CHECK(hook.settings.at("secret").text.empty());
  CHECK(hook.settings.at("secret").secret.reveal() == "0123456789abcdef");
  CHECK(config.channel(ChannelName("out"))->settings.at("stream").text == "stdout");

  CHECK(hook.pace == 1min);
  CHECK(hook.words == std::map<std::string, std::string>{{"title", "Mail: {title}"}});
  CHECK(config.channel(ChannelName("out"))->pace == Duration{});

  REQUIRE(config.heartbeats.size() == 2);
  CHECK(config.heartbeats[0].name == "alive");
  CHECK(config.heartbeats[0].kind == Heartbeat::Kind::healthchecks);
  CHECK(config.heartbeats[0].url.reveal() == "https://ping.example/hunter2");
  CHECK(config.heartbeats[0].every == 2min);
  CHECK(config.heartbeats[0].timeout == 3s);
  CHECK(config.heartbeats[1].kind == Heartbeat::Kind::url);
  CHECK(config.heartbeats[1].every == 1min);
  CHECK(config.metrics_textfile == folder / "mc.prom");

  REQUIRE(config.notify.size() == 3);
  CHECK(config.notify[0].updates == std::vector<Duration>{1min, 1h});
  CHECK(config.notify[1].updates.empty());
  CHECK(config.notify[2].updates == std::vector<Duration>{15min, 1h, 4h, 12h});
  const NotifyRoute& notify = config.notify[0];
  CHECK(notify.impacts == std::vector<Impact>{Impact::major, Impact::critical});
  CHECK(notify.providers == std::vector<ProviderName>{ProviderName("one")});
  CHECK(notify.to == std::vector<ChannelName>{ChannelName("hook")});
  CHECK(notify.remind == 30min);
  REQUIRE(notify.escalate);
  CHECK(notify.escalate->after == 15min);
  CHECK(notify.escalate->to == std::vector<ChannelName>{ChannelName("out")});

  CHECK(config.status.title == "Our Mail");
  CHECK(config.status.url == "https://status.example");
  CHECK(config.status.dir == folder / "site");
  CHECK(config.status.listen_host == "::1");
  CHECK(config.status.listen_port == 8025);
  CHECK(config.slo.objective == 0.995);
  CHECK(config.slo.maintenance == Slo::InMaintenance::counted);
  CHECK(config.slo.zone == "Europe/Berlin");
  CHECK(config.slo.objective_of(ProviderName("two")) == 0.99);
  CHECK(config.slo.objective_of(ProviderName("one")) == 0.995);
  CHECK(config.retention.canaries == 24h * 2);
  CHECK(config.retention.rollups_5m == 24h * 3);
  CHECK(config.retention.rollups_1h == 24h * 4);
  CHECK(config.retention.rollups_1d == 24h * 5);
}

TEST_CASE("JSON is YAML too") {
  const ConfigFolder folder;
  const Loaded loaded = folder.load(
      "{\"accounts\": {\"a\": {\"address\": \"a@one.example\", \"smtp\": \"smtp+plain://localhost\", \"inbox\": "
      "\"maildir:/m\"}},\n"
      " \"routes\": [{\"from\": \"a\", \"to\": \"a\", \"every\": \"5m\"}]}\n");
  CHECK(folder.complaints_of(loaded).empty());
  CHECK(loaded.config.routes.size() == 1);
}

TEST_CASE("a mesh makes all ordered pairs; what is said by hand, or by an earlier mesh, stands") {
  const std::string accounts = "accounts:\n" + account("a", "") + account("b", "") + account("c", "");
  const struct {
    const char* routes;
    std::vector<std::string> names;
  } table[] = {
      {"[{mesh: [a, b, c]}]", {"a-b=a>b", "a-c=a>c", "b-a=b>a", "b-c=b>c", "c-a=c>a", "c-b=c>b"}},
      {"[{from: a, to: b, name: shop-watch}, {mesh: [a, b]}]", {"shop-watch=a>b", "b-a=b>a"}},
      {"[{mesh: [a, b]}, {from: a, to: b, every: 1m}]", {"a-b=a>b", "b-a=b>a"}},
      {"[{mesh: [a, b]}, {mesh: [b, c]}, {mesh: [a, b, c], every: 1h}]",
       {"a-b=a>b", "b-a=b>a", "b-c=b>c", "c-b=c>b", "a-c=a>c", "c-a=c>a"}},
      {"[{from: a, to: b}, {from: a, to: b, name: big, padding: 100000}]", {"a-b=a>b", "big=a>b"}},
      {"[{from: a, to: a}]", {"a-a=a>a"}},
  };
  for (const auto& row : table) {
    CAPTURE(row.routes);
    const ConfigFolder folder;
    const Loaded loaded = folder.load(accounts + "routes: " + row.routes + "\n");
    CHECK(folder.complaints_of(loaded).empty());
    CHECK(names_of(loaded.config.routes) == row.names);
  }
}

TEST_CASE("an account that names no provider belongs to its preset's, or to the domain of its address") {
  const ConfigFolder folder;
  const WithEnvironment password("MC_TEST", "p");
  const Loaded loaded = folder.load(
      "accounts:\n"
      "  a: {address: a@Mixed.Example, smtp: smtp+plain://localhost, inbox: 'maildir:/m'}\n"
      "  b: {address: b@gmail.com, preset: gmail, password: {env: MC_TEST}}\n"
      "  c: {provider: elsewhere, address: c@x.example, inbox: 'maildir:/m'}\n"
      "routes: [{from: a, to: b}, {from: a, to: c}]\n");
  REQUIRE(loaded.ok());
  CHECK(loaded.config.accounts[0].provider.str() == "mixed.example");
  CHECK(loaded.config.accounts[1].provider.str() == "gmail");
  CHECK(loaded.config.accounts[2].provider.str() == "elsewhere");
  CHECK(loaded.config.provider(ProviderName("gmail"))->title == "Gmail");
  CHECK(loaded.config.providers.size() == 3);
}

TEST_CASE("a preset gives servers, ports and limits, and what the account says itself wins") {
  const ConfigFolder folder;
  const WithEnvironment password("MC_TEST", "p");
  for (const auto& preset : presets()) {
    CAPTURE(preset.name);
    const std::string smtp = preset.smtp ? "" : ", smtp: 'smtps://email-smtp.eu-central-1.amazonaws.com'";
    const Loaded loaded =
        folder.load("accounts:\n  p: {address: p@x.example, preset: " + std::string(preset.name) + smtp +
                    ", password: {env: MC_TEST}}\n  m: {address: m@x.example, inbox: 'maildir:/m'}\n"
                    "routes: [{from: p, to: m, every: 6m}]\n");
    REQUIRE(loaded.ok());
    CHECK(loaded.diagnostics.size() == preset.warnings.size());
    const Account& account = loaded.config.accounts.front();
    CHECK(account.preset == preset.name);
    CHECK(account.user == "p@x.example");
    CHECK(account.daily_limit == preset.daily_limit);
    CHECK(account.max_sessions == preset.max_sessions);
    CHECK(account.inbox.has_value() == preset.inbox.has_value());
    CHECK((account.smtp->transport == Transport::tls || account.smtp->transport == Transport::starttls));
  }
  const Loaded own = folder.load(
      "accounts:\n  p: {address: p@x.example, preset: gmail, smtp: 'smtp://smtp.gmail.com', daily_limit: 2000, "
      "max_sessions: 1, "
      "user: other, password: {env: MC_TEST}}\nroutes: [{from: p, to: p}]\n");
  REQUIRE(own.ok());
  CHECK(to_url(*own.config.accounts[0].smtp) == "smtp://smtp.gmail.com:587");
  CHECK(to_url(*own.config.accounts[0].inbox) == "imaps://imap.gmail.com:993");
  CHECK(own.config.accounts[0].daily_limit == 2000);
  CHECK(own.config.accounts[0].max_sessions == 1);
  CHECK(own.config.accounts[0].user == "other");
}

TEST_CASE("a warning with a date says from when it matters") {
  const ConfigFolder folder;
  const WithEnvironment password("MC_TEST", "p");
  const std::string said = folder.complaints(
      "accounts:\n  p: {address: p@x.example, preset: microsoft365, password: {env: MC_TEST}}\n"
      "routes: [{from: p, to: p}]\n");
  CHECK(said.find("mc.yaml:2:37: warning: from 2026-12-31: Microsoft switches SMTP AUTH") != std::string::npos);
}

TEST_CASE("the alarm may not go through the burning corridor") {
  const std::string accounts = "accounts:\n" + account("a", ", provider: one") + account("b", ", provider: two") +
                               account("far", ", provider: three") + "routes: [{mesh: [a, b]}]\n";
  const std::string by_one = "channels: {log: {log: {}}, m: {mail: {account: a, to: x@y.example}}, ";
  const struct {
    const char* what;
    std::string channels;
    bool taken;
  } table[] = {
      {"only mail over a watched provider", "channels: {m: {mail: {account: a, to: x@y.example}}}\n", false},
      {"the log does not wake anybody", by_one + "}\n", false},
      {"mail over a provider that is not watched", "channels: {m: {mail: {account: far, to: x@y.example}}}\n", true},
      {"mail over both watched providers", by_one + "n: {mail: {account: b, to: x@y.example}}}\n", true},
      {"another way beside it", by_one + "h: {webhook: {url: 'https://h.example'}}}\n", true},
      {"another way, but not for critical incidents",
       by_one +
           "h: {webhook: {url: 'https://h.example'}}}\nnotify: [{to: [m, log]}, {impact: [minor, major], to: h}]\n",
       false},
      {"another way, but not for that provider",
       by_one + "h: {webhook: {url: 'https://h.example'}}}\nnotify: [{to: [m, log]}, {providers: two, to: h}]\n",
       false},
      {"mail tells of the other provider only", by_one + "}\nnotify: [{to: log}, {providers: two, to: m}]\n", true},
      {"another way by escalation",
       by_one + "h: {webhook: {url: 'https://h.example'}}}\nnotify: [{to: [m, log], escalate: {after: 15m, to: h}}]\n",
       true},
  };
  for (const auto& row : table) {
    INFO(row.what);
    const ConfigFolder folder;
    const Loaded loaded = folder.load(accounts + row.channels);
    INFO(folder.complaints_of(loaded));
    CHECK(loaded.ok() == row.taken);
    CHECK((folder.complaints_of(loaded).find("its mail goes through that provider") == std::string::npos) == row.taken);
  }
}

TEST_CASE("without notify every channel hears everything") {
  const ConfigFolder folder;
  const Loaded loaded = folder.load("accounts:\n" + account("a", "") +
                                    "routes: [{from: a, to: a}]\nchannels: {x: {log: }, y: {log: {}}}\n");
  CHECK(folder.complaints_of(loaded).empty());
  REQUIRE(loaded.config.notify.size() == 1);
  CHECK(loaded.config.notify[0].to.size() == 2);
  CHECK(loaded.config.notify[0].impacts.empty());
}

TEST_CASE("a ledger is a SQLite file or a PostgreSQL address, which may be a secret") {
  const ConfigFolder folder;
  const WithEnvironment password("MC_TEST", "p");
  const WithEnvironment uri("MC_URI", "postgresql://me:hunter2@db.example/mail");
  const Loaded absolute = folder.load("ledger: sqlite:/var/lib/mc.db\n" + a_pair);
  CHECK(absolute.config.ledger.kind == LedgerLocation::Kind::sqlite);
  CHECK(absolute.config.ledger.path == "/var/lib/mc.db");
  const Loaded shared = folder.load("ledger: {env: MC_URI}\n" + a_pair);
  CHECK(folder.complaints_of(shared).empty());
  CHECK(shared.config.ledger.kind == LedgerLocation::Kind::postgresql);
  CHECK(shared.config.ledger.uri.reveal() == "postgresql://me:hunter2@db.example/mail");
  CHECK(show_config(shared.config).find("hunter2") == std::string::npos);
}

TEST_CASE("one missing section does not make every name that refers to it a mistake") {
  const ConfigFolder folder;
  CHECK(folder.complaints("acounts:\n  a: {}\nroutes:\n  - {from: a, to: b}\n  - {mesh: [a, b]}\n") ==
        "mc.yaml:1:1: unknown key \"acounts\" in the config; did you mean \"accounts\"?\n"
        "mc.yaml:1:1: the config has no accounts; add accounts: (mailboxes by name)\n");
}

TEST_CASE("maintenance that returns and dependencies are read, and shown as they are read") {
  const ConfigFolder folder;
  const Loaded loaded = folder.load(
      "providers: {relay: {}, shop: {depends_on: relay}}\n"
      "accounts:\n"
      "  front: {provider: relay, address: f@one.example, smtp: smtp+plain://localhost}\n"
      "  store: {provider: shop, address: s@two.example, inbox: maildir:/m, depends_on: [front]}\n"
      "routes: [{from: front, to: store}]\n"
      "maintenance:\n"
      "  - {name: weekly upgrade, every: 'sun 02:00-04:00', zone: Europe/Berlin, providers: shop, text: Later., slo: count}\n");
  REQUIRE(loaded.ok());
  CHECK(loaded.config.provider(ProviderName("shop"))->depends_on == std::vector<Dependency>{ProviderName("relay")});
  CHECK(loaded.config.account(AccountName("store"))->depends_on == std::vector<Dependency>{AccountName("front")});
  REQUIRE(loaded.config.maintenance.size() == 1);
  const MaintenanceRule& rule = loaded.config.maintenance.front();
  CHECK(rule.name == "weekly upgrade");
  CHECK(to_text(rule.every) == "sun 02:00-04:00");
  CHECK(rule.zone == "Europe/Berlin");
  CHECK(rule.scope.providers == std::vector{ProviderName("shop")});
  CHECK(rule.text == "Later.");
  CHECK(rule.slo == MaintenanceRule::Slo::count);
  const std::string shown = show_config(loaded.config);
  CHECK(shown.find("every: sun 02:00-04:00") != std::string::npos);
  CHECK(shown.find("depends_on: [front]") != std::string::npos);
}

TEST_CASE("a burn rate is of what slo: promises, unless the rule says otherwise") {
  const ConfigFolder folder;
  const WithEnvironment password("MC_TEST", "p");
  const auto objectives = [&](const std::string& rules) {
    const Loaded loaded = folder.load(std::string(a_pair) +
                                      "slo: {objective: 99%, providers: {one.example: {objective: 95%}}}\nrules:\n" + rules);
    CHECK(folder.complaints_of(loaded).empty());
    std::vector<double> found;
    for (const auto& rule : loaded.config.rules) found.push_back(rule.objective);
    return found;
  };
  CHECK(objectives("  - {name: all, measure: burn_rate, over: 1h, above: 14.4}\n"
                   "  - {name: own, measure: burn_rate, over: 1h, above: 14.4, objective: 90%}\n"
                   "  - {name: one, measure: burn_rate, over: 1h, above: 14.4, providers: one.example}\n"
                   "  - {name: both, measure: burn_rate, over: 1h, above: 14.4, providers: [one.example, two.example]}\n") ==
        std::vector<double>{0.99, 0.9, 0.95, 0.99});
}
