// Rollups against rows, lane by lane so that it needs little memory however long the ledger is.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "core/text.h"
#include "core/units.h"
#include "monitor/ledger/audit.h"
#include "monitor/ledger/retirement.h"
#include "monitor/ledger/rollups.h"

namespace mailcanary {
namespace {

constexpr int named_at_most = 10;

// The slots of one lane as its rows say, of those slots whose rows are all kept.
Slots slots_of_rows(Sql& sql, std::int64_t lane, const std::map<Duration, WallTime>& kept_from) {
  Slots slots;
  auto rows = sql.use(
      "SELECT sent_at, fate, round_trip FROM canaries INDEXED BY canaries_by_lane WHERE lane = ? AND fate BETWEEN 1 "
      "AND 9");
  rows.with(lane);
  while (rows.next()) {
    const WallTime sent_at{Duration(rows.number(0))};
    std::optional<Duration> took;
    if (const auto round_trip = rows.maybe_number(2)) took = Duration(*round_trip);
    for (const auto& [length, from] : kept_from) {
      const WallTime start = slot_start(sent_at, length);
      if (start >= from) slots[{length, start, lane}].add(Fate::pending, static_cast<Fate>(rows.number(1)), took);
    }
  }
  return slots;
}

std::vector<std::int64_t> lane_keys(Sql& sql) {
  std::vector<std::int64_t> keys;
  auto lanes = sql.use("SELECT key FROM lanes ORDER BY key");
  while (lanes.next()) keys.push_back(lanes.number(0));
  return keys;
}

// How many slots of that length there are, stored or still to be added.
std::int64_t count_slots(Sql& sql, const Slots& unrolled, Duration length, WallTime from) {
  auto stored = sql.use("SELECT count(*) FROM rollups WHERE length = ? AND start >= ?");
  stored.with(std::chrono::floor<std::chrono::seconds>(length).count(),
              std::chrono::floor<std::chrono::seconds>(from.time_since_epoch()).count());
  stored.next();
  std::int64_t count = stored.number(0);
  for (const auto& [key, sums] : unrolled)
    if (key.length == length && key.start >= from && !stored_slot(sql, key)) ++count;
  return count;
}

}  // namespace

Books balance_days(Sql& sql, WallTime from, WallTime until) {
  Books books;
  const auto count = [&](std::string_view select) {
    auto query = sql.use(select);
    query.with(from, until);
    query.next();
    return query.number(0);
  };
  // All of them from indexes alone.
  books.sent = count("SELECT count(*) FROM canaries INDEXED BY canaries_by_time WHERE sent_at >= ? AND sent_at < ?") -
               count("SELECT count(*) FROM canaries INDEXED BY canaries_open_or_void WHERE fate = 9 AND sent_at >= ? AND "
                     "sent_at < ?");
  std::int64_t accounted = books.by_fate[Fate::pending] = count(
      "SELECT count(*) FROM canaries INDEXED BY canaries_open_or_void WHERE fate = 0 AND sent_at >= ? AND sent_at < ?");
  each_rollup(sql, rollup_lengths.back(), from, until, LedgerStore::Times::left_out, [&](const LaneSlot& slot) {
    for (std::size_t fate = 1; fate < fate_count; ++fate) books.by_fate[static_cast<Fate>(fate)] += slot.by_fate[fate];
  });
  for (const auto& [fate, canaries] : books.by_fate)
    if (fate != Fate::pending && fate != Fate::unknown) accounted += canaries;
  if (accounted != books.sent)
    books.faults.push_back(fmt::format("{} sent from {} to {}, but the fates add up to {}",
                                       count_noun(books.sent, "canary was", "canaries were"), format_time(from),
                                       format_time(until), accounted));
  return books;
}

void audit_rollups(Sql& sql, std::vector<std::string>& faults) {
  std::map<Duration, WallTime> kept_from;
  for (const Duration length : rollup_lengths)
    kept_from[length] = std::max(canaries_kept_from(sql), rollups_kept_from(sql, length));
  const Slots unrolled = unrolled_slots(sql);
  std::map<Duration, std::int64_t> compared;
  std::int64_t wrong = 0;
  for (const std::int64_t lane : lane_keys(sql)) {
    for (const auto& [key, expected] : slots_of_rows(sql, lane, kept_from)) {
      ++compared[key.length];
      SlotSums sums = stored_slot(sql, key).value_or(SlotSums());
      if (const auto change = unrolled.find(key); change != unrolled.end()) sums.add(change->second);
      if (sums == expected) continue;
      if (++wrong <= named_at_most)
        faults.push_back(fmt::format("rollup of {} from {}, lane {}: differs from the canaries in it",
                                     format_duration(key.length), format_time(key.start), lane));
    }
  }
  if (wrong > named_at_most) faults.push_back(fmt::format("{} more rollups differ", wrong - named_at_most));
  for (const auto& [length, from] : kept_from) {
    const std::int64_t there = count_slots(sql, unrolled, length, from);
    if (there != compared[length])
      faults.push_back(
          fmt::format("{} rollups of {} exist, but canaries for {}", there, format_duration(length), compared[length]));
  }
}

}  // namespace mailcanary
