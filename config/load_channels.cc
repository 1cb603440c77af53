// Channels, who is told, and whether the alarm would go through the burning corridor.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "config/channel_kinds.h"
#include "config/defaults.h"
#include "config/endpoint.h"
#include "config/secret_source.h"
#include "config/sections.h"
#include "config/suggest.h"
#include "core/text.h"
#include "core/units.h"

namespace mailcanary {
namespace {

using namespace std::chrono_literals;

std::vector<std::string> kind_names() {
  std::vector<std::string> names;
  for (const auto& kind : channel_kinds()) names.emplace_back(kind.name);
  return names;
}

bool is_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

void check_account(Loading& loading, const MapReader& reader, const NamedPlace& name) {
  if (!loading.accounts.check(loading.report, name)) return;
  const auto& marks = loading.marks.at(AccountName(name.text));
  if (!loading.config.accounts[marks.index].smtp && !marks.gave_smtp)
    loading.report.error(name.place, fmt::format("{}: account {} cannot send; give it smtp: smtps://HOST:465",
                                                 reader.where(), in_quotes(name.text)));
}

std::map<ProviderName, std::string> read_ids(Loading& loading, const MapReader& reader, const char* key) {
  std::map<ProviderName, std::string> ids;
  for (const auto& entry : reader.named_entries(key)) {
    if (!loading.providers.check(loading.report, {entry.key, entry.place})) continue;
    if (entry.value->kind == YamlNode::Kind::scalar && !entry.value->text.empty()) {
      ids.emplace(ProviderName(entry.key), entry.value->text);
    } else {
      reader.report().error(entry.value->place, fmt::format("{}: write what the service calls {}, as in {}: b13yz5g2cw10",
                                                            key, in_quotes(entry.key), entry.key));
    }
  }
  return ids;
}

ChannelSetting read_setting(Loading& loading, const MapReader& reader, const SettingInfo& info) {
  ChannelSetting setting;
  const std::string what = fmt::format("{} of {}", info.name, reader.where());
  SettingType type = info.type;
  // An address may hold a token; then it is given like any secret.
  if (type == SettingType::url && reader.value(info.name)->kind == YamlNode::Kind::map) type = SettingType::secret_url;
  switch (type) {
    case SettingType::secret:
    case SettingType::secret_url: {
      auto secret = read_secret(loading.report, reader.value(info.name), what, loading.folder);
      if (!secret) break;
      const auto checked = type == SettingType::secret_url ? check_web_url(secret->reveal()) : Result<void>();
      if (!checked)
        loading.report.error(reader.place_of(info.name), fmt::format("{}: {}", what, checked.error().message));
      setting.secret = std::move(*secret);
      break;
    }
    case SettingType::url: setting.text = reader.web_url(info.name).value_or(""); break;
    case SettingType::account:
      setting.text = reader.name(info.name).value_or("");
      if (!setting.text.empty()) check_account(loading, reader, {setting.text, reader.place_of(info.name)});
      break;
    case SettingType::number:
      setting.text = reader.text(info.name).value_or("");
      if (!setting.text.empty() && !is_digits(setting.text))
        loading.report.error(reader.place_of(info.name),
                             fmt::format("{}: {} is no number; write digits only", info.name, in_quotes(setting.text)));
      break;
    case SettingType::text: setting.text = reader.text(info.name).value_or(""); break;
    case SettingType::arguments: setting.list = reader.arguments(info.name); break;
    case SettingType::ids: setting.ids = read_ids(loading, reader, info.name); break;
  }
  return setting;
}

void load_settings(Loading& loading, const YamlPtr& node, const ChannelKind& kind, Channel& channel) {
  std::vector<std::string> keys;
  for (const auto& info : kind.settings) keys.emplace_back(info.name);
  const std::string where = fmt::format("{} channel {}", kind.name, in_quotes(channel.name.str()));
  const MapReader reader(loading.report, node, Section::settings, where, keys);
  for (const auto& info : kind.settings) {
    if (reader.has(info.name)) {
      channel.settings.emplace(info.name, read_setting(loading, reader, info));
    } else if (info.need == SettingInfo::Need::required && reader.is_map()) {
      loading.report.error(reader.place(),
                           fmt::format("{} has no {}; add {}: ({})", where, info.name, info.name, info.says));
    }
  }
}

void load_channel(Loading& loading, const YamlEntry& entry) {
  Channel channel;
  channel.name = ChannelName(entry.key);
  const MapReader reader(loading.report, entry.value, Section::channel, fmt::format("channel {}", in_quotes(entry.key)),
                         kind_names());
  channel.timeout = reader.duration("timeout", 100ms, 5min).value_or(channel.timeout);
  std::string kinds;
  for (const auto& kind : channel_kinds()) {
    if (!reader.has(kind.name)) continue;
    kinds += (kinds.empty() ? "" : ", ") + std::string(kind.name);
    if (!channel.kind.empty()) continue;
    channel.kind = kind.name;
    load_settings(loading, reader.value(kind.name), kind, channel);
  }
  const auto settings = entry.value->entries.size() - (reader.has("timeout") ? 1 : 0);
  if (kinds.find(',') != std::string::npos)
    loading.report.error(reader.place(), fmt::format("channel {} is of several kinds ({}); make one channel of each",
                                                     in_quotes(entry.key), kinds));
  if (kinds.empty() && settings == 0 && reader.is_map())
    loading.report.error(
        entry.place, fmt::format("channel {} has no kind; {}", in_quotes(entry.key), suggest("", kind_names(), "")));
  loading.config.channels.push_back(std::move(channel));
}

NotifyRoute load_notify_route(Loading& loading, const MapReader& reader, std::set<std::string>& used) {
  NotifyRoute route;
  for (const auto& name : reader.names("impact")) {
    const auto impact = impact_from(name.text);
    if (impact && *impact != Impact::none) {
      route.impacts.push_back(*impact);
    } else {
      loading.report.error(name.place, fmt::format("no impact is named {}; {}", in_quotes(name.text),
                                                   suggest(name.text, {"minor", "major", "critical"}, "")));
    }
  }
  route.providers = resolve<ProviderName>(loading.report, loading.providers, reader.names("providers"));
  route.to = resolve<ChannelName>(loading.report, loading.channels, reader.names("to"));
  route.remind = reader.duration("remind", 1min, 24h * 30).value_or(Duration{});
  for (const auto& channel : route.to) used.insert(channel.str());
  const auto escalate = reader.section("escalate", Section::escalate);
  if (escalate) {
    Escalation escalation;
    escalation.after = escalate->duration("after", 1min, 24h * 30).value_or(Duration{});
    escalation.to = resolve<ChannelName>(loading.report, loading.channels, escalate->names("to"));
    for (const auto& channel : escalation.to) used.insert(channel.str());
    route.escalate = std::move(escalation);
  }
  return route;
}

// Everything an incident of this provider and impact reaches, escalation included.
std::set<ChannelName> told(const Config& config, const ProviderName& provider, Impact impact) {
  std::set<ChannelName> channels;
  const auto covers = [](const auto& list, const auto& value) {
    return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
  };
  for (const auto& route : config.notify) {
    if (!covers(route.impacts, impact) || !covers(route.providers, provider)) continue;
    channels.insert(route.to.begin(), route.to.end());
    if (route.escalate) channels.insert(route.escalate->to.begin(), route.escalate->to.end());
  }
  return channels;
}

// The provider that carries the channel's notices; empty when it is not mail.
ProviderName carrier(const Config& config, const Channel& channel) {
  const auto* kind = channel_kind(channel.kind);
  const auto setting = channel.settings.find("account");
  if (kind == nullptr || kind->reach != ChannelKind::Reach::mail || setting == channel.settings.end()) return {};
  const auto* account = config.account(AccountName(setting->second.text));
  return account == nullptr ? ProviderName() : account->provider;
}

}  // namespace

void load_channels(Loading& loading, const MapReader& top) {
  for (const auto& entry : top.named_entries("channels")) {
    if (loading.report.full()) break;
    loading.channels.add(entry.key);
    load_channel(loading, entry);
  }
  const auto given = top.value("channels");
  if (given != nullptr && given->kind != YamlNode::Kind::null) return;
  Channel log = default_channel();
  loading.channels.add(log.name.str());
  loading.config.channels.push_back(std::move(log));
}

void load_notify(Loading& loading, const MapReader& top) {
  const auto given = top.value("notify");
  if (given == nullptr || given->kind == YamlNode::Kind::null) {
    NotifyRoute all = default_notify();
    all.to.clear();  // whatever channels there are: the log, or those the file names
    for (const auto& channel : loading.config.channels) all.to.push_back(channel.name);
    if (!all.to.empty()) loading.config.notify.push_back(std::move(all));
    return;
  }
  std::set<std::string> used;
  for (const auto& node : top.list("notify")) {
    if (loading.report.full()) return;
    const MapReader reader(loading.report, node, Section::notify, "an entry of notify");
    loading.config.notify.push_back(load_notify_route(loading, reader, used));
  }
  if (loading.report.has_errors()) return;  // a channel may be unused because of the mistake
  for (const auto& entry : top.named_entries("channels"))
    if (used.count(entry.key) == 0)
      loading.report.warning(
          entry.place,
          fmt::format("no entry of notify uses channel {}; name it in a to: or remove it", in_quotes(entry.key)));
}

void check_corridor(Loading& loading, const MapReader& top) {
  const Config& config = loading.config;
  std::set<ProviderName> watched;
  for (const auto& route : config.routes)
    for (const auto& end : {route.from, route.to})
      watched.insert(config.accounts[loading.marks.at(end).index].provider);
  std::map<ChannelName, ProviderName> carriers;
  std::set<ChannelName> people;
  for (const auto& channel : config.channels) {
    const auto* kind = channel_kind(channel.kind);
    if (kind == nullptr || kind->audience != ChannelKind::Audience::people) continue;
    people.insert(channel.name);
    carriers.emplace(channel.name, carrier(config, channel));
  }
  std::set<ChannelName> refused;
  for (const auto& provider : watched) {
    for (const Impact impact : {Impact::minor, Impact::major, Impact::critical}) {
      std::set<ChannelName> burning;
      bool safe = false;
      for (const auto& channel : told(config, provider, impact)) {
        if (people.count(channel) == 0) continue;
        if (carriers.at(channel) == provider && !provider.empty())
          burning.insert(channel);
        else
          safe = true;
      }
      if (safe || burning.empty() || !refused.insert(*burning.begin()).second) continue;
      const auto* entry = top.value("channels")->find(burning.begin()->str());
      loading.report.error(
          entry == nullptr ? Place{} : entry->place,
          fmt::format("channel {} is the only one that reaches people about {} incidents of provider {}, but its mail "
                      "goes through that provider; add another channel, or send it from an account elsewhere",
                      in_quotes(burning.begin()->str()), name_of(impact), in_quotes(provider.str())));
    }
  }
}

}  // namespace mailcanary
