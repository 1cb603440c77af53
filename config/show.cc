// The effective config as YAML. Loads again (with masks for secrets), which its test relies on.
#include <algorithm>

#include <fmt/format.h>
#include <yaml-cpp/emitter.h>

#include "config/channel_kinds.h"
#include "config/endpoint.h"
#include "config/load.h"
#include "core/text.h"
#include "core/units.h"

namespace mailcanary {
namespace {

// As long as the shortest signing key, and plainly no secret.
constexpr const char* mask = "****************";

class Page {
 public:
  Page() { out_.SetStringFormat(YAML::Auto); }
  std::string text() const { return std::string(out_.c_str()) + "\n"; }

  Page& begin_map(std::string_view key) { return open(key, YAML::BeginMap); }
  Page& begin_flow_map() {
    out_ << YAML::Flow << YAML::BeginMap;
    return *this;
  }
  Page& begin_list(std::string_view key) { return open(key, YAML::BeginSeq); }
  Page& begin_map() {
    out_ << YAML::BeginMap;
    return *this;
  }
  Page& end_map() {
    out_ << YAML::EndMap;
    return *this;
  }
  Page& end_list() {
    out_ << YAML::EndSeq;
    return *this;
  }

  void put(std::string_view key, const std::string& value) {
    out_ << YAML::Key << std::string(key) << YAML::Value << value;
  }
  void put(std::string_view key, const char* value) { put(key, std::string(value)); }
  void put_flag(std::string_view key, bool value) { out_ << YAML::Key << std::string(key) << YAML::Value << value; }
  void put_number(std::string_view key, long long value) {
    out_ << YAML::Key << std::string(key) << YAML::Value << value;
  }
  void put(std::string_view key, Duration value) { put(key, format_duration(value)); }
  void put_given(std::string_view key, const std::string& value) {
    if (!value.empty()) put(key, value);
  }
  void put_secret(std::string_view key, const Secret& secret) {
    if (!secret.empty()) put(key, mask);
  }
  template <class Name>
  void put_names(std::string_view key, const std::vector<Name>& names) {
    if (names.empty()) return;
    out_ << YAML::Key << std::string(key) << YAML::Value << YAML::Flow << YAML::BeginSeq;
    for (const auto& name : names) out_ << text_of(name);
    out_ << YAML::EndSeq;
  }
  template <class Name>
  void put_map(std::string_view key, const std::map<Name, std::string>& map) {
    if (map.empty()) return;
    out_ << YAML::Key << std::string(key) << YAML::Value << YAML::Flow << YAML::BeginMap;
    for (const auto& [name, value] : map) put(text_of(name), value);
    out_ << YAML::EndMap;
  }
  void put_updates(const std::vector<Duration>& updates) {
    if (updates.empty()) return put("updates", "never");
    std::vector<std::string> texts;
    for (const Duration each : updates) texts.push_back(format_duration(each));
    put_names("updates", texts);
  }
  void remark(const std::string& text) { out_ << YAML::Comment(text); }

