// The signature in a link that acknowledges an incident: whoever holds the link may take that incident, nothing else.
// HMAC-SHA256 by the signing key over a purpose and the incident's id, so that no canary's signature will do.
// Pure; any thread.
#pragma once
#include <string>
#include <string_view>

#include "alerts/notice.h"
#include "config/config.h"
#include "core/ids.h"
#include "core/secret.h"

namespace mailcanary {

std::string ack_token(const Secret& key, const IncidentId& incident);  // letters and digits, fit for a URL
bool is_ack_token(std::string_view token, const Secret& key, const IncidentId& incident);  // in constant time
// Where `run` lets the incident be taken by it: "/ack/01J…/TOKEN".
std::string ack_address(const IncidentId& incident, const Secret& key);
// The notice's text with that link, where the notice calls somebody, the incident is open and `run` serves the link.
std::string text_with_ack_link(const Config& config, const Notice& notice);

}  // namespace mailcanary
