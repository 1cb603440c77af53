#include "monitor/ledger/sql.h"

#include <cerrno>
#include <cstring>

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include "core/text.h"
#include "core/units.h"

namespace mailcanary {
namespace {

int open_flags(SqlMode mode) {
  // NOMUTEX: one thread at a time uses a connection, so SQLite need not lock for itself.
  return (mode == SqlMode::read_only ? SQLite::OPEN_READONLY : SQLite::OPEN_READWRITE) | SQLite::OPEN_NOMUTEX;
}

// SQLite's own waiting looks every 100 ms after a while, which starves whoever waits beside a process that commits
// without a pause on a slow disk: the lock is free for a fraction of a millisecond only. So we look every millisecond.
int look_again(void* looks_at_most, int looks) {
  if (looks >= *static_cast<const int*>(looks_at_most)) return 0;
  sqlite3_sleep(1);
  return 1;
}

std::string disk_reason(int system_error, const std::string& words) {
  return system_error == 0 ? words : lower(std::strerror(system_error));
}

bool means_no_space(int system_error) {
  return system_error == ENOSPC || system_error == EDQUOT || system_error == EFBIG;
}

Error explain(int code, const std::string& path, Duration patience, int system_error, const std::string& words) {
  const std::string what = "use ledger " + path + ": ";
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {ErrorKind::busy, what + "locked by another process for more than " + format_duration(patience) +
                                   "; find it (fuser " + path + ") or try again"};
    case SQLITE_FULL: return {ErrorKind::io, what + "the disk is full; free some space and it goes on by itself"};
    case SQLITE_IOERR:
      if (means_no_space(system_error))
        return {ErrorKind::io,
                what + disk_reason(system_error, words) +
                    "; free some space (or raise the quota or file size limit) and it goes on by itself"};
      return {ErrorKind::io, what + disk_reason(system_error, words) + "; check the disk"};
    case SQLITE_READONLY:
      return {ErrorKind::io, what + "it is read-only; give this user write permission to the file and its folder"};
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_CANTOPEN:
      return {ErrorKind::io, what + disk_reason(system_error, words) +
                                 "; this user needs the permission to read and write the file and its folder"};
    case SQLITE_CORRUPT:
      return {ErrorKind::io, what + "it is damaged (" + words + "); stop the monitor, keep a copy, restore a backup"};
    case SQLITE_NOTADB: return {ErrorKind::invalid_input, what + "this is no SQLite database; name another file"};
    default: return {ErrorKind::internal, what + words};
  }
}

}  // namespace

// Runs a call into SQLiteCpp; whatever it throws ends here. sqlite3_system_errno() does not know why a COMMIT failed,
// so errno has to tell.
template <class Call>
static auto guarded(const Sql& sql, Call call) {
  errno = 0;
  try {
    return call();
  } catch (const SQLite::Exception& failure) {
    sql.fail(failure.getErrorCode(), errno, failure.what());
  }
}

Query::~Query() { statement_.tryReset(); }

bool Query::next() {
  return guarded(sql_, [&] { return statement_.executeStep(); });
}

int Query::run() {
  return guarded(sql_, [&] {
    while (statement_.executeStep()) {
    }
    return statement_.getChanges();
  });
}

std::int64_t Query::number(int column) const { return statement_.getColumn(column).getInt64(); }

std::optional<std::int64_t> Query::maybe_number(int column) const {
  const SQLite::Column value = statement_.getColumn(column);
  if (value.isNull()) return std::nullopt;
  return value.getInt64();
}

std::string Query::text(int column) const {
  const SQLite::Column value = statement_.getColumn(column);
  const auto* bytes = static_cast<const char*>(value.getBlob());
  return bytes ? std::string(bytes, static_cast<std::size_t>(value.getBytes())) : std::string();
}

bool Query::is_blob(int column) const { return statement_.getColumn(column).isBlob(); }

void Query::bind(std::int64_t value) {
  guarded(sql_, [&] { statement_.bind(++bound_, value); });
}
void Query::bind(const std::string& text) {
  guarded(sql_, [&] { statement_.bindNoCopy(++bound_, text); });
}
void Query::bind(Blob blob) {
  guarded(sql_, [&] { statement_.bindNoCopy(++bound_, blob.bytes.data(), static_cast<int>(blob.bytes.size())); });
}
void Query::bind(std::nullopt_t) {
  guarded(sql_, [&] { statement_.bind(++bound_); });
}

Sql::Sql(const std::filesystem::path& path, SqlMode mode, Duration patience)
    : path_(path.string()),
      patience_(patience),
      looks_at_lock_(static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(patience).count())) {
  guarded(*this, [&] {
    database_ = std::make_unique<SQLite::Database>(path_, open_flags(mode));
    sqlite3_extended_result_codes(database_->getHandle(), 1);
    sqlite3_busy_handler(database_->getHandle(), look_again, &looks_at_lock_);
  });
}

Sql::~Sql() = default;

Query Sql::use(std::string_view text) {
  auto found = statements_.find(text);
  if (found == statements_.end()) {
    std::string kept(text);
    auto statement = guarded(*this, [&] { return std::make_unique<SQLite::Statement>(*database_, kept); });
    found = statements_.emplace(std::move(kept), std::move(statement)).first;
  }
  return Query(*this, *found->second);
}

void Sql::execute(const std::string& statements) {
  guarded(*this, [&] { database_->exec(statements); });
}

void Sql::execute_patiently(const std::string& statement) {
  for (int looks = 0;; ++looks) {
    const int code = database_->tryExec(statement);
    if (code == SQLITE_OK) return;
    const bool busy = (code & 0xff) == SQLITE_BUSY;
    if (!busy || look_again(&looks_at_lock_, looks) == 0) fail(code, 0, database_->getErrorMsg());
  }
}

std::int64_t Sql::pragma(const std::string& name) {
  return guarded(*this, [&] { return database_->execAndGet("PRAGMA " + name).getInt64(); });
}

std::int64_t Sql::last_key() const { return database_->getLastInsertRowid(); }
bool Sql::read_only() const { return sqlite3_db_readonly(database_->getHandle(), "main") == 1; }
bool Sql::in_transaction() const { return sqlite3_get_autocommit(database_->getHandle()) == 0; }

void Sql::roll_back() noexcept {
  // SQLite may have rolled back already (full disk, I/O error); then there is nothing to do.
  if (in_transaction()) database_->tryExec("ROLLBACK");
}

void Sql::fail(int code, int system_error, const std::string& words) const {
  throw SqlFailure(explain(code, path_, patience_, system_error, words));
}

Transaction::Transaction(Sql& sql, Kind kind) : sql_(sql) {
  if (kind == Kind::write)
    sql_.use("BEGIN IMMEDIATE").run();
  else
    sql_.use("BEGIN").run();
}

void Transaction::commit() { sql_.use("COMMIT").run(); }

}  // namespace mailcanary
