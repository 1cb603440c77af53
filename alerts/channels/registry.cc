#include "alerts/channels/kinds.h"

#include <fmt/format.h>

namespace mailcanary {
namespace {

struct Row {
  const char* kind;
  MadeChannel (*make)(ChannelTools tools, const Channel& channel);
};
constexpr Row table[] = {
    {"log", make_log_channel},
    {"slack", make_slack_channel},
    {"webhook", make_webhook_channel},
};

}  // namespace

Result<std::unique_ptr<ChannelAdapter>> make_channel(ChannelTools tools, const Channel& channel) {
  for (const auto& row : table)
    if (channel.kind == row.kind) return row.make(tools, channel);
  std::string known;
  for (const auto& row : table) known += (known.empty() ? "" : ", ") + std::string(row.kind);
  return bad_setting(channel, "nothing here delivers to this kind; use one of " + known);
}

Secret setting(const Channel& channel, const std::string& name) {
  const auto found = channel.settings.find(name);
  if (found == channel.settings.end()) return {};
  return found->second.secret.empty() ? Secret(found->second.text) : found->second.secret;
}

Error bad_setting(const Channel& channel, const std::string& what) {
  return {ErrorKind::invalid_input, fmt::format("channel {} ({}): {}", channel.name.str(), channel.kind, what)};
}

}  // namespace mailcanary
