#include "monitor/ledger/audit.h"

#include <fmt/format.h>

#include "core/text.h"
#include "core/units.h"
#include "monitor/ledger/id_key.h"
#include "monitor/ledger/rollups.h"
#include "monitor/ledger/traffic_rows.h"

namespace mailcanary {
namespace {

using Faults = std::vector<std::string>;

constexpr int named_at_most = 10;  // of one kind of fault; the count tells the rest
constexpr Duration patience_with_pending = std::chrono::hours(24);

// Runs a SELECT whose first column is a canary's id: one fault for all, naming the first few.
void report_canaries(Sql& sql, Faults& faults, std::string_view select, std::string_view wrong) {
  auto query = sql.use(select);
  std::int64_t count = 0;
  std::string names;
  while (query.next()) {
    if (++count <= named_at_most) names += " " + canary_id({query.text(0), query.is_blob(0)}).str();
  }
  if (count > 0)
    faults.push_back(fmt::format("{} {}:{}{}", count_noun(count, "canary", "canaries"), wrong, names,
                                 count > named_at_most ? " …" : ""));
}

// Counted at writing against what became of them, lane by lane.
void balance_lanes(Sql& sql, Books& books) {
  auto query = sql.use(
      "SELECT l.key, l.route, l.vantage, l.written, l.voided, f.fate, f.canaries FROM lanes l LEFT JOIN "
      "(SELECT lane, fate, sum(canaries) AS canaries FROM "
      " (SELECT lane, fate, count(*) AS canaries FROM canaries GROUP BY lane, fate "
      "  UNION ALL SELECT lane, fate, canaries FROM retired) GROUP BY lane, fate) f ON f.lane = l.key ORDER BY l.key");
  struct Lane {
    std::int64_t key = 0;
    std::string name;
    std::int64_t written = 0, voided = 0, found = 0, found_void = 0;
  };
  const auto close = [&](const Lane& lane) {
    if (lane.written != lane.found)
      books.faults.push_back(fmt::format("{}: {} written, but {} accounted for", lane.name,
                                         count_noun(lane.written, "canary was", "canaries were"), lane.found));
    if (lane.voided != lane.found_void)
      books.faults.push_back(fmt::format("{}: {} voided, but {} unknown", lane.name,
                                         count_noun(lane.voided, "canary was", "canaries were"), lane.found_void));
    books.sent += lane.written - lane.voided;
  };
  std::optional<Lane> lane;
  while (query.next()) {
    if (!lane || lane->key != query.number(0)) {
      if (lane) close(*lane);
      lane = Lane{query.number(0), fmt::format("route {} from {}", query.text(1), query.text(2)), query.number(3),
                  query.number(4)};
    }
    if (!query.maybe_number(5)) continue;
    const std::int64_t fate = query.number(5), count = query.number(6);
    lane->found += count;
    if (fate == static_cast<int>(Fate::unknown)) lane->found_void += count;
    books.by_fate[static_cast<Fate>(fate)] += count;
  }
  if (lane) close(*lane);
}

void check_homeless(Sql& sql, Faults& faults) {
  report_canaries(sql, faults, "SELECT id FROM canaries WHERE lane NOT IN (SELECT key FROM lanes)",
                  "of no known route");
  report_canaries(sql, faults, "SELECT id FROM canaries WHERE fate NOT BETWEEN 0 AND 9",
                  "of a fate that does not exist");
}

// Settled once, at a known time, by a change that is allowed.
void check_settlement(Sql& sql, Faults& faults) {
  report_canaries(sql, faults, "SELECT id FROM canaries WHERE fate <> 0 AND settled_after IS NULL",
                  "settled at no known time");
  report_canaries(sql, faults, "SELECT id FROM canaries WHERE fate = 0 AND settled_after IS NOT NULL",
                  "pending, but with a time of settlement");
  report_canaries(sql, faults,
                  "SELECT id FROM canaries c WHERE fate <> 0 AND NOT EXISTS "
                  "(SELECT 1 FROM fate_log f WHERE f.canary = c.key AND f.from_fate = 0)",
                  "settled without an entry in the fate log");
  // The end of the chain pending → … is where no further entry starts from.
  report_canaries(
      sql, faults,
      "SELECT c.id FROM fate_log f JOIN canaries c ON c.key = f.canary WHERE f.to_fate <> c.fate AND NOT EXISTS "
      "(SELECT 1 FROM fate_log g WHERE g.canary = f.canary AND g.from_fate = f.to_fate)",
      "of another fate than the fate log says");
  report_canaries(
      sql, faults,
      "SELECT c.id FROM fate_log f JOIN canaries c ON c.key = f.canary WHERE f.from_fate <> 0 AND NOT EXISTS "
      "(SELECT 1 FROM fate_log g WHERE g.canary = f.canary AND g.to_fate = f.from_fate)",
      "settled twice, says the fate log");
  auto changes = sql.use("SELECT from_fate, to_fate, count(*) FROM fate_log GROUP BY from_fate, to_fate");
  while (changes.next()) {
    const auto from = static_cast<Fate>(changes.number(0)), to = static_cast<Fate>(changes.number(1));
    if (!may_become(from, to))
      faults.push_back(fmt::format("{} from {} to {}, which may not be",
                                   count_noun(changes.number(2), "canary went", "canaries went"), name_of(from),
                                   name_of(to)));
  }
  auto orphans = sql.use("SELECT count(*) FROM fate_log WHERE canary NOT IN (SELECT key FROM canaries)");
  orphans.next();
  if (orphans.number(0) > 0)
    faults.push_back(
        fmt::format("{} of canaries that are not there",
                    count_noun(orphans.number(0), "entry in the fate log is", "entries in the fate log are")));
}

void check_notices(Sql& sql, Books& books) {
  auto gaps = sql.use(
      "SELECT incident, channel, count(*), min(sequence), max(sequence), count(DISTINCT sequence) FROM notices "
      "GROUP BY incident, channel HAVING min(sequence) <> 1 OR max(sequence) <> count(*) OR count(DISTINCT sequence) "
      "<> count(*)");
  while (gaps.next())
    books.faults.push_back(fmt::format("incident {}: its {} to {} are numbered {} to {}, with gaps or twice",
                                       gaps.text(0), count_noun(gaps.number(2), "notice", "notices"), gaps.text(1),
                                       gaps.number(3), gaps.number(4)));
  auto strays = sql.use("SELECT id, incident FROM notices WHERE incident NOT IN (SELECT id FROM incidents)");
  while (strays.next())
    books.faults.push_back(fmt::format("notice {}: its incident {} is not there", strays.text(0), strays.text(1)));
  auto untold = sql.use(
      "SELECT DISTINCT i.id, n.channel FROM incidents i JOIN notices n ON n.incident = i.id WHERE i.status = 3 "
      "AND n.state <> 2 AND NOT EXISTS (SELECT 1 FROM notices r WHERE r.incident = i.id AND r.channel = n.channel "
      "AND r.kind = 2)");
  while (untold.next())
    books.faults.push_back(
        fmt::format("incident {}: resolved, but no notice says so to {}", untold.text(0), untold.text(1)));
  auto silent = sql.use("SELECT id FROM incidents WHERE id NOT IN (SELECT incident FROM notices)");
  while (silent.next())
    books.remarks.push_back(
        fmt::format("incident {}: no notice was written; no notify rule asked for one", silent.text(0)));
}

void check_file(Sql& sql, Faults& faults) {
  auto check = sql.use("PRAGMA quick_check(10)");
  while (check.next())
    if (const std::string said = check.text(0); said != "ok")
      faults.push_back("the database file is damaged: " + one_line(said));
}

// No fault: a canary stays pending as long as its mailbox cannot be read.
void remark_old_pending(Sql& sql, WallTime now, Books& books) {
  auto query = sql.use(
      "SELECT l.to_account, count(*), min(c.sent_at) FROM canaries c INDEXED BY canaries_open_or_void "
      "JOIN lanes l ON l.key = c.lane WHERE c.fate = 0 AND c.sent_at + l.lost_after < ? GROUP BY l.to_account");
  query.with(now - patience_with_pending);
  while (query.next())
    books.remarks.push_back(fmt::format(
        "{} to account {} wait for more than a day past lost_after, the oldest sent at {}; is its mailbox read?",
        count_noun(query.number(1), "canary", "canaries"), query.text(0),
        format_time(WallTime(Duration(query.number(2))))));
}

}  // namespace

Books audit_books(Sql& sql, WallTime now) {
  Books books;
  for (std::size_t fate = 0; fate < fate_count; ++fate) books.by_fate[static_cast<Fate>(fate)] = 0;
  check_file(sql, books.faults);
  balance_lanes(sql, books);
  check_homeless(sql, books.faults);
  check_settlement(sql, books.faults);
  audit_rollups(sql, books.faults);
  check_notices(sql, books);
  audit_traffic(sql, books);
  remark_old_pending(sql, now, books);
  std::int64_t accounted = 0;
  for (const auto& [fate, count] : books.by_fate)
    if (fate != Fate::unknown) accounted += count;
  if (accounted != books.sent)
    books.faults.push_back(fmt::format("{} sent, but the fates add up to {}",
                                       count_noun(books.sent, "canary was", "canaries were"), accounted));
  return books;
}

}  // namespace mailcanary
