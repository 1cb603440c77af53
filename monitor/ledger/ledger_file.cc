#include "monitor/ledger/ledger_file.h"

#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/text.h"
#include "monitor/ledger/schema.h"

namespace mailcanary {
namespace {

// https://www.sqlite.org/fileformat.html §1.3
constexpr std::string_view sqlite_magic("SQLite format 3\0", 16);

Error open_error(ErrorKind kind, const std::filesystem::path& path, const std::string& reason) {
  return {kind, "open ledger " + path.string() + ": " + reason};
}

Error system_error(int code, const std::filesystem::path& path) {
  const std::string reason = lower(std::strerror(code));
  if (code == ENOENT || code == ENOTDIR)
    return open_error(ErrorKind::not_found, path, reason + "; make the folder first");
  return open_error(ErrorKind::io, path, reason);
}

Result<void> make_file(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0 && errno == EEXIST) return {};  // another process was first
  if (file < 0) return system_error(errno, path);
  ::close(file);
  // The name must survive a power cut as well as the contents will.
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  const int parent = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (parent >= 0) {
    ::fsync(parent);
    ::close(parent);
  }
  return {};
}

Result<void> check_first_bytes(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return system_error(errno, path);
  char bytes[sqlite_magic.size()];
  const ssize_t size = ::read(file, bytes, sizeof bytes);
  const int code = errno;
  ::close(file);
  if (size < 0) return system_error(code, path);
  if (size == 0 || std::string_view(bytes, static_cast<std::size_t>(size)) == sqlite_magic) return {};
  return open_error(ErrorKind::invalid_input, path, "this file is no SQLite database; name another file");
}

}  // namespace

Result<void> ready_ledger_file(const std::filesystem::path& path, LedgerOpen how) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    if (errno != ENOENT) return system_error(errno, path);
    if (how == LedgerOpen::create_or_migrate) return make_file(path);
    return open_error(ErrorKind::not_found, path, "there is no ledger yet; `mailcanary run` or `tick` makes it");
  }
  if (!S_ISREG(status.st_mode))
    return open_error(ErrorKind::invalid_input, path, "this is not a plain file; name another");
  return check_first_bytes(path);
}

Result<void> prepare_connection(Sql& sql, LedgerOpen how) {
  if (how == LedgerOpen::create_or_migrate && sql.read_only())
    return open_error(ErrorKind::io, sql.path(),
                      "it is read-only; give this user write permission to the file and its folder");
  if (const auto ours = check_schema(sql, how); !ours) return ours;
  if (how == LedgerOpen::create_or_migrate) {
    // WAL lets readers go on beside the writer; FULL syncs it at every commit, so that a power cut takes nothing back.
    sql.execute_patiently("PRAGMA journal_mode = WAL");
    sql.execute("PRAGMA synchronous = FULL");
    sql.execute("PRAGMA journal_size_limit = 67108864");
    // A small log, used again and again: a sync is cheaper while the file does not grow.
    sql.execute("PRAGMA wal_autocheckpoint = 256");
  }
  sql.execute("PRAGMA cache_size = -8192");
  if (how == LedgerOpen::create_or_migrate) return update_schema(sql);
  return {};
}

}  // namespace mailcanary
