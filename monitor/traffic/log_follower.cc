#include "monitor/traffic/log_follower.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "core/crypto.h"

namespace mailcanary {
namespace {

constexpr std::size_t most_read = 4u << 20;
constexpr std::size_t longest_line = 64u << 10;
constexpr std::uint64_t most_head = 256;
constexpr int most_siblings = 1000;  // files of a folder that are looked at for the renamed one

class OpenFile {
 public:
  explicit OpenFile(const std::string& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {
    struct stat about {};
    if (fd_ < 0 || ::fstat(fd_, &about) != 0) return;
    if (!S_ISREG(about.st_mode)) {
      errno = EINVAL;
      return;
    }
    file_ = static_cast<std::uint64_t>(about.st_ino);
    size_ = static_cast<std::uint64_t>(about.st_size);
    sound_ = true;
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  bool sound() const { return sound_; }
  std::uint64_t file() const { return file_; }
  std::uint64_t size() const { return size_; }
  std::string read(std::uint64_t offset, std::size_t bytes) const {
    std::string text(bytes, '\0');
    std::size_t got = 0;
    while (got < bytes) {
      const auto some = ::pread(fd_, text.data() + got, bytes - got, static_cast<off_t>(offset + got));
      if (some <= 0) break;
      got += static_cast<std::size_t>(some);
    }
    text.resize(got);
    return text;
  }
  std::string head(std::uint64_t bytes) const { return to_hex(sha256(read(0, bytes))).substr(0, 16); }
  bool is_where(const LogPlace& place) const {
    return sound_ && file_ == place.file && size_ >= place.offset && head(place.head_bytes) == place.head;
  }
  LogPlace place_at(std::uint64_t offset) const {
    const std::uint64_t bytes = std::min(offset, most_head);
    return {file_, offset, head(bytes), bytes};
  }

 private:
  int fd_;
  bool sound_ = false;
  std::uint64_t file_ = 0, size_ = 0;
};

// Whole lines from there on. A line without end is passed over.
LogRead read_lines(const OpenFile& file, std::uint64_t offset) {
  LogRead read;
  read.lines = file.read(offset, most_read);
  const bool full = read.lines.size() == most_read;
  const auto end = read.lines.rfind('\n');
  const std::size_t left = end == std::string::npos ? read.lines.size() : read.lines.size() - end - 1;
  if (end == std::string::npos && left > longest_line) {
    read.lines.clear();
    read.place = file.place_at(offset + left);
  } else {
    read.lines.resize(read.lines.size() - left);
    read.place = file.place_at(offset + read.lines.size());
  }
  if (full) read.rest = LogRead::Rest::more;
  return read;
}

// Where the file that was read so far has been renamed to.
std::string renamed(const std::string& path, const LogPlace& place) {
  const std::filesystem::path whole(path);
  const std::string name = whole.filename().string();
  std::error_code error;
  int looked = 0;
  for (std::filesystem::directory_iterator at(whole.parent_path(), error), end; !error && at != end; at.increment(error)) {
    const std::string sibling = at->path().filename().string();
    if (!sibling.starts_with(name) || sibling == name || ++looked > most_siblings) continue;
    if (OpenFile(at->path().string()).is_where(place)) return at->path().string();
  }
  return {};
}

}  // namespace

Result<LogRead> read_on(const std::string& path, const std::optional<LogPlace>& place) {
  const OpenFile now(path);
  if (!now.sound()) return Error{ErrorKind::io, fmt::format("read {}: {}", path, std::generic_category().message(errno))};
  LogRead read;
  if (!place) {
    read.place = now.place_at(now.size());
    return read;
  }
  if (now.is_where(*place)) return read_lines(now, place->offset);
  const std::string before = now.file() == place->file ? "" : renamed(path, *place);
  if (!before.empty()) {
    const OpenFile old(before);
    if (old.is_where(*place)) read = read_lines(old, place->offset);
    if (read.rest == LogRead::Rest::more) return read;
  }
  read.place = now.place_at(0);
  read.rest = LogRead::Rest::more;
  return read;
}

}  // namespace mailcanary
