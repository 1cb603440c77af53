#include "tests/servers/mail_bed.h"

#include <charconv>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <thread>

#include <unistd.h>

#include "tests/places.h"
#include "tests/servers/process.h"

namespace mailcanary::testbed {
namespace {

const std::string mailbed = (source_folder() / "tests/servers/mailbed").string();

void run_mailbed(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), mailbed);
  const auto done = run_program({arguments, {}, {}, {}}, std::chrono::seconds(120));
  if (done.how == Finished::How::exited && done.exit_code == 0) return;
  std::string line;
  for (const auto& argument : arguments) line += argument + " ";
  throw std::runtime_error(line + "failed: " + done.err);
}

std::filesystem::path fresh_directory() {
  std::string name = (std::filesystem::temp_directory_path() / "mailbed-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("make a directory for a mail bed: " + name);
  return name;
}

std::map<std::string, std::string> read_env(const std::filesystem::path& file) {
  std::map<std::string, std::string> values;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    const auto equals = line.find('=');
    if (line.starts_with('#') || equals == std::string::npos) continue;
    std::string value = line.substr(equals + 1);
    if (value.starts_with('"')) value = value.substr(1, value.size() - 2);
    values[line.substr(0, equals)] = value.substr(0, value.find("  #"));
  }
  return values;
}

std::string with_commas(const std::vector<std::string>& words) {
  std::string line;
  for (const auto& word : words) line += (line.empty() ? "" : ",") + word;
  return line;
}

int to_number(std::string_view text) {
  int value = -1;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// "2026-01-31 12:34:56.123456", UTC.
std::chrono::sys_time<std::chrono::microseconds> to_time(std::string_view text) {
  using namespace std::chrono;
  const year_month_day day{year(to_number(text.substr(0, 4))),
                           month(static_cast<unsigned>(to_number(text.substr(5, 2)))),
                           std::chrono::day(static_cast<unsigned>(to_number(text.substr(8, 2))))};
  return sys_days(day) + hours(to_number(text.substr(11, 2))) + minutes(to_number(text.substr(14, 2))) +
         seconds(to_number(text.substr(17, 2))) + microseconds(to_number(text.substr(20, 6)));
}

std::string between(const std::string& text, std::string_view before, std::string_view after) {
  const auto begin = text.find(before);
  if (begin == std::string::npos) return {};
  const auto from = begin + before.size();
  const auto end = text.find(after, from);
  return end == std::string::npos ? std::string() : text.substr(from, end - from);
}

}  // namespace

MailBed::MailBed(const MailBedOptions& options) : directory_(fresh_directory()) {
  const std::string names = with_commas(options.names), also = with_commas(options.also);
  std::vector<std::string> arguments{"start",      directory_.string(),
                                     "--with",     std::to_string(::getpid()),
                                     "--accounts", std::to_string(options.accounts)};
  if (!names.empty()) arguments.insert(arguments.end(), {"--names", names});
  if (!also.empty()) arguments.insert(arguments.end(), {"--also", also});
  run_mailbed(arguments);
  env_ = read_env(directory_ / "env");
}

MailBed::~MailBed() {
  try {
    run_mailbed({"remove", directory_.string()});
  } catch (const std::exception& error) {
    // The guardian that `--with` started removes the bed when this program ends.
    ::dprintf(STDERR_FILENO, "%s\n", error.what());
  }
}

std::vector<std::string> MailBed::accounts() const {
  std::vector<std::string> list;
  std::istringstream words(env_.at("ACCOUNTS"));
  for (std::string word; words >> word;) list.push_back(word);
  return list;
}

std::string MailBed::address(const std::string& account) const { return env_.at("ADDRESS_" + account); }
std::string MailBed::password(const std::string& account) const { return env_.at("PASSWORD_" + account); }
int MailBed::number(const std::string& name) const { return to_number(env_.at(name)); }

std::vector<Arrival> MailBed::arrivals() const {
  std::vector<Arrival> list;
  std::ifstream in(dovecot_log());
  for (std::string line; std::getline(in, line);) {
    if (line.size() < 27 || line.find(" lmtp(") == std::string::npos || line.find(": save: box=") == std::string::npos)
      continue;
    list.push_back({to_time(line), between(line, " lmtp(", ")"), between(line, ": save: box=", ", "),
                    between(line, "msgid=<", ">")});
  }
  return list;
}

std::vector<Arrival> MailBed::wait_for_arrivals(std::size_t count, std::chrono::milliseconds at_most) const {
  const auto end = std::chrono::steady_clock::now() + at_most;
  auto list = arrivals();
  while (list.size() < count && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    list = arrivals();
  }
  return list;
}

void MailBed::tell(std::vector<std::string> command, const std::vector<std::string>& arguments) const {
  command.push_back(directory_.string());
  command.insert(command.end(), arguments.begin(), arguments.end());
  run_mailbed(std::move(command));
}

}  // namespace mailcanary::testbed
