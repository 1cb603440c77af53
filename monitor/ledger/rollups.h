// Rollups: per lane and slot of 5 minutes, 1 hour and 1 day, how many canaries met which fate, and how long the
// arrived ones took. They are the sum of the fate log: every entry is added once, in batches, when retire() comes to
// it (table `unrolled` holds those still to add). So a lost canary that turns up is one added entry (lost -1,
// late +1), and nothing is ever counted anew from rows that may be gone.
// Does not: begin or commit. Everything throws SqlFailure.
// Threads: one at a time.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "monitor/ledger.h"
#include "monitor/ledger/sql.h"

namespace mailcanary {

inline constexpr std::size_t fate_count = 10;
inline constexpr std::array<Duration, 3> rollup_lengths = {std::chrono::minutes(5), std::chrono::hours(1),
                                                           std::chrono::hours(24)};

struct SlotSums {
  std::array<std::int64_t, fate_count> by_fate{};  // changes may be negative
  Histogram round_trip;
  void add(Fate from, Fate to, std::optional<Duration> took);
  void add(const SlotSums& other);
  bool operator==(const SlotSums&) const = default;
};

WallTime slot_start(WallTime time, Duration length);

struct SlotKey {
  Duration length{};
  WallTime start;
  std::int64_t lane = 0;
  auto operator<=>(const SlotKey&) const = default;
};
using Slots = std::map<SlotKey, SlotSums>;

// Adds the next entries of the fate log to the rollups, at most `limit`; how many it were.
int roll_up(Sql& sql, int limit);
// What roll_up() has still to add.
Slots unrolled_slots(Sql& sql);
std::optional<SlotSums> stored_slot(Sql& sql, const SlotKey& key);
// Stored rollups with what is still to be added, routes instead of lanes; by start, then route.
std::vector<Rollup> read_rollups(Sql& sql, Duration length, WallTime from);
// The same from..until one by one, by start, then lane.
void each_rollup(Sql& sql, Duration length, WallTime from, WallTime until, LedgerStore::Times times,
                 const std::function<void(const LaneSlot&)>& call);

}  // namespace mailcanary
