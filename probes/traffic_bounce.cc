#include "probes/traffic_bounce.h"

#include <algorithm>

#include "config/mail_domain.h"
#include "core/crypto.h"
#include "core/text.h"
#include "probes/canary_message.h"
#include "probes/header_fields.h"
#include "probes/headers.h"

namespace mailcanary {
namespace {

constexpr std::size_t most_domains = 20;

std::string counted_domain(std::string_view recipient) {
  std::string domain = domain_of(recipient);
  while (domain.ends_with('.')) domain.pop_back();
  const bool sound = !domain.empty() && domain.size() <= 253 && domain.find_first_of(" \t\"'<>()[],;:\\@/") == std::string::npos;
  return sound ? domain : unknown_domain;
}

// What stays the same when a message is moved, renamed or flagged, and differs between any two that a server took. Without
// a Received field (a copy that was put there) the recipients are all there is beside date and id.
std::uint64_t mark_of(std::string_view header_block, const std::vector<BounceRow>& rows) {
  std::string text;
  for (const auto name : {"Received", "Message-ID", "Date", "From", "To", "Subject"}) {
    text += header_field(header_block, name).value_or(std::string());
    text += '\n';
  }
  for (const auto& row : rows) text += row.recipient + ' ' + row.status + '\n';
  const std::string digest = sha256(text);
  std::uint64_t mark = 0;
  for (std::size_t i = 0; i < 8; ++i) mark = mark << 8 | static_cast<unsigned char>(digest[i]);
  return mark;
}

WallTime arrival(std::string_view header_block, std::optional<WallTime> stored_at, WallTime seen_at) {
  if (!stored_at) {
    const auto hops = read_hops(header_block, {std::nullopt, seen_at, {}});
    if (!hops.empty()) stored_at = hops.back().at;
  }
  return std::min(stored_at.value_or(seen_at), seen_at);
}

}  // namespace

std::optional<TrafficBounce> read_traffic_bounce(std::string_view header_block, const BounceMail& mail,
                                                 std::optional<WallTime> stored_at, WallTime seen_at) {
  TrafficBounce bounce;
  std::vector<std::string> domains;
  for (const BounceRow& row : mail.rows) {
    if (row.kind != BounceKind::failed) continue;
    std::string domain = counted_domain(row.recipient);
    if (std::find(domains.begin(), domains.end(), domain) == domains.end()) {
      if (domains.size() < most_domains) {
        domains.push_back(domain);
      } else {
        domain = other_domains;
      }
    }
    const auto same = std::find_if(bounce.groups.begin(), bounce.groups.end(), [&](const TrafficBounce::Group& group) {
      return group.domain == domain && group.reason == row.reason && group.hard == row.hard;
    });
    if (same != bounce.groups.end()) {
      ++same->recipients;
    } else {
      bounce.groups.push_back({std::move(domain), row.reason, row.hard, 1});
    }
  }
  if (bounce.groups.empty()) return std::nullopt;
  bounce.mark = mark_of(header_block, mail.rows);
  bounce.arrived_at = arrival(header_block, stored_at, seen_at);
  return bounce;
}

}  // namespace mailcanary
