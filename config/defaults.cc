#include "config/defaults.h"

#include <algorithm>
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

using namespace std::chrono_literals;

std::filesystem::path beside(const std::filesystem::path& config_file, const char* ending) {
  auto path = std::filesystem::absolute(config_file);
  return path.replace_filename(path.stem().string() + ending);
}

Error cannot_make(const std::filesystem::path& path, const std::error_code& failure) {
  return {ErrorKind::io, "make " + path.string() + ": " + lower(failure.message())};
}

}  // namespace

std::vector<Rule> default_rules(const std::vector<Route>& routes) {
  // A window must hold a few canaries of the slowest route, or its rule could never fire.
  Duration slowest{};
  for (const auto& route : routes) slowest = std::max(slowest, route.every);
  const Duration window = std::max<Duration>(15min, 3 * slowest);

  Rule failing;
  failing.name = "failing";
  failing.measure = "failure_rate";
  failing.over = window;
  failing.above = 0.5;
  failing.clear = 0.2;
  failing.min_samples = 2;
  failing.impact = Impact::major;

  Rule overdue;
  overdue.name = "overdue";
  overdue.measure = "backlog";
  overdue.over = window;
  overdue.above = 1;
  overdue.clear = 1;
  overdue.impact = Impact::major;

  Rule late;
  late.name = "late";
  late.measure = "late_rate";
  late.over = 2 * window;
  late.above = 0.5;
  late.clear = 0.2;
  late.min_samples = 3;

  Rule junked;
  junked.name = "junked";
  junked.measure = "junk_rate";
  junked.over = 4 * window;
  junked.above = 0.5;
  junked.clear = 0.2;
  junked.min_samples = 3;

  return {failing, overdue, late, junked};
}

std::filesystem::path default_key_path(const std::filesystem::path& config_file) { return beside(config_file, ".secret"); }
std::filesystem::path default_ledger_path(const std::filesystem::path& config_file) { return beside(config_file, ".db"); }

std::string make_signing_key() { return to_base64(random_bytes(32)) + "\n"; }

Result<void> make_default_key(const std::filesystem::path& path) {
  std::error_code failure;
  if (std::filesystem::exists(path, failure)) return {};
  // Written whole under another name first; the link then succeeds for one process only.
  auto draft = path;
  draft += "." + to_hex(random_bytes(8));
  auto written = write_file_atomically(draft, make_signing_key(), FileMode::owner_only);
  if (!written) return written;
  std::filesystem::create_hard_link(draft, path, failure);
  std::error_code ignored;
  std::filesystem::remove(draft, ignored);
  if (failure && failure != std::errc::file_exists) return cannot_make(path, failure);
  return {};
}

Result<void> make_default_ledger(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0 && errno == EEXIST) return {};
  if (fd < 0) return cannot_make(path, std::error_code(errno, std::generic_category()));
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
