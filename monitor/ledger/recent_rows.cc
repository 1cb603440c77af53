#include "monitor/ledger/recent_rows.h"

#include <algorithm>
#include <set>
#include <utility>

#include "monitor/ledger/retirement.h"
#include "monitor/ledger/rollups.h"

namespace mailcanary {
namespace {

// Above this the rows themselves are walked through.
constexpr std::size_t most_slots = 20'000;

void add_rows(const Sql& sql, Query& query, RowDetails details, std::vector<Canary>& canaries) {
  while (query.next()) canaries.push_back(read_canary_row(sql, query, details));
}

// Slots of 5 minutes in which some were lost: no index knows the lost ones, but their sums do.
std::set<std::pair<WallTime, std::int64_t>> slots_with_lost(Sql& sql, WallTime from, WallTime until) {
  using std::chrono::seconds;
  const auto in_seconds = [](WallTime time) { return std::chrono::floor<seconds>(time.time_since_epoch()).count(); };
  const Duration length = rollup_lengths.front();
  std::set<std::pair<WallTime, std::int64_t>> slots;
  auto query = sql.use("SELECT start, lane FROM rollups WHERE length = ? AND start >= ? AND start < ? AND lost > 0");
  query.with(std::chrono::floor<seconds>(length).count(), in_seconds(slot_start(from, length)), in_seconds(until));
  while (query.next()) slots.emplace(WallTime(seconds(query.number(0))), query.number(1));
  for (const auto& [key, sums] : unrolled_slots(sql)) {
    const bool inside = key.length == length && key.start >= slot_start(from, length) && key.start < until;
    if (inside && sums.by_fate[static_cast<std::size_t>(Fate::lost)] > 0) slots.emplace(key.start, key.lane);
  }
  return slots;
}

std::vector<Canary> read_lost(Sql& sql, WallTime from, WallTime until, RowDetails details) {
  std::vector<Canary> lost;
  const Duration length = rollup_lengths.front();
  const bool summed = rollups_kept_from(sql, length) <= slot_start(from, length);
  const auto slots = summed ? slots_with_lost(sql, from, until) : decltype(slots_with_lost(sql, from, until))();
  if (!summed || slots.size() > most_slots) {
    auto query = sql.use(select_canaries("WHERE c.sent_at >= ? AND c.sent_at < ? AND c.fate = 8 ORDER BY c.sent_at, c.key"));
    query.with(from, until);
    add_rows(sql, query, details, lost);
    return lost;
  }
  for (const auto& [start, lane] : slots) {
    auto query = sql.use(select_canaries("WHERE c.lane = ? AND c.sent_at >= ? AND c.sent_at < ? AND c.fate = 8"));
    query.with(lane, std::max(start, from), std::min(start + length, until));
    add_rows(sql, query, details, lost);
  }
  std::stable_sort(lost.begin(), lost.end(), [](const Canary& a, const Canary& b) { return a.sent_at < b.sent_at; });
  return lost;
}

}  // namespace

std::vector<Canary> read_recent(Sql& sql, WallTime sent_at, WallTime lost_sent_at, RowDetails details) {
  std::vector<Canary> canaries;
  if (lost_sent_at < sent_at) canaries = read_lost(sql, lost_sent_at, sent_at, details);
  auto query = sql.use(select_canaries("WHERE c.sent_at >= ? ORDER BY c.sent_at, c.key"));
  query.with(sent_at);
  add_rows(sql, query, details, canaries);
  return canaries;
}

std::vector<Canary> read_sent_within(Sql& sql, TimeSpan time, RowDetails details) {
  std::vector<Canary> canaries;
  auto query = sql.use(select_canaries("WHERE c.sent_at >= ? AND c.sent_at < ? ORDER BY c.sent_at, c.key"));
  query.with(time.from, time.until);
  add_rows(sql, query, details, canaries);
  return canaries;
}

}  // namespace mailcanary
