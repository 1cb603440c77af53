#include "config/first_run.h"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "config/load.h"
#include "config/map_reader.h"
#include "core/crypto.h"
#include "core/files.h"
#include "core/text.h"

namespace mailcanary {
namespace {

std::filesystem::path beside(const std::filesystem::path& config_file, const char* ending) {
  auto path = std::filesystem::absolute(config_file);
  return path.replace_filename(path.stem().string() + ending);
}

Error cannot_make(const std::filesystem::path& path, const std::string& reason) {
  return {ErrorKind::io, "make " + path.string() + ": " + reason};
}

}  // namespace

std::filesystem::path default_key_path(const std::filesystem::path& config_file) {
  return beside(config_file, ".secret");
}
std::filesystem::path default_ledger_path(const std::filesystem::path& config_file) {
  return beside(config_file, ".db");
}

std::string make_signing_key() { return to_base64(random_bytes(32)) + "\n"; }

Result<void> make_default_key(const std::filesystem::path& path) {
  std::error_code failure;
  if (std::filesystem::exists(path, failure)) return {};
  // Written whole under another name first; the link then succeeds for one process only.
  auto draft = path;
  draft += "." + to_hex(random_bytes(8));
  const auto written = write_file_atomically(draft, make_signing_key(), FileMode::owner_only);
  if (!written) {
    const std::string& message = written.error().message;  // "write DRAFT: REASON"; nobody knows the draft
    return cannot_make(path, message.substr(message.rfind(": ") + 2));
  }
  std::filesystem::create_hard_link(draft, path, failure);
  std::error_code ignored;
  std::filesystem::remove(draft, ignored);
  if (failure && failure != std::errc::file_exists) return cannot_make(path, lower(failure.message()));
  return {};
}

Result<void> make_default_ledger(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0 && errno == EEXIST) return {};
  if (fd < 0) return cannot_make(path, lower(std::generic_category().message(errno)));
  ::close(fd);
  return {};
}

std::string default_vantage() {
  char name[256] = "";
  if (::gethostname(name, sizeof name - 1) != 0) return "here";
  std::string vantage = std::string(name).substr(0, 64);
  for (auto& c : vantage)
    if (!is_name(std::string(1, c)) && c != '-' && c != '.') c = '-';
  return is_name(vantage) ? vantage : "here";
}

}  // namespace mailcanary
