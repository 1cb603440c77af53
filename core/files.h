// The few things we do with whole files. Errors name the path and the system's reason.
// Threads: any; two writers of one path must agree among themselves.
#pragma once
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "core/result.h"

namespace mailcanary {

enum class FileMode { world_readable /* 0644 */, owner_only /* 0600 */ };

// At most `limit` bytes; a longer file is an error.
Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit = 64u << 20);
// Written beside, synced, then renamed over: a reader sees the old or the new file, never half of one.
Result<void> write_file_atomically(const std::filesystem::path& path, std::string_view bytes, FileMode mode);

// An exclusive lock on a path, held while the object lives; the kernel frees it when the process dies in any way.
class FileLock {
 public:
  // ErrorKind::busy when another process holds it; the message names the holder's process id when known.
  static Result<FileLock> acquire(const std::filesystem::path& path);
  FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileLock& operator=(FileLock&& other) noexcept;
  ~FileLock();

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  int fd_ = -1;
};

}  // namespace mailcanary
