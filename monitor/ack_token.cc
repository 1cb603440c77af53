#include "monitor/ack_token.h"

#include <fmt/format.h>

#include "config/channel_kinds.h"
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

// Nobody else gets it: whoever holds it may take the incident.
std::string text_with_ack_link(const Config& config, const Notice& notice) {
  const Channel* channel = config.channel(notice.channel);
  const auto* kind = channel == nullptr ? nullptr : channel_kind(channel->kind);
  const bool is_called = kind != nullptr && kind->audience == ChannelKind::Audience::people;
  const bool served = !config.status.url.empty() && !config.status.listen_host.empty();
  if (!is_called || !served || notice.kind == NoticeKind::resolved) return notice.text;
  return fmt::format("{}\nTake it: {}{}", notice.text, config.status.url, ack_address(notice.incident, config.signing_key));
}

}  // namespace mailcanary
