#include "probes/maildir_scan.h"

#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <system_error>

#include <fmt/format.h>

#include "core/text.h"

namespace mailcanary {
namespace {

// The folder for junk below a Maildir, as the usual servers and filters name it.
constexpr std::array<const char*, 6> usual_junk = {".Junk", ".Spam", ".Junk E-mail", ".Bulk", ".INBOX.Junk", ".INBOX.Spam"};
constexpr std::size_t max_header = 64 * 1024, max_whole = 64 * 1024;
constexpr std::size_t most_found = 500;          // in one scan
constexpr std::size_t max_known = 2'000'000;     // messages
constexpr std::size_t max_name = 255;
// Times of files are those of the kernel's tick, which lags behind the clock.
constexpr Duration time_slack = std::chrono::seconds(1);

Error failed(std::string_view verb, const std::string& path) {
  return {ErrorKind::io, fmt::format("{} {}: {}", verb, path, std::generic_category().message(errno))};
}

WallTime wall_time(const timespec& time) {
  return WallTime(std::chrono::duration_cast<Duration>(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec)));
}

// What stays the same when flags change: the name up to ":2,".
std::uint64_t number_of(std::string_view name) { return message_number(name.substr(0, name.find(':'))); }

struct DirectoryCloser {
  void operator()(DIR* directory) const { ::closedir(directory); }
};
using Directory = std::unique_ptr<DIR, DirectoryCloser>;

// Calls `each` with every name; false from it ends the walk.
template <class Each>
Result<void> walk(const std::string& path, Each each) {
  const Directory directory(::opendir(path.c_str()));
  if (!directory) return failed("open", path);
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(directory.get());
    if (!entry && errno != 0) return failed("read", path);
    if (!entry) return {};
    const std::string_view name = entry->d_name;
    if (name.empty() || name.front() == '.' || name.size() > max_name) continue;
    if (!each(std::string(name))) return {};
  }
}

Error unreadable(const std::string& path, int number) {
  const bool gone = number == ENOENT || number == ESTALE;
  return {gone ? ErrorKind::not_found : ErrorKind::io,
          fmt::format("read {}: {}", one_line(path), std::generic_category().message(number))};
}

struct MessageFile {
  std::string text;  // the first bytes
  std::size_t size = 0;
  WallTime written;
};

// Nothing when it is no regular file: that is no canary that we could vouch for. Nor when it has not changed since then;
// such a file is not read, since there may be 100,000. Errors: not_found, io.
Result<std::optional<MessageFile>> read_file_of(const std::string& path, std::optional<WallTime> changed_since) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  // What we may not read, and what is only a link, was not delivered to us.
  if (fd < 0 && (errno == EACCES || errno == ELOOP)) return std::optional<MessageFile>();
  if (fd < 0) return unreadable(path, errno);
  struct stat about {};
  std::optional<MessageFile> file;
  int trouble = ::fstat(fd, &about) == 0 ? 0 : errno;
  const bool sound = trouble == 0 && S_ISREG(about.st_mode);
  if (sound && (!changed_since || wall_time(about.st_ctim) >= *changed_since)) {
    file.emplace();
    file->written = wall_time(about.st_mtim);
    file->size = static_cast<std::size_t>(std::max<off_t>(about.st_size, 0));
    const auto size = std::min<std::size_t>(max_whole, file->size);
    file->text.resize(size);
    std::size_t read = 0;
    while (read < size) {
      const auto some = ::read(fd, file->text.data() + read, size - read);
      if (some < 0) trouble = errno;
      if (some <= 0) break;
      read += static_cast<std::size_t>(some);
    }
    file->text.resize(read);
  }
  ::close(fd);
  if (trouble != 0) return unreadable(path, trouble);
  return file;
}

Reading reading_of(const MessageFile& file, const ReadBy& by, WallTime now) {
  const std::string header = file.text.substr(0, std::min(body_begin(file.text), max_header));
  const HeaderWord word = read_header_word(by, header);
  if (!word.ours_or_bounce()) return {};
  const std::string_view text = file.text;
  const bool whole = file.size == text.size() && header.size() < max_header;
  const ArrivedBody body{text.substr(header.size()), whole ? ArrivedBody::Extent::whole : ArrivedBody::Extent::beginning};
  return read_message(by, word, header, word.fetch_whole ? text : std::string_view(), file.written, now, body);
}

