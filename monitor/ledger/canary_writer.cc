#include "monitor/ledger/canary_writer.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/log.h"
#include "monitor/ledger/canary_row.h"
#include "monitor/ledger/id_key.h"

namespace mailcanary {
namespace {

// Times are kept as distances from sent_at: three or four bytes instead of eight.
std::optional<std::int64_t> after(WallTime sent_at, const std::optional<WallTime>& time) {
  if (!time) return std::nullopt;
  return (*time - sent_at).count();
}

std::optional<std::int64_t> count_of(const std::optional<Duration>& time) {
  if (!time) return std::nullopt;
  return time->count();
}

// The columns that insert and update share, in this order.
void bind_observed(Query& query, const Canary& canary, WallTime sent_at, const std::optional<std::string>& details) {
  query.with(after(sent_at, canary.accepted_at), after(sent_at, canary.arrived_at), after(sent_at, canary.seen_at),
             after(sent_at, canary.settled_at), count_of(canary.round_trip), static_cast<int>(canary.arrival_source),
             count_of(canary.resolution), count_of(canary.clock_skew), canary.duplicates, details);
}

void bind_id(Query& query, const IdKey& id) {
  if (id.is_ulid)
    query.with(Blob{id.bytes});
  else
    query.with(id.bytes);
}

}  // namespace

struct CanaryWriter::Stored {
  std::int64_t key = 0, lane = 0;
  WallTime sent_at;
  Fate fate = Fate::pending;
  std::optional<std::int64_t> settled_after, round_trip, arrived_after;
};

std::int64_t CanaryWriter::lane_of(const Canary& canary) {
  const std::int64_t late_after = canary.late_after.count(), lost_after = canary.lost_after.count();
  std::string name = fmt::format("{} {}", late_after, lost_after);
  for (const std::string* part : {&canary.route.str(), &canary.from.str(), &canary.to.str(), &canary.vantage})
    name.append(1, '\0').append(*part);
  const auto [known, is_new] = lanes_.try_emplace(std::move(name), 0);
  if (!is_new) return known->second;
  const auto bind = [&](Query& query) {
    query.with(canary.route.str(), canary.from.str(), canary.to.str(), canary.vantage, late_after, lost_after);
  };
  auto insert = sql_.use(
      "INSERT INTO lanes (route, from_account, to_account, vantage, late_after, lost_after) VALUES (?, ?, ?, ?, ?, ?) "
      "ON CONFLICT DO NOTHING");
  bind(insert);
  insert.run();
  auto find = sql_.use(
      "SELECT key FROM lanes WHERE route = ? AND from_account = ? AND to_account = ? AND vantage = ? "
      "AND late_after = ? AND lost_after = ?");
  bind(find);
  find.next();
  return known->second = find.number(0);
}

Result<void> CanaryWriter::insert(const Canary& canary) {
  const std::int64_t lane = lane_of(canary);
  const IdKey id = key_of(canary.id);
  const auto details = canary_details(canary);
  auto query = sql_.use(
      "INSERT INTO canaries (id, lane, sent_at, fate, accepted_after, arrived_after, seen_after, settled_after, "
      "round_trip, arrival_source, resolution, clock_skew, duplicates, details) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING");
  bind_id(query, id);
  query.with(lane, canary.sent_at, static_cast<int>(canary.fate));
  bind_observed(query, canary, canary.sent_at, details);
  if (query.run() == 0) return check_same(canary, lane);
  Tally& tally = tallies_[lane];
  ++tally.written;
  tally.last_sent_at = std::max(tally.last_sent_at, std::optional(canary.sent_at));
  if (canary.fate != Fate::pending) log_fate(sql_.last_key(), lane, Fate::pending, canary);
  return {};
}

Result<void> CanaryWriter::check_same(const Canary& canary, std::int64_t lane) {
  const IdKey id = key_of(canary.id);
  auto find = sql_.use("SELECT lane, sent_at, fate, accepted_after FROM canaries WHERE id = ?");
  bind_id(find, id);
  find.next();
  // Until it is accepted or settled nothing may have moved its time.
  const bool untouched = find.number(2) == static_cast<int>(Fate::pending) && !find.maybe_number(3);
  const bool same_time = find.number(1) == canary.sent_at.time_since_epoch().count();
  if (find.number(0) == lane && (same_time || !untouched)) return {};
  return Error{ErrorKind::internal,
               fmt::format("write canary {}: another canary with this id is in the ledger", canary.id.str())};
}

void CanaryWriter::change(const Canary& canary) {
  const IdKey id = key_of(canary.id);
  auto find =
      sql_.use("SELECT key, lane, sent_at, fate, settled_after, round_trip, arrived_after FROM canaries WHERE id = ?");
  bind_id(find, id);
  if (!find.next()) {
    log_warning("change of a canary that is not in the ledger left out canary={} fate={}", canary.id.str(),
                name_of(canary.fate));
    return;
  }
  const Stored stored{find.number(0),
                      find.number(1),
                      WallTime(Duration(find.number(2))),
                      static_cast<Fate>(find.number(3)),
                      find.maybe_number(4),
                      find.maybe_number(5),
                      find.maybe_number(6)};
  if (stored.fate != canary.fate && !may_become(stored.fate, canary.fate)) return;
  update(stored, canary);
  if (stored.fate != canary.fate) log_fate(stored.key, stored.lane, stored.fate, canary);
}

void CanaryWriter::update(const Stored& stored, const Canary& canary) {
  Canary next = canary;
  WallTime sent_at = stored.sent_at;
  if (stored.fate == Fate::pending && canary.sent_at != stored.sent_at) {
    // The submission started later than planned. Once settled, rollups count it in the slot of this time.
    sent_at = canary.sent_at;
    sql_.use("UPDATE canaries SET sent_at = ? WHERE key = ?").with(sent_at, stored.key).run();
  }
  if (stored.fate != Fate::pending && stored.fate == canary.fate) {
    // Settled once: what the rollups have counted stays, whoever saw it again.
    const auto time = [&](const std::optional<std::int64_t>& after_sent) -> std::optional<WallTime> {
      if (!after_sent) return std::nullopt;
      return sent_at + Duration(*after_sent);
    };
    next.settled_at = time(stored.settled_after);
    next.arrived_at = time(stored.arrived_after);
    next.round_trip.reset();
    if (stored.round_trip) next.round_trip = Duration(*stored.round_trip);
  }
  const auto details = canary_details(next);
  // Two texts, since SQLite rewrites the index of open canaries whenever `fate` is in the list, changed or not.
  constexpr std::string_view same_fate =
      "UPDATE canaries SET accepted_after = ?, arrived_after = ?, seen_after = ?, settled_after = ?, round_trip = ?, "
      "arrival_source = ?, resolution = ?, clock_skew = ?, duplicates = ?, details = ? WHERE key = ?";
  constexpr std::string_view new_fate =
      "UPDATE canaries SET accepted_after = ?, arrived_after = ?, seen_after = ?, settled_after = ?, round_trip = ?, "
      "arrival_source = ?, resolution = ?, clock_skew = ?, duplicates = ?, details = ?, fate = ? WHERE key = ?";
  auto query = sql_.use(stored.fate == canary.fate ? same_fate : new_fate);
  bind_observed(query, next, sent_at, details);
  if (stored.fate != canary.fate) query.with(static_cast<int>(canary.fate));
  query.with(stored.key).run();
}

void CanaryWriter::log_fate(std::int64_t key, std::int64_t lane, Fate from, const Canary& canary) {
  const int from_number = static_cast<int>(from), to_number = static_cast<int>(canary.fate);
  // The key of this table makes a second settlement impossible, whatever the code above does.
  sql_.use("INSERT INTO fate_log (canary, from_fate, to_fate, at) VALUES (?, ?, ?, ?)")
      .with(key, from_number, to_number, canary.settled_at)
      .run();
  sql_.use("INSERT INTO unrolled (canary, from_fate, to_fate) VALUES (?, ?, ?)")
      .with(key, from_number, to_number)
      .run();
  if (canary.fate == Fate::unknown) ++tallies_[lane].voided;
}

void CanaryWriter::write_tallies() {
  for (const auto& [lane, tally] : tallies_) {
    sql_.use(
            "UPDATE lanes SET written = written + ?1, voided = voided + ?2, "
            "last_sent_at = max(coalesce(last_sent_at, ?3), coalesce(?3, last_sent_at)) WHERE key = ?4")
        .with(tally.written, tally.voided, tally.last_sent_at, lane)
        .run();
  }
  tallies_.clear();
}

void CanaryWriter::forget() {
  tallies_.clear();
  lanes_.clear();  // some of them may have been rolled back
}

}  // namespace mailcanary
