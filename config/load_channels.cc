// Channels and who is told. Whether the alarm would go through the burning corridor: load_corridor.cc.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "config/channel_kinds.h"
#include "config/defaults.h"
#include "config/endpoint.h"
#include "config/fields.h"
#include "config/secret_source.h"
#include "config/sections.h"
#include "config/suggest.h"
#include "config/template.h"
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

std::map<std::string, std::string> read_texts(const MapReader& reader, const char* key) {
  std::map<std::string, std::string> texts;
  for (const auto& entry : reader.named_entries(key)) {
    if (entry.value->kind == YamlNode::Kind::scalar && !entry.value->text.empty()) {
      texts.emplace(entry.key, entry.value->text);
    } else {
      reader.report().error(entry.value->place, fmt::format("{}: {} needs one word or text, as in {}: mail", key,
                                                            in_quotes(entry.key), entry.key));
    }
  }
  return texts;
}

// Templates are checked here, so that nobody finds out in an outage that one of them cannot be filled in.
void load_words(Loading& loading, const MapReader& channel, std::map<std::string, std::string>& words) {
  const auto reader = channel.section("words", Section::words);
  if (!reader) return;
  for (const auto& field : fields_of(Section::words)) {
    if (!reader->has(field.key)) continue;
    const YamlPtr node = reader->value(field.key);
    if (node->kind != YamlNode::Kind::scalar || node->text.empty()) {
      loading.report.error(node->place, fmt::format("{}: write a text with fields, as in \"{{title}} since {{since}}\"", field.key));
      continue;
    }
    if (const auto checked = check_template(node->text, template_fields(field.key)); !checked)
      loading.report.error(node->place, fmt::format("{}: {}", field.key, checked.error().message));
    words.emplace(field.key, node->text);
  }
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
    case SettingType::duration:
      if (const auto time = reader.duration(info.name, 1s, 24h)) setting.text = format_duration(*time);
      break;
    case SettingType::text: setting.text = reader.text(info.name).value_or(""); break;
    case SettingType::arguments: setting.list = reader.arguments(info.name); break;
    case SettingType::ids: setting.ids = read_ids(loading, reader, info.name); break;
    case SettingType::texts: setting.texts = read_texts(reader, info.name); break;
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
  channel.pace = reader.duration("pace", 1s, 24h).value_or(Duration{});
  load_words(loading, reader, channel.words);
  std::string kinds;
  for (const auto& kind : channel_kinds()) {
    if (!reader.has(kind.name)) continue;
    kinds += (kinds.empty() ? "" : ", ") + std::string(kind.name);
    if (!channel.kind.empty()) continue;
    channel.kind = kind.name;
    load_settings(loading, reader.value(kind.name), kind, channel);
  }
  const std::vector<Field>& common = fields_of(Section::channel);
  const auto settings = entry.value->entries.size() -
                        static_cast<std::size_t>(std::count_if(common.begin(), common.end(),
                                                               [&](const Field& field) { return reader.has(field.key); }));
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
  route.updates = reader.durations("updates", 1min, 24h * 30).value_or(default_updates());
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
    all.updates = default_updates();
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

}  // namespace mailcanary