bool is_directory(const std::string& path) {
  struct stat about {};
  return ::stat(path.c_str(), &about) == 0 && S_ISDIR(about.st_mode);
}

// "Lists/Junk" is the folder ".Lists.Junk".
std::string folder_name(std::string name) {
  std::replace(name.begin(), name.end(), '/', '.');
  return name.starts_with('.') ? name : "." + name;
}

}  // namespace

std::vector<MaildirScan::Part> MaildirScan::parts() const {
  std::vector<Part> parts = {{options_.path + "/new", "INBOX"}, {options_.path + "/cur", "INBOX"}};
  std::vector<std::string> names(usual_junk.begin(), usual_junk.end());
  if (!options_.junk_folder.empty()) names = {folder_name(options_.junk_folder)};
  const auto junk = std::find_if(names.begin(), names.end(), [this](const std::string& name) {
    return is_directory(options_.path + "/" + name + "/new") && is_directory(options_.path + "/" + name + "/cur");
  });
  if (junk == names.end()) return parts;
  for (const char* part : {"/new", "/cur"}) parts.push_back({options_.path + "/" + *junk + part, *junk, true});
  return parts;
}

std::vector<std::string> MaildirScan::folders() const {
  std::vector<std::string> folders;
  for (const Part& part : parts()) folders.push_back(part.directory);
  return folders;
}

Result<void> MaildirScan::look_at(const Part& part, const std::string& name, std::uint64_t number, WallTime now,
                                  Outcome& outcome) {
  if (options_.handled.contains(number)) return {};
  std::optional<WallTime> changed_since;
  if (!started_ && options_.changed_since) changed_since = *options_.changed_since - time_slack;
  const auto file = read_file_of(part.directory + "/" + name, changed_since);
  if (!file) return file.error();
  if (!*file) return {};
  auto reading = reading_of(**file, options_.by, now);
  if (reading.traffic) outcome.traffic.push_back(std::move(*reading.traffic));
  auto& sighting = reading.sighting;
  if (!sighting) return {};
  sighting->message = message_ref(part.folder, number);
  sighting->in_junk = part.junk;
  outcome.found.push_back({std::move(*sighting), (*file)->written});
  return {};
}

bool MaildirScan::Outcome::enough() const { return found.size() + traffic.size() >= most_found; }

MaildirScan::Outcome MaildirScan::scan(WallTime now) {
  Outcome outcome;
  std::unordered_set<std::uint64_t> present;
  // "new" before "cur": a message moves that way, so none is missed.
  for (const Part& part : parts()) {
    const auto walked = walk(part.directory, [&](const std::string& name) {
      const std::uint64_t number = number_of(name);
      present.insert(number);
      const bool is_new = known_.insert(number).second;
      const auto looked = is_new ? look_at(part, name, number, now, outcome) : Result<void>();
      if (!looked) {
        // It has another name by now (in "cur", or with other flags), or cannot be read: not known, and tried again.
        known_.erase(number);
        present.erase(number);
        if (looked.error().kind != ErrorKind::not_found) outcome.failure = looked.error();
      }
      return !outcome.enough() && known_.size() < max_known;
    });
    if (!walked) outcome.failure = walked.error();
    if (known_.size() >= max_known) {
      outcome.failure = Error{ErrorKind::io, fmt::format("read {}: more than {} messages", options_.path, max_known)};
    }
    // One file that cannot be read keeps nobody from the others, but the look is not complete.
    if (!walked || known_.size() >= max_known || outcome.enough()) return outcome;
  }
  if (outcome.failure) return outcome;
  known_ = std::move(present);
  started_ = true;
  outcome.complete = true;
  return outcome;
}

Result<void> MaildirScan::remove(const std::vector<MessageRef>& messages) {
  std::unordered_set<std::uint64_t> wanted;
  for (const auto& message : messages) wanted.insert(message_number(message));
  std::optional<Error> failure;
  for (const Part& part : parts()) {
    const auto walked = walk(part.directory, [&](const std::string& name) {
      if (!wanted.contains(number_of(name))) return true;
      const std::string path = part.directory + "/" + name;
      const auto file = read_file_of(path, std::nullopt);
      const bool ours = file && *file && reading_of(**file, options_.by, {}).sighting;
      if (ours && ::unlink(path.c_str()) != 0 && errno != ENOENT) failure = failed("delete", path);
      return true;
    });
    if (!walked) failure = walked.error();
  }
  if (failure) return *failure;
  return {};
}

}  // namespace mailcanary
