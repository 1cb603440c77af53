#include "alerts/channels/kinds.h"

#include <fmt/format.h>

namespace mailcanary {
namespace {

struct Row {
  const char* kind;
  MadeChannel (*make)(ChannelTools tools, const Channel& channel);
};
constexpr Row table[] = {
    {"alertmanager", make_alertmanager_channel},
    {"better_stack", make_better_stack_channel},
    {"cachet", make_cachet_channel},
    {"command", make_command_channel},
    {"discord", make_discord_channel},
    {"gatus", make_gatus_channel},
    {"gotify", make_gotify_channel},
    {"grafana_irm", make_grafana_irm_channel},
    {"icinga", make_icinga_channel},
    {"incident_io", make_incident_io_channel},
    {"instatus", make_instatus_channel},
    {"log", make_log_channel},
    {"mail", make_mail_channel},
    {"matrix", make_matrix_channel},
    {"mattermost", make_mattermost_channel},
    {"nrdp", make_nrdp_channel},
    {"ntfy", make_ntfy_channel},
    {"opsgenie", make_opsgenie_channel},
    {"pagerduty", make_pagerduty_channel},
    {"pushover", make_pushover_channel},
    {"slack", make_slack_channel},
    {"splunk_oncall", make_splunk_oncall_channel},
    {"statuspage", make_statuspage_channel},
    {"teams", make_teams_channel},
    {"telegram", make_telegram_channel},
    {"twilio", make_twilio_channel},
    {"uptime_kuma", make_uptime_kuma_channel},
    {"webhook", make_webhook_channel},
    {"zabbix", make_zabbix_channel},
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
