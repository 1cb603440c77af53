// Names and numbers that cannot be mixed up. ULIDs (https://github.com/ulid/spec): 48 bits of milliseconds and
// 80 random bits in Crockford base 32, so ids sort by the time they were made, and any node can make one.
// Threads: make_ulid may be called from any thread.
#pragma once
#include <compare>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/clock.h"

namespace mailcanary {

template <class Tag>
class StrongId {
 public:
  StrongId() = default;
  explicit StrongId(std::string value) : value_(std::move(value)) {}
  const std::string& str() const { return value_; }
  bool empty() const { return value_.empty(); }
  auto operator<=>(const StrongId&) const = default;

 private:
  std::string value_;
};

using CanaryId = StrongId<struct CanaryIdTag>;      // a ULID
using IncidentId = StrongId<struct IncidentIdTag>;  // a ULID
using NoticeId = StrongId<struct NoticeIdTag>;      // a ULID
using RouteName = StrongId<struct RouteNameTag>;
using AccountName = StrongId<struct AccountNameTag>;
using ProviderName = StrongId<struct ProviderNameTag>;
using ChannelName = StrongId<struct ChannelNameTag>;

// 26 characters. Two of one millisecond differ by chance only (80 random bits).
std::string make_ulid(WallTime now);
// The same from ten bytes (more are ignored), for those who must make the same ids again.
std::string ulid_of(WallTime now, std::string_view ten_bytes);
// How a state machine comes by its ids: make_ulid, or a source that repeats itself.
using IdMaker = std::function<std::string(WallTime)>;
// The time inside; nothing when the text is no ULID. Upper or lower case.
std::optional<WallTime> ulid_time(std::string_view ulid);

}  // namespace mailcanary

template <class Tag>
struct std::hash<mailcanary::StrongId<Tag>> {
  std::size_t operator()(const mailcanary::StrongId<Tag>& id) const { return std::hash<std::string>{}(id.str()); }
};
