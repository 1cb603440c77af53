#include "monitor/ack_token.h"

#include "core/crypto.h"

namespace mailcanary {

std::string ack_token(const Secret& key, const IncidentId& incident) {
  return to_base32_lower(hmac_sha256(key.reveal(), "mailcanary acknowledge incident v1\n" + incident.str()));
}

bool is_ack_token(std::string_view token, const Secret& key, const IncidentId& incident) {
  return equal_in_constant_time(token, ack_token(key, incident));
}

std::string ack_address(const IncidentId& incident, const Secret& key) {
  return "/ack/" + incident.str() + "/" + ack_token(key, incident);
}

}  // namespace mailcanary
