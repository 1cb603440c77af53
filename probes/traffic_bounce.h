// A bounce of real mail, as it is counted: how many recipients of which domain did not get it, and why. No address and
// no text of the message is kept.
// Does not: know canaries, or whether it was counted before: the mark tells that.
// Pure; any thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "probes/bounce/bounce.h"

namespace mailcanary {

struct TrafficBounce {
  // The first 64 bits of a digest of what makes the message this one: the same however it is stored, named or flagged.
  std::uint64_t mark = 0;
  WallTime arrived_at;
  struct Group {
    std::string domain;  // lower case; "(unknown)" when the bounce names nobody, "(other)" beyond the first 20 domains
    std::string reason;
    bool hard = false;
    std::int64_t recipients = 0;
  };
  std::vector<Group> groups;  // at least one
};

inline constexpr const char* other_domains = "(other)";
inline constexpr const char* unknown_domain = "(unknown)";
// What came longer ago is not counted any more, and marks are kept for longer than that: so nothing is counted twice.
inline constexpr Duration oldest_counted = std::chrono::hours(24 * 30);
inline constexpr Duration marks_kept = std::chrono::hours(24 * 35);

// Nothing when no recipient failed for good or for this message: a notice of delay, an automatic reply, other mail.
// `stored_at`: the mailbox's word of when it came; without it the newest Received field tells.
std::optional<TrafficBounce> read_traffic_bounce(std::string_view header_block, const BounceMail& mail,
                                                 std::optional<WallTime> stored_at, WallTime seen_at);

}  // namespace mailcanary
