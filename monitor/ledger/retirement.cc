#include "monitor/ledger/retirement.h"

#include <array>
#include <map>
#include <utility>
#include <vector>

#include "core/units.h"
#include "monitor/ledger/rollups.h"
#include "monitor/ledger/traffic_rows.h"

namespace mailcanary {
namespace {

// Small enough that a writer never waits long, large enough that the work gets done.
constexpr int step_rows = 2000;

const std::string canaries_name = "canaries";
std::string rollups_name(Duration length) { return "rollups " + format_duration(length); }

WallTime kept_from(Sql& sql, const std::string& what) {
  auto query = sql.use("SELECT time FROM kept_from WHERE what = ?");
  query.with(what);
  return query.next() ? WallTime(Duration(query.number(0))) : WallTime::min();
}

// Never goes back: what is dropped stays dropped, whatever the retention becomes later.
void set_kept_from(Sql& sql, const std::string& what, WallTime time) {
  sql.use(
         "INSERT INTO kept_from (what, time) VALUES (?, ?) ON CONFLICT (what) DO UPDATE SET time = max(time, "
         "excluded.time)")
      .with(what, time)
      .run();
}

int drop_canaries(Sql& sql, WallTime before) {
  std::vector<std::int64_t> keys;
  std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t> sums;
  {
    auto old = sql.use(
        "SELECT key, lane, fate FROM canaries INDEXED BY canaries_by_time WHERE sent_at < ? AND fate <> 0 "
        "ORDER BY sent_at LIMIT ?");
    old.with(before, step_rows);
    while (old.next()) {
      keys.push_back(old.number(0));
      ++sums[{old.number(1), old.number(2)}];
    }
  }
  if (keys.empty()) return 0;
  set_kept_from(sql, canaries_name, before);
  for (const auto& [lane_and_fate, count] : sums)
    sql.use(
           "INSERT INTO retired (lane, fate, canaries) VALUES (?, ?, ?) ON CONFLICT (lane, fate) DO UPDATE SET "
           "canaries = canaries + excluded.canaries")
        .with(lane_and_fate.first, lane_and_fate.second, count)
        .run();
  for (const std::int64_t key : keys) {
    sql.use("DELETE FROM fate_log WHERE canary = ?").with(key).run();
    sql.use("DELETE FROM canaries WHERE key = ?").with(key).run();
  }
  return static_cast<int>(keys.size());
}

int drop_rollups(Sql& sql, Duration length, WallTime before) {
  const std::int64_t seconds = std::chrono::floor<std::chrono::seconds>(length).count();
  const std::int64_t limit = std::chrono::floor<std::chrono::seconds>(before.time_since_epoch()).count();
  const int dropped = sql.use(
                             "DELETE FROM rollups WHERE (length, start, lane) IN "
                             "(SELECT length, start, lane FROM rollups WHERE length = ? AND start < ? LIMIT ?)")
                          .with(seconds, limit, step_rows)
                          .run();
  if (dropped > 0) set_kept_from(sql, rollups_name(length), before);
  return dropped;
}

}  // namespace

LedgerStore::Work retire_step(Sql& sql, const Retention& retention, WallTime now) {
  Transaction step(sql, Transaction::Kind::write);
  // In this order: a row must be in the rollups before it may go. Whole slots only, so that rollups and rows can be
  // compared wherever both are kept.
  bool more = roll_up(sql, step_rows) == step_rows;
  if (!more) more = drop_canaries(sql, slot_start(now - retention.canaries, rollup_lengths[1])) == step_rows;
  const std::array kept = {retention.rollups_5m, retention.rollups_1h, retention.rollups_1d};
  for (std::size_t i = 0; i < kept.size() && !more; ++i)
    more = drop_rollups(sql, rollup_lengths[i], slot_start(now - kept[i], rollup_lengths[i])) == step_rows;
  if (!more) more = retire_traffic(sql, retention.rollups_1h, now) == LedgerStore::Work::more;
  step.commit();
  return more ? LedgerStore::Work::more : LedgerStore::Work::done;
}

WallTime canaries_kept_from(Sql& sql) { return kept_from(sql, canaries_name); }
WallTime rollups_kept_from(Sql& sql, Duration length) { return kept_from(sql, rollups_name(length)); }

}  // namespace mailcanary