 private:
  template <class Start>
  Page& open(std::string_view key, Start start) {
    out_ << YAML::Key << std::string(key) << YAML::Value << start;
    return *this;
  }
  static std::string text_of(Impact impact) { return name_of(impact); }
  static std::string text_of(const std::string& text) { return text; }
  static std::string text_of(const Dependency& needed) {
    return std::visit([](const auto& name) { return name.str(); }, needed);
  }
  template <class Name>
  static std::string text_of(const Name& name) {
    return name.str();
  }
  YAML::Emitter out_;
};

void show_sent(Page& page, const SentCount& sent) {
  page.begin_map("sent");
  if (sent.from == SentCount::From::command) {
    page.put_names("command", sent.command);
  } else {
    page.put(name_of(sent.from), sent.path);
  }
  if (sent.counts == SentCount::Counts::interval) page.put("counts", "interval");
  page.end_map();
}

void show_account(Page& page, const Account& account) {
  page.begin_map(account.name.str());
  page.put("provider", account.provider.str());
  page.put("address", account.address);
  page.put_given("preset", account.preset);
  if (account.smtp) page.put("smtp", to_url(*account.smtp));
  if (account.inbox) page.put("inbox", to_url(*account.inbox));
  page.put_given("user", account.user);
  page.put_secret("password", account.password);
  if (!account.tls.ca_file.empty() || account.tls.insecure) {
    page.begin_map("tls");
    page.put_given("ca", account.tls.ca_file);
    if (account.tls.insecure) {
      page.put_flag("insecure", true);
      page.remark("SERVERS ARE NOT VERIFIED; the password may go in the clear");
    }
    page.end_map();
  }
  page.put_number("daily_limit", account.daily_limit);
  page.put_flag("plus_addresses", account.plus_addresses);
  page.put_given("junk_folder", account.junk_folder);
  page.put_given("authserv_id", account.authserv_id);
  page.put_number("max_sessions", account.max_sessions);
  page.put_number("max_messages_per_session", account.max_messages_per_session);
  if (account.bounces) page.put_flag("bounces", true);
  if (account.sent) show_sent(page, *account.sent);
  page.put_names("depends_on", account.depends_on);
  page.end_map();
}

void show_route(Page& page, const Route& route) {
  page.begin_flow_map();
  page.put("name", route.name.str());
  page.put("from", route.from.str());
  page.put("to", route.to.str());
  page.put("every", route.every);
  page.put("late_after", route.late_after);
  page.put("lost_after", route.lost_after);
  if (route.padding > 0) page.put_number("padding", static_cast<long long>(route.padding));
  page.end_map();
}

std::string threshold(const Rule& rule, double value) {
  for (const auto& row : measure_table()) {
    if (row.name != rule.measure) continue;
    if (std::string_view(row.unit) == "s")
      return format_duration(std::chrono::round<std::chrono::milliseconds>(std::chrono::duration<double>(value)));
  }
  return fmt::format("{}", value);
}

void show_rule(Page& page, const Rule& rule) {
  page.begin_flow_map();
  page.put("name", rule.name);
  page.put("measure", rule.measure);
  page.put("over", rule.over);
  if (rule.above) page.put("above", threshold(rule, *rule.above));
  if (rule.below) page.put("below", threshold(rule, *rule.below));
  if (rule.clear) page.put(rule.above ? "clear_below" : "clear_above", threshold(rule, *rule.clear));
  if (rule.hold_for > Duration{}) page.put("for", rule.hold_for);
  if (rule.clear_for > Duration{}) page.put("clear_for", rule.clear_for);
  page.put_number("min_samples", rule.min_samples);
  if (rule.recover > 0) page.put_number("recover", rule.recover);
  page.put("impact", name_of(rule.impact));
  if (rule.major_after) page.put("major_after", *rule.major_after);
  if (rule.critical_after) page.put("critical_after", *rule.critical_after);
  if (rule.per != RuleScope::route) page.put("per", name_of(rule.per));
  if (rule.measure == "burn_rate") {
    page.put("objective", fmt::format("{}", rule.objective));
    page.put("short", rule.brief);
  }
  page.put_names("routes", rule.routes);
  page.put_names("providers", rule.providers);
  page.put_names("accounts", rule.accounts);
  page.put_given("domain", rule.domain);
  page.put_given("reason", rule.reason);
  page.end_map();
}

void show_channel(Page& page, const Channel& channel) {
  page.begin_map(channel.name.str());
  page.begin_map(channel.kind);
  const ChannelKind* kind = channel_kind(channel.kind);
  const auto is_address = [&](const std::string& name) {
    return kind != nullptr && std::any_of(kind->settings.begin(), kind->settings.end(), [&](const SettingInfo& info) {
      return info.name == name && info.type == SettingType::url;
    });
  };
  for (const auto& [name, setting] : channel.settings) {
    page.put_given(name, is_address(name) ? without_path(setting.text, mask) : setting.text);
    page.put_secret(name, setting.secret);
    page.put_names(name, setting.list);
    page.put_map(name, setting.ids);
    page.put_map(name, setting.texts);
  }
  page.end_map();
  page.put("timeout", channel.timeout);
  if (channel.pace > Duration{}) page.put("pace", channel.pace);
  page.put_map("words", channel.words);
  page.end_map();
}

void show_heartbeat(Page& page, const Heartbeat& heartbeat) {
  page.begin_map(heartbeat.name);
  page.put_secret(heartbeat.kind == Heartbeat::Kind::url ? "url" : "healthchecks", heartbeat.url);
  page.put("every", heartbeat.every);
  page.put("timeout", heartbeat.timeout);
  page.end_map();
}

void show_notify(Page& page, const NotifyRoute& route) {
  page.begin_flow_map();
  page.put_names("impact", route.impacts);
  page.put_names("providers", route.providers);
  page.put_names("to", route.to);
  if (route.remind > Duration{}) page.put("remind", route.remind);
  page.put_updates(route.updates);
  if (route.escalate) {
    page.begin_map("escalate");
    page.put("after", route.escalate->after);
    page.put_names("to", route.escalate->to);
    page.end_map();
  }
  page.end_map();
}

void show_maintenance(Page& page, const MaintenanceRule& rule) {
  page.begin_flow_map();
  page.put("name", rule.name);
  page.put("every", to_text(rule.every));
  page.put("zone", rule.zone);
  page.put_names("providers", rule.scope.providers);
  page.put_names("accounts", rule.scope.accounts);
  page.put_names("routes", rule.scope.routes);
  page.put_given("text", rule.text);
  page.put("slo", rule.slo == MaintenanceRule::Slo::count ? "count" : "exclude");
  page.end_map();
}

void show_status(Page& page, const StatusPage& status) {
  page.begin_map("status");
  page.put("title", status.title);
  page.put_given("url", status.url);
  page.put_given("dir", status.dir.string());
  if (!status.listen_host.empty()) {
    page.put("listen", to_text(HostPort{status.listen_host, status.listen_port}));
  }
  if (!status.operator_token.empty()) page.put_secret("operator_token", status.operator_token);
  page.end_map();
}

void show_slo(Page& page, const Slo& slo) {
  page.begin_map("slo");
  page.put("objective", fmt::format("{}", slo.objective));
  page.put_flag("exclude_maintenance", slo.maintenance == Slo::InMaintenance::left_out);
  page.put("zone", slo.zone);
  if (!slo.providers.empty()) {
    page.begin_map("providers");
    for (const auto& [provider, objective] : slo.providers) {
      page.begin_map(provider.str());
      page.put("objective", fmt::format("{}", objective));
      page.end_map();
    }
    page.end_map();
  }
  page.end_map();
}

void show_retention(Page& page, const Retention& keep) {
  page.begin_map("retention");
  page.put("canaries", keep.canaries);
  page.put("rollups_5m", keep.rollups_5m);
  page.put("rollups_1h", keep.rollups_1h);
  page.put("rollups_1d", keep.rollups_1d);
  page.end_map();
}

}  // namespace

std::string show_config(const Config& config) {
  Page page;
  page.begin_map();
  page.put_secret("secret", config.signing_key);
  if (config.ledger.kind == LedgerLocation::Kind::sqlite) {
    page.put("ledger", "sqlite:" + config.ledger.path.string());
  } else {
    page.put("ledger", std::string("postgresql://") + mask);
  }
  page.put("vantage", config.vantage);
  page.begin_map("providers");
  for (const auto& provider : config.providers) {
    page.begin_map(provider.name.str());
    page.put("name", provider.title);
    page.put_given("upstream_status", provider.upstream_status);
    page.put_names("depends_on", provider.depends_on);
    page.end_map();
  }
  page.end_map();
  page.begin_map("accounts");
  for (const auto& account : config.accounts) show_account(page, account);
  page.end_map();
  page.begin_list("routes");
  for (const auto& route : config.routes) show_route(page, route);
  page.end_list();
  std::vector<std::string> anchors;
  for (const auto& anchor : config.anchors) anchors.push_back(to_text(anchor));
  page.put_names("anchors", anchors);
  page.begin_list("rules");
  for (const auto& rule : config.rules) show_rule(page, rule);
  page.end_list();
  page.begin_map("channels");
  for (const auto& channel : config.channels) show_channel(page, channel);
  page.end_map();
  page.begin_list("notify");
  for (const auto& route : config.notify) show_notify(page, route);
  page.end_list();
  if (!config.maintenance.empty()) {
    page.begin_list("maintenance");
    for (const auto& rule : config.maintenance) show_maintenance(page, rule);
    page.end_list();
  }
  if (!config.heartbeats.empty()) {
    page.begin_map("heartbeats");
    for (const auto& heartbeat : config.heartbeats) show_heartbeat(page, heartbeat);
    page.end_map();
  }
  if (!config.metrics_textfile.empty()) {
    page.begin_map("metrics");
    page.put("textfile", config.metrics_textfile.string());
    page.end_map();
  }
  show_status(page, config.status);
  show_slo(page, config.slo);
  page.put("flap_hold", config.flap_hold);
  show_retention(page, config.retention);
  page.end_map();
  return page.text();
}

}  // namespace mailcanary
