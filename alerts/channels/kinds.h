// One line a kind of channel: the function that makes its adapter. registry.cc names them; nobody else calls them.
// Threads: the loop's thread. Inside alerts/ only.
#pragma once
#include <memory>
#include <string>

#include "alerts/channel.h"

namespace mailcanary {

using MadeChannel = Result<std::unique_ptr<ChannelAdapter>>;

MadeChannel make_alertmanager_channel(ChannelTools tools, const Channel& channel);
MadeChannel make_better_stack_channel(ChannelTools tools, const Channel& channel);
MadeChannel make_cachet_channel(ChannelTools tools, const Channel& channel);
MadeChannel make_command_channel(ChannelTools tools, const Channel& channel);
MadeChannel make_discord_channel(ChannelTools tools, const Channel& channel);
MadeChannel make_gatus_channel(ChannelTools tools, const Channel& channel);
MadeChannel make_gotify_channel(ChannelTools tools, const Channel& channel);
MadeChannel make_grafana_irm_channel(ChannelTools tools, const Channel& channel);
MadeChannel make_icinga_channel(ChannelTools tools, const Channel& channel);
MadeChannel make_incident_io_channel(ChannelTools tools, const Channel& channel);
MadeChannel make_instatus_channel(ChannelTools tools, const Channel& channel);
MadeChannel make_log_channel(ChannelTools tools, const Channel& channel);
MadeChannel make_mail_channel(ChannelTools tools, const Channel& channel);
MadeChannel make_matrix_channel(ChannelTools tools, const Channel& channel);
MadeChannel make_mattermost_channel(ChannelTools tools, const Channel& channel);
MadeChannel make_nrdp_channel(ChannelTools tools, const Channel& channel);
MadeChannel make_ntfy_channel(ChannelTools tools, const Channel& channel);
MadeChannel make_opsgenie_channel(ChannelTools tools, const Channel& channel);
MadeChannel make_pagerduty_channel(ChannelTools tools, const Channel& channel);
MadeChannel make_pushover_channel(ChannelTools tools, const Channel& channel);
MadeChannel make_slack_channel(ChannelTools tools, const Channel& channel);
MadeChannel make_splunk_oncall_channel(ChannelTools tools, const Channel& channel);
MadeChannel make_statuspage_channel(ChannelTools tools, const Channel& channel);
MadeChannel make_teams_channel(ChannelTools tools, const Channel& channel);
MadeChannel make_telegram_channel(ChannelTools tools, const Channel& channel);
MadeChannel make_twilio_channel(ChannelTools tools, const Channel& channel);
MadeChannel make_uptime_kuma_channel(ChannelTools tools, const Channel& channel);
MadeChannel make_webhook_channel(ChannelTools tools, const Channel& channel);
MadeChannel make_zabbix_channel(ChannelTools tools, const Channel& channel);

// A setting, given as a secret or as plain text; empty when it is not set. It comes as a Secret because most settings
// of channels are, addresses included.
Secret setting(const Channel& channel, const std::string& name);
// "channel hook (webhook): WHAT".
Error bad_setting(const Channel& channel, const std::string& what);

}  // namespace mailcanary
