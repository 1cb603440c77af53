#include "monitor/ledger/schema.h"

#include <array>

#include <fmt/format.h>

namespace mailcanary {
namespace {

// "Mcny": tells our files from the SQLite databases of other programs (PRAGMA application_id).
constexpr std::int64_t our_application = 0x4d636e79;

// Version 1. Times are microseconds since 1970 UTC, durations microseconds, but for rollups (seconds).
constexpr const char* version_1 = R"sql(
CREATE TABLE lanes (
  key INTEGER PRIMARY KEY,
  route TEXT NOT NULL, from_account TEXT NOT NULL, to_account TEXT NOT NULL, vantage TEXT NOT NULL,
  late_after INTEGER NOT NULL, lost_after INTEGER NOT NULL,
  written INTEGER NOT NULL DEFAULT 0,
  voided INTEGER NOT NULL DEFAULT 0,
  last_sent_at INTEGER,
  UNIQUE (route, from_account, to_account, vantage, late_after, lost_after)
) STRICT;

CREATE TABLE canaries (
  key INTEGER PRIMARY KEY,
  id ANY NOT NULL UNIQUE,
  lane INTEGER NOT NULL,
  sent_at INTEGER NOT NULL,
  fate INTEGER NOT NULL,
  accepted_after INTEGER, arrived_after INTEGER, seen_after INTEGER, settled_after INTEGER,
  round_trip INTEGER,
  arrival_source INTEGER NOT NULL, resolution INTEGER, clock_skew INTEGER,
  duplicates INTEGER NOT NULL,
  details TEXT
) STRICT;
CREATE INDEX canaries_by_lane ON canaries (lane, sent_at);
CREATE INDEX canaries_by_time ON canaries (sent_at);
CREATE INDEX canaries_open_or_void ON canaries (fate, lane, sent_at) WHERE fate = 0 OR fate = 9;

CREATE TABLE fate_log (
  canary INTEGER NOT NULL, from_fate INTEGER NOT NULL, to_fate INTEGER NOT NULL, at INTEGER,
  PRIMARY KEY (canary, from_fate)
) STRICT, WITHOUT ROWID;
CREATE TABLE unrolled (
  entry INTEGER PRIMARY KEY,
  canary INTEGER NOT NULL, from_fate INTEGER NOT NULL, to_fate INTEGER NOT NULL
) STRICT;
CREATE TABLE retired (
  lane INTEGER NOT NULL, fate INTEGER NOT NULL, canaries INTEGER NOT NULL,
  PRIMARY KEY (lane, fate)
) STRICT, WITHOUT ROWID;
CREATE TABLE rollups (
  length INTEGER NOT NULL, start INTEGER NOT NULL, lane INTEGER NOT NULL,
  delivered INTEGER NOT NULL, late INTEGER NOT NULL, junked INTEGER NOT NULL, bounced INTEGER NOT NULL,
  rejected INTEGER NOT NULL, deferred INTEGER NOT NULL, unreachable INTEGER NOT NULL, lost INTEGER NOT NULL,
  unknown INTEGER NOT NULL,
  round_trip TEXT NOT NULL,
  PRIMARY KEY (length, start, lane)
) STRICT, WITHOUT ROWID;
CREATE TABLE kept_from (
  what TEXT PRIMARY KEY, time INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE incidents (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE, status INTEGER NOT NULL, opened_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
  details TEXT NOT NULL
) STRICT;
CREATE INDEX incidents_open ON incidents (status) WHERE status <> 3;
CREATE INDEX incidents_by_update ON incidents (updated_at);
CREATE TABLE notices (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE, incident TEXT NOT NULL, channel TEXT NOT NULL, sequence INTEGER NOT NULL,
  kind INTEGER NOT NULL, state INTEGER NOT NULL, created_at INTEGER NOT NULL,
  details TEXT NOT NULL
) STRICT;
CREATE INDEX notices_by_incident ON notices (incident, channel, sequence);
CREATE INDEX notices_queued ON notices (created_at) WHERE state = 0;

CREATE TABLE cursors (
  account TEXT NOT NULL, folder TEXT NOT NULL, uid_validity INTEGER NOT NULL, next_uid INTEGER NOT NULL,
  PRIMARY KEY (account, folder)
) STRICT, WITHOUT ROWID;
CREATE TABLE to_remove (
  account TEXT NOT NULL, folder TEXT NOT NULL, uid_validity INTEGER NOT NULL, uid INTEGER NOT NULL,
  PRIMARY KEY (account, folder, uid_validity, uid)
) STRICT, WITHOUT ROWID;
CREATE TABLE facts (
  name TEXT PRIMARY KEY, value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
)sql";

// Version 2: what people do. `about` names an incident, a maintenance or a silence.
constexpr const char* version_2 = R"sql(
CREATE TABLE acts (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE, kind INTEGER NOT NULL, about TEXT NOT NULL, who TEXT NOT NULL, at INTEGER NOT NULL,
  until INTEGER, applied_at INTEGER, outcome TEXT NOT NULL,
  details TEXT NOT NULL
) STRICT;
CREATE INDEX acts_waiting ON acts (key) WHERE applied_at IS NULL;
CREATE INDEX acts_by_until ON acts (until) WHERE until IS NOT NULL;
CREATE INDEX acts_by_about ON acts (about);
)sql";

// Version 3: real traffic. Starts are seconds since 1970 UTC, on whole minutes, later on whole hours.
constexpr const char* version_3 = R"sql(
CREATE TABLE bounce_marks (
  account TEXT NOT NULL, mark INTEGER NOT NULL, counted_at INTEGER NOT NULL, recipients INTEGER NOT NULL,
  PRIMARY KEY (account, mark)
) STRICT, WITHOUT ROWID;
CREATE INDEX bounce_marks_by_time ON bounce_marks (counted_at);
CREATE TABLE bounce_counts (
  start INTEGER NOT NULL, account TEXT NOT NULL, domain TEXT NOT NULL, reason TEXT NOT NULL, hard INTEGER NOT NULL,
  recipients INTEGER NOT NULL,
  PRIMARY KEY (start, account, domain, reason, hard)
) STRICT, WITHOUT ROWID;
CREATE TABLE sent_counts (
  start INTEGER NOT NULL, account TEXT NOT NULL, domain TEXT NOT NULL, mails INTEGER NOT NULL,
  PRIMARY KEY (start, account, domain)
) STRICT, WITHOUT ROWID;
CREATE TABLE sent_places (
  account TEXT PRIMARY KEY, place TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE traffic_books (
  account TEXT PRIMARY KEY,
  messages INTEGER NOT NULL DEFAULT 0, recipients INTEGER NOT NULL DEFAULT 0, mails INTEGER NOT NULL DEFAULT 0,
  marks_gone INTEGER NOT NULL DEFAULT 0, marked_gone INTEGER NOT NULL DEFAULT 0,
  recipients_gone INTEGER NOT NULL DEFAULT 0, mails_gone INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
)sql";

// Entry n makes version n + 1 out of version n. Entries that were released are never changed.
constexpr std::array migrations = {version_1, version_2, version_3};

Error refusal(const Sql& sql, const std::string& reason) {
  return {ErrorKind::invalid_input, "open ledger " + sql.path() + ": " + reason};
}

bool has_tables(Sql& sql) {
  auto tables = sql.use("SELECT count(*) FROM sqlite_schema");
  tables.next();
  return tables.number(0) > 0;
}

}  // namespace

int newest_schema() { return static_cast<int>(migrations.size()); }

Result<void> check_schema(Sql& sql, LedgerOpen how) {
  // Tables first: another process may be making the ledger now, and its tables and its mark appear together.
  const bool tables = has_tables(sql);
  const auto application = sql.pragma("application_id");
  const auto version = sql.pragma("user_version");
  const bool empty = application == 0 && version == 0 && !tables;
  if (!empty && application != our_application)
    return refusal(sql, "this is the database of another program; name another file");
  if (version > newest_schema())
    return refusal(sql, fmt::format("made by a newer mailcanary (ledger version {}, this program knows up to {}); "
                                    "install the newer program",
                                    version, newest_schema()));
  if (how == LedgerOpen::read_only && version < newest_schema())
    return refusal(sql, "made by an older mailcanary; `mailcanary run` or `tick` brings it up to date");
  return {};
}

Result<void> update_schema(Sql& sql) {
  while (sql.pragma("user_version") < newest_schema()) {
    Transaction step(sql, Transaction::Kind::write);
    // Another process may have done this step, or a newer program several, while we waited for the lock.
    if (const auto usable = check_schema(sql, LedgerOpen::create_or_migrate); !usable) return usable;
    const auto version = sql.pragma("user_version");
    if (version >= newest_schema()) break;
    sql.execute(migrations[static_cast<std::size_t>(version)]);
    sql.execute(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", our_application, version + 1));
    step.commit();
  }
  return {};
}

}  // namespace mailcanary
