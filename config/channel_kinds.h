// One row a kind of channel: which settings it takes. Drives the loader's checks, `config show` and the schema.
// To add a kind: a row in config/channel_kinds.cc, alerts/channels/KIND.cc, a row in alerts/channels/registry.cc,
// its test, its lines in docs/channels.md. Does not: send, or check what a setting holds. Constant tables; any thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace mailcanary {

enum class SettingType {
  text,
  url,  // may be given as a secret
  secret,
  secret_url,
  number,
  duration,
  account,
  arguments,  // a list of texts: a program and what it is called with
  ids,        // provider: what a service calls it
  texts,      // name: value, as the service takes them
};
struct SettingInfo {
  const char* name;
  SettingType type;
  enum class Need { required, optional } need;
  const char* says;
};
struct ChannelKind {
  const char* name;
  enum class Reach { local, http, tcp, mail } reach;  // how a notice travels; mail may depend on what is watched
  enum class Audience { people, monitoring, pages, log } audience;  // can it wake somebody (people, monitoring)?
  std::vector<SettingInfo> settings;
  const char* says;
};
// A channel by which the people on call hear, by themselves or by the monitoring that they have.
inline bool reaches_people(const ChannelKind& kind) {
  return kind.audience == ChannelKind::Audience::people || kind.audience == ChannelKind::Audience::monitoring;
}
const std::vector<ChannelKind>& channel_kinds();
const ChannelKind* channel_kind(std::string_view name);  // null: unknown

}  // namespace mailcanary
