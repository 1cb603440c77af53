#include "monitor/cli/mail_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <system_error>
#include <vector>

namespace mailcanary {

namespace {

constexpr std::size_t max_message = 1024 * 1024;
constexpr std::size_t chunk = 64 * 1024;

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

Error could_not_read(const std::filesystem::path& path, int code) {
  return {ErrorKind::io, fmt::format("read {}: {}", path.string(), std::strerror(code))};
}

// Gathers the lines of one message after the other and hands them over.
class Splitter {
 public:
  Splitter(std::string name, const EachMail& each) : name_(std::move(name)), each_(each) {}

  // `line` ends with a newline, unless it is the last or longer than a chunk.
  void take(std::string_view line) {
    if (first_) is_mbox_ = line.starts_with("From ");
    const bool parts = is_mbox_ && !first_ && after_blank_ && at_line_start_ && parts_mbox(line);
    if (parts) flush(true);
    first_ = false;
    after_blank_ = at_line_start_ && (line == "\n" || line == "\r\n");
    at_line_start_ = line.ends_with('\n');
    if (is_mbox_ && line.starts_with(">") &&
        line.substr(std::min(line.find_first_not_of('>'), line.size())).starts_with("From ")) {
      line.remove_prefix(1);
    }
    message_ += line.substr(0, max_message - std::min(max_message, message_.size()));
  }
  void finish() { flush(false); }

 private:
  void flush(bool more_follow) {
    ++count_;
    const bool numbered = count_ > 1 || more_follow;
    if (!message_.empty()) each_(numbered ? fmt::format("{}#{}", name_, count_) : name_, message_);
    message_.clear();
  }

  std::string name_;
  const EachMail& each_;
  std::string message_;
  int count_ = 0;
  bool first_ = true, is_mbox_ = false, after_blank_ = false, at_line_start_ = true;
};

Result<void> read_stream(const std::filesystem::path& path, std::FILE* file, const EachMail& each) {
  Splitter splitter(path.string(), each);
  std::vector<char> buffer(chunk);
  std::string line;
  while (true) {
    const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), file);
    std::string_view bytes(buffer.data(), got);
    while (!bytes.empty()) {
      const auto end = bytes.find('\n');
      line += bytes.substr(0, end == std::string_view::npos ? end : end + 1);
      bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
      if (end == std::string_view::npos && line.size() < chunk) break;
      splitter.take(line);
      line.clear();
    }
    if (got < buffer.size()) break;
  }
  if (std::ferror(file) != 0) return could_not_read(path, errno);
  if (!line.empty()) splitter.take(line);
  splitter.finish();
  return {};
}

Result<std::vector<std::filesystem::path>> files_of(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code ignored;
    const std::string name = entry->path().filename().string();
    if (!name.starts_with('.') && entry->is_regular_file(ignored)) files.push_back(entry->path());
  }
  if (error) return could_not_read(folder, error.value());
  std::sort(files.begin(), files.end());
  return files;
}

Result<void> read_folder(const std::filesystem::path& folder, const EachMail& each) {
  std::vector<std::filesystem::path> folders = {folder};
  std::error_code ignored;
  if (std::filesystem::is_directory(folder / "cur", ignored)) folders = {folder / "new", folder / "cur"};
  for (const auto& one : folders) {
    auto files = files_of(one);
    if (!files) return files.error();
    for (const auto& file : *files) {
      if (auto done = each_mail(file, each); !done) return done;
    }
  }
  return {};
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

bool parts_mbox(std::string_view line) {
  if (!line.starts_with("From ")) return false;
  // The date is told by its time of day: "09:00".
  for (std::size_t i = 5; i + 4 < line.size(); ++i) {
    if (is_digit(line[i]) && is_digit(line[i + 1]) && line[i + 2] == ':' && is_digit(line[i + 3]) &&
        is_digit(line[i + 4]))
      return true;
  }
  return false;
}

Result<void> each_mail(const std::filesystem::path& path, const EachMail& each) {
  if (path == "-") return read_stream(path, stdin, each);
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return read_folder(path, each);
  const File file(std::fopen(path.c_str(), "rb"), &std::fclose);
  if (!file) return could_not_read(path, errno);
  return read_stream(path, file.get(), each);
}

}  // namespace mailcanary
