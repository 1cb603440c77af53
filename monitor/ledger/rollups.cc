#include "monitor/ledger/rollups.h"

#include <limits>
#include <utility>

namespace mailcanary {
namespace {

using std::chrono::seconds;

std::int64_t in_seconds(Duration time) { return std::chrono::floor<seconds>(time).count(); }
std::int64_t in_seconds(WallTime time) { return in_seconds(time.time_since_epoch()); }

// The settled fates stand in the row from this column on, in the order of their numbers, then the histogram.
constexpr std::size_t first_fate = 1;

Histogram read_times(const Sql& sql, const Query& row, int column) {
  auto histogram = Histogram::from_text(row.text(column));
  if (!histogram)
    throw SqlFailure(
        {ErrorKind::io, "read ledger " + sql.path() + ": a rollup is damaged: " + histogram.error().message});
  return std::move(*histogram);
}

SlotSums read_sums(const Sql& sql, const Query& row, int column) {
  SlotSums sums;
  for (std::size_t fate = first_fate; fate < fate_count; ++fate) sums.by_fate[fate] = row.number(column++);
  sums.round_trip = read_times(sql, row, column);
  return sums;
}

// The next entries of the fate log, summed by slot; nothing in the ledger changes.
struct Tail {
  Slots slots;
  int entries = 0;
  std::int64_t last_entry = 0;
};

Tail read_tail(Sql& sql, int limit) {
  Tail tail;
  auto query = sql.use(
      "SELECT u.entry, u.from_fate, u.to_fate, c.lane, c.sent_at, c.round_trip FROM unrolled u "
      "JOIN canaries c ON c.key = u.canary WHERE u.from_fate BETWEEN 0 AND 9 AND u.to_fate BETWEEN 1 AND 9 ORDER BY "
      "u.entry LIMIT ?");
  query.with(limit);
  while (query.next()) {
    ++tail.entries;
    tail.last_entry = query.number(0);
    const auto from = static_cast<Fate>(query.number(1));
    const auto to = static_cast<Fate>(query.number(2));
    const std::int64_t lane = query.number(3);
    const WallTime sent_at{Duration(query.number(4))};
    std::optional<Duration> took;
    if (const auto round_trip = query.maybe_number(5)) took = Duration(*round_trip);
    for (const Duration length : rollup_lengths)
      tail.slots[{length, slot_start(sent_at, length), lane}].add(from, to, took);
  }
  return tail;
}

void write_slot(Sql& sql, const SlotKey& key, const SlotSums& sums) {
  const std::string round_trip = sums.round_trip.to_text();
  auto query = sql.use(
      "INSERT OR REPLACE INTO rollups (length, start, lane, delivered, late, junked, bounced, rejected, deferred, "
      "unreachable, lost, unknown, round_trip) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  query.with(in_seconds(key.length), in_seconds(key.start), key.lane);
  for (std::size_t fate = first_fate; fate < fate_count; ++fate) query.with(sums.by_fate[fate]);
  query.with(round_trip).run();
}

}  // namespace

void SlotSums::add(Fate from, Fate to, std::optional<Duration> took) {
  if (from != Fate::pending) --by_fate[static_cast<std::size_t>(from)];
  ++by_fate[static_cast<std::size_t>(to)];
  if (arrived(to) && took) round_trip.add(*took);
}

void SlotSums::add(const SlotSums& other) {
  for (std::size_t fate = 0; fate < fate_count; ++fate) by_fate[fate] += other.by_fate[fate];
  round_trip.merge(other.round_trip);
}

WallTime slot_start(WallTime time, Duration length) {
  const Duration since = time.time_since_epoch();
  const Duration into = since % length;
  return time - (into < Duration::zero() ? into + length : into);
}

int roll_up(Sql& sql, int limit) {
  const Tail tail = read_tail(sql, limit);
  for (const auto& [key, change] : tail.slots) {
    SlotSums sums = stored_slot(sql, key).value_or(SlotSums());
    sums.add(change);
    write_slot(sql, key, sums);
  }
  if (tail.entries > 0) sql.use("DELETE FROM unrolled WHERE entry <= ?").with(tail.last_entry).run();
  return tail.entries;
}

Slots unrolled_slots(Sql& sql) { return read_tail(sql, -1).slots; }

std::optional<SlotSums> stored_slot(Sql& sql, const SlotKey& key) {
  auto query = sql.use(
      "SELECT delivered, late, junked, bounced, rejected, deferred, unreachable, lost, unknown, round_trip FROM "
      "rollups "
      "WHERE length = ? AND start = ? AND lane = ?");
  query.with(in_seconds(key.length), in_seconds(key.start), key.lane);
  if (!query.next()) return std::nullopt;
  return read_sums(sql, query, 0);
}

std::vector<Rollup> read_rollups(Sql& sql, Duration length, WallTime from) {
  std::map<std::int64_t, std::string> routes;
  auto lanes = sql.use("SELECT key, route FROM lanes");
  while (lanes.next()) routes[lanes.number(0)] = lanes.text(1);

  std::map<std::pair<WallTime, std::string>, SlotSums> by_route;
  auto query = sql.use(
      "SELECT start, lane, delivered, late, junked, bounced, rejected, deferred, unreachable, lost, unknown, "
      "round_trip "
      "FROM rollups WHERE length = ? AND start >= ?");
  query.with(in_seconds(length), std::chrono::ceil<seconds>(from.time_since_epoch()).count());
  while (query.next())
    by_route[{WallTime(seconds(query.number(0))), routes[query.number(1)]}].add(read_sums(sql, query, 2));
  for (const auto& [key, change] : unrolled_slots(sql))
    if (key.length == length && key.start >= from) by_route[{key.start, routes[key.lane]}].add(change);

  std::vector<Rollup> rollups;
  for (auto& [key, sums] : by_route) {
    Rollup rollup{RouteName(key.second), key.first, length, {}, std::move(sums.round_trip)};
    for (std::size_t fate = first_fate; fate < fate_count; ++fate)
      if (sums.by_fate[fate] != 0) rollup.by_fate[static_cast<Fate>(fate)] = sums.by_fate[fate];
    rollups.push_back(std::move(rollup));
  }
  return rollups;
}

void each_rollup(Sql& sql, Duration length, WallTime from, WallTime until, LedgerStore::Times times,
                 const std::function<void(const LaneSlot&)>& call) {
  const Slots tail = unrolled_slots(sql);
  auto waiting = tail.lower_bound({length, from, std::numeric_limits<std::int64_t>::min()});
  const auto waits = [&] { return waiting != tail.end() && waiting->first.length == length && waiting->first.start < until; };
  LaneSlot slot;
  const auto add_waiting = [&] {
    for (std::size_t fate = 0; fate < fate_count; ++fate) slot.by_fate[fate] += waiting->second.by_fate[fate];
    if (times == LedgerStore::Times::read) slot.round_trip.merge(waiting->second.round_trip);
    ++waiting;
  };
  const auto call_waiting = [&] {
    slot = {waiting->first.start, waiting->first.lane, {}, {}};
    add_waiting();
    call(slot);
  };

  auto query = sql.use(
      "SELECT start, lane, delivered, late, junked, bounced, rejected, deferred, unreachable, lost, unknown, "
      "round_trip FROM rollups WHERE length = ? AND start >= ? AND start < ? ORDER BY start, lane");
  query.with(in_seconds(length), std::chrono::ceil<seconds>(from.time_since_epoch()).count(),
             std::chrono::ceil<seconds>(until.time_since_epoch()).count());
  while (query.next()) {
    const WallTime start{seconds(query.number(0))};
    const std::int64_t lane = query.number(1);
    while (waits() && std::pair(waiting->first.start, waiting->first.lane) < std::pair(start, lane)) call_waiting();
    slot.start = start;
    slot.lane = lane;
    for (std::size_t fate = first_fate; fate < fate_count; ++fate)
      slot.by_fate[fate] = query.number(static_cast<int>(fate) + 1);
    slot.round_trip = times == LedgerStore::Times::read ? read_times(sql, query, 11) : Histogram();
    if (waits() && waiting->first.start == start && waiting->first.lane == lane) add_waiting();
    call(slot);
  }
  while (waits()) call_waiting();
}

}  // namespace mailcanary
