// One line a kind of channel: the function that makes its adapter. registry.cc names them; nobody else calls them.
// Threads: the loop's thread. Inside alerts/ only.
#pragma once
#include <memory>
#include <string>

#include "alerts/channel.h"

namespace mailcanary {

using MadeChannel = Result<std::unique_ptr<ChannelAdapter>>;

MadeChannel make_log_channel(ChannelTools tools, const Channel& channel);
MadeChannel make_slack_channel(ChannelTools tools, const Channel& channel);
MadeChannel make_webhook_channel(ChannelTools tools, const Channel& channel);

// A setting, given as a secret or as plain text; empty when it is not set. It comes as a Secret because most settings
// of channels are, addresses included.
Secret setting(const Channel& channel, const std::string& name);
// "channel hook (webhook): WHAT".
Error bad_setting(const Channel& channel, const std::string& what);

}  // namespace mailcanary
