// A notice as a Slack message, in blocks and as plain text: https://api.slack.com/reference/block-kit.
// Pure; any thread. Inside alerts/ only.
#pragma once
#include <nlohmann/json_fwd.hpp>

#include "alerts/channels/http_channel.h"
#include "alerts/notice.h"

namespace mailcanary {

// {"text": …, "blocks": …}; the short form has the text alone.
nlohmann::ordered_json slack_message(const Notice& notice, Form form);

}  // namespace mailcanary
