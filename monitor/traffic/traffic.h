// Real traffic, as the ledger keeps it: how many mails were sent, how many bounced, when, to which domain and why. Plain
// values; any thread.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/ids.h"
#include "probes/traffic_bounce.h"

namespace mailcanary {

// Counts are kept by the minute, those older than this by the hour.
inline constexpr Duration traffic_slot = std::chrono::minutes(1);
inline constexpr Duration minutes_kept = std::chrono::hours(48);
// Domains and reasons of one account in one slot; what goes beyond is counted under "(other)".
inline constexpr std::size_t most_in_slot = 200;

struct CountedBounce {
  AccountName account;
  TrafficBounce bounce;
  WallTime counted_at;
};

// What a source of sent mails has told. `before` and `after` say up to where it was read: it is recorded only when the
// ledger stands at `before`, so that nothing is counted twice whatever is written again.
struct SentReading {
  AccountName account;
  std::string before, after;
  struct Group {
    WallTime at;
    std::string domain;  // empty: not told
    std::int64_t mails = 0;
  };
  std::vector<Group> groups;
};

struct BounceSlot {
  AccountName account;
  WallTime start;
  std::string domain, reason;
  bool hard = false;
  std::int64_t recipients = 0;
};
struct SentSlot {
  AccountName account;
  WallTime start;
  std::string domain;
  std::int64_t mails = 0;
};
struct TrafficRecord {
  std::vector<BounceSlot> bounces;  // oldest first
  std::vector<SentSlot> sent;
};

// Everything ever counted of one account.
struct TrafficBooks {
  AccountName account;
  std::int64_t messages = 0;    // bounces
  std::int64_t recipients = 0;  // that did not get their mail, in these
  std::int64_t mails = 0;       // sent
};

}  // namespace mailcanary
