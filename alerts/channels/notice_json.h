// A notice as a JSON document for programs of the operator's own: webhooks, commands. Its names are stable.
// Pure; any thread. Inside alerts/ only.
#pragma once
#include <string>

#include "alerts/channels/http_channel.h"
#include "alerts/notice.h"

namespace mailcanary {

// {"type": "mailcanary.incident.opened", "timestamp": …, "data": {…}}, without a line feed.
std::string notice_json(const Notice& notice, Form form);

}  // namespace mailcanary
