// SQL for the files of this folder: statements that are prepared once and kept, values bound in order, transactions
// that roll back unless committed. The only file that knows SQLiteCpp.
//
// Inside this folder a failed statement throws SqlFailure, so that a transaction of forty statements reads as forty
// lines and is rolled back whole. It stops in sqlite_store.cc, where it becomes an Error.
// Threads: one at a time.
#pragma once
#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/clock.h"
#include "core/result.h"

namespace SQLite {
class Database;
class Statement;
}  // namespace SQLite

namespace mailcanary {

class SqlFailure : public std::exception {
 public:
  explicit SqlFailure(Error error) : error_(std::move(error)) {}
  const Error& error() const { return error_; }
  const char* what() const noexcept override { return error_.message.c_str(); }

 private:
  Error error_;
};

// Bytes that are not text, for binding.
struct Blob {
  std::string_view bytes;
};

class Sql;

// One use of a kept statement. Text and blobs bound must live until the use ends, which frees the statement for the
// next one (and with it the view of the database that a half-read SELECT holds on to).
class Query {
 public:
  Query(Sql& sql, SQLite::Statement& statement) : sql_(sql), statement_(statement) {}
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;
  ~Query();

  // Binds the next values of the statement, left to right.
  template <class... Values>
  Query& with(const Values&... values) {
    (bind(values), ...);
    return *this;
  }
  bool next();  // the next row is there
  int run();    // to the end; how many rows were changed

  std::int64_t number(int column) const;
  std::optional<std::int64_t> maybe_number(int column) const;
  std::string text(int column) const;  // bytes as they are, for blobs too; empty for NULL
  bool is_blob(int column) const;

 private:
  void bind(std::int64_t value);
  void bind(int value) { bind(std::int64_t{value}); }
  void bind(WallTime value) { bind(std::int64_t{value.time_since_epoch().count()}); }
  void bind(const std::string& text);
  void bind(Blob blob);
  void bind(std::nullopt_t);
  template <class T>
  void bind(const std::optional<T>& value) {
    if (value)
      bind(*value);
    else
      bind(std::nullopt);
  }

  Sql& sql_;
  SQLite::Statement& statement_;
  int bound_ = 0;
};

// Lets a map of strings be searched with a string_view.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

enum class SqlMode { read_write, read_only };

class Sql {
 public:
  // Opens a file that exists (":memory:" opens an empty database in memory). Waits `patience` for locks of others.
  Sql(const std::filesystem::path& path, SqlMode mode, Duration patience);
  ~Sql();
  Sql(const Sql&) = delete;
  Sql& operator=(const Sql&) = delete;

  // Prepared at the first use of this text, then kept: build texts from constants only.
  Query use(std::string_view text);
  void execute(const std::string& statements);  // any number of them, not kept
  // For what SQLite refuses at once when another process is about the same: waits as for any other lock.
  void execute_patiently(const std::string& statement);
  std::int64_t pragma(const std::string& name);
  std::int64_t last_key() const;  // of the last row inserted
  bool read_only() const;
  bool in_transaction() const;
  void roll_back() noexcept;
  const std::string& path() const { return path_; }
  // What a failure of SQLite means to whoever runs the monitor.
  [[noreturn]] void fail(int code, int system_error, const std::string& words) const;

 private:
  std::string path_;
  Duration patience_;
  int looks_at_lock_;  // one a millisecond
  std::unique_ptr<SQLite::Database> database_;
  std::unordered_map<std::string, std::unique_ptr<SQLite::Statement>, TextHash, std::equal_to<>> statements_;
};

class Transaction {
 public:
  enum class Kind { read, write };  // `write` takes the lock at the start: a later one could be refused half-way
  Transaction(Sql& sql, Kind kind);
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction() { sql_.roll_back(); }
  void commit();

 private:
  Sql& sql_;
};

}  // namespace mailcanary
