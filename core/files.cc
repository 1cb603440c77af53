#include "core/files.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace mailcanary {
namespace {

Error system_error(int code, std::string_view what, const std::filesystem::path& path) {
  std::string reason = std::generic_category().message(code);
  if (!reason.empty()) reason[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(reason[0])));
  const ErrorKind kind = code == ENOENT || code == ENOTDIR ? ErrorKind::not_found : ErrorKind::io;
  return {kind, std::string(what) + " " + path.string() + ": " + reason};
}

// Closes on every way out; close() by hand where its failure matters.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

// Zero or the errno of the failure.
int write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

int write_and_sync(int fd, std::string_view bytes, FileMode mode) {
  if (::fchmod(fd, mode == FileMode::owner_only ? 0600 : 0644) != 0) return errno;
  if (const int code = write_all(fd, bytes); code != 0) return code;
  if (::fsync(fd) != 0) return errno;
  return 0;
}

// What a lock file of ours holds: a process id, or nothing. Empty also when the file is somebody else's.
std::string read_holder(int fd) {
  char text[16];
  const ssize_t size = ::pread(fd, text, sizeof text, 0);
  std::string holder(text, size > 0 ? static_cast<std::size_t>(size) : 0);
  if (!holder.empty() && holder.back() == '\n') holder.pop_back();
  const bool digits = std::all_of(holder.begin(), holder.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
  return digits ? holder : std::string();
}

bool is_empty(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && status.st_size == 0;
}

}  // namespace

Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return system_error(errno, "open", path);
  std::string bytes;
  char chunk[64 * 1024];
  while (true) {
    const ssize_t size = ::read(file.get(), chunk, sizeof chunk);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return system_error(errno, "read", path);
    if (size == 0) return bytes;
    if (static_cast<std::size_t>(size) > limit - bytes.size())
      return Error{ErrorKind::invalid_input,
                   "read " + path.string() + ": longer than " + std::to_string(limit) + " bytes"};
    bytes.append(chunk, static_cast<std::size_t>(size));
  }
}

Result<void> write_file_atomically(const std::filesystem::path& path, std::string_view bytes, FileMode mode) {
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  // A leading dot: web servers that publish the folder commonly do not serve such names.
  std::string beside = (folder / ("." + path.filename().string() + ".XXXXXX")).string();
  const Descriptor file(::mkostemp(beside.data(), O_CLOEXEC));
  if (file.get() < 0) return system_error(errno, "write", path);
  if (const int code = write_and_sync(file.get(), bytes, mode); code != 0) {
    ::unlink(beside.c_str());
    return system_error(code, "write", path);
  }
  if (::rename(beside.c_str(), path.c_str()) != 0) {
    const int code = errno;
    ::unlink(beside.c_str());
    return system_error(code, "write", path);
  }
  // The name lives in the folder: without this a power cut may bring the old file back.
  const Descriptor parent(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (parent.get() >= 0) ::fsync(parent.get());
  return {};
}

Result<FileLock> FileLock::acquire(const std::filesystem::path& path) {
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (file.get() < 0) return system_error(errno, "lock", path);
  while (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) return system_error(errno, "lock", path);
    const std::string holder = read_holder(file.get());
    return Error{ErrorKind::busy,
                 "lock " + path.string() + ": held by " + (holder.empty() ? "another process" : "process " + holder)};
  }
  // The process id is a courtesy to whoever is refused; a file that holds anything else is never overwritten.
  if (is_empty(file.get()) || !read_holder(file.get()).empty()) {
    if (::ftruncate(file.get(), 0) == 0) write_all(file.get(), std::to_string(::getpid()) + "\n");
  }
  return FileLock(file.release());
}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

// The file stays: removing it would let a third process lock a new file while a second waits on the old one.
FileLock::~FileLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace mailcanary
