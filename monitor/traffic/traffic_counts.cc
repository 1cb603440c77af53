#include "monitor/traffic/traffic_counts.h"

namespace mailcanary {
namespace {

WallTime slot_start(WallTime at) { return std::chrono::floor<std::chrono::minutes>(at); }

}  // namespace

void TrafficCounts::bounced(WallTime at, const std::string& domain, const std::string& reason, bool hard, std::int64_t recipients) {
  auto& bounces = slots_[slot_start(at)].bounces;
  const Key key{domain, reason, hard};
  const bool room = bounces.size() < most_in_slot || bounces.contains(key);
  bounces[room ? key : Key{other_domains, reason, hard}] += recipients;
}

void TrafficCounts::sent(WallTime at, const std::string& domain, std::int64_t mails) {
  auto& sent = slots_[slot_start(at)].sent;
  const bool room = sent.size() < most_in_slot || domain.empty() || sent.contains(domain);
  sent[room ? domain : other_domains] += mails;
}

TrafficSum TrafficCounts::sum(WallTime from, WallTime until, const TrafficChoice& choice) const {
  TrafficSum sum;
  for (auto slot = slots_.upper_bound(from - traffic_slot); slot != slots_.end() && slot->first <= until; ++slot) {
    for (const auto& [domain, mails] : slot->second.sent) {
      if (choice.domain.empty() || choice.domain == domain) sum.mails += mails;
    }
    for (const auto& [key, recipients] : slot->second.bounces) {
      const auto& [domain, reason, hard] = key;
      if (!choice.domain.empty() && choice.domain != domain) continue;
      if (!choice.reason.empty() && choice.reason != reason) continue;
      sum.bounced += recipients;
      if (hard) sum.hard += recipients;
      sum.by_reason[reason] += recipients;
    }
  }
  return sum;
}

void TrafficCounts::forget(WallTime before) { slots_.erase(slots_.begin(), slots_.lower_bound(before)); }

}  // namespace mailcanary
