#include "tests/e2e/watch.h"
#include "tests/places.h"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fmt/format.h>

namespace mailcanary::testbed {
namespace {

namespace fs = std::filesystem;

fs::path fresh_directory() {
  std::string name = (fs::temp_directory_path() / "mailcanary-e2e-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("make a directory: " + name);
  return name;
}

std::string transcript(const Command& command, const Finished& done) {
  std::string line;
  for (const auto& argument : command.arguments) line += argument + " ";
  return fmt::format("{}\nexit code {}\nstdout: {}\nstderr: {}", line, done.exit_code, done.out, done.err);
}

}  // namespace

int free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool bound = ::bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(fd);
  if (!bound) throw std::runtime_error("find a free port");
  return ntohs(address.sin_port);
}

void write_file(const fs::path& file, const std::string& text) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << text;
  if (!out.flush()) throw std::runtime_error("write " + file.string());
}

TestFolder::TestFolder() : path(fresh_directory()) {}

TestFolder::~TestFolder() {
  std::error_code ignored;
  fs::remove_all(path, ignored);
}

WatchedAccount account_of(const MailBed& bed, const std::string& name, Wire wire) {
  const bool tls = wire == Wire::tls;
  return {name, bed.address(name),
          fmt::format("{}://127.0.0.1:{}", tls ? "smtps" : "smtp", tls ? bed.smtps_port() : bed.submission_port()),
          fmt::format("{}://127.0.0.1:{}", tls ? "imaps" : "imap", tls ? bed.imaps_port() : bed.imap_port()),
          fmt::format("user: {}, password: {{file: {}}}, tls: {{ca: {}}}", bed.address(name),
                      bed.password_file(name).string(), bed.ca().string())};
}

WatchedAccount sender_without_login(const MailBed& bed, const std::string& name) {
  return {name, bed.address(name), fmt::format("smtp://127.0.0.1:{}", bed.smtp_port()), "",
          fmt::format("tls: {{ca: {}}}", bed.ca().string())};
}

WatchedAccount with_wrong_password(const MailBed& bed, WatchedAccount account) {
  const fs::path file = bed.directory() / "wrong-password";
  write_file(file, "wrong\n");
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
  account.more = fmt::format("user: {}, password: {{file: {}}}, tls: {{ca: {}}}", account.address, file.string(),
                             bed.ca().string());
  return account;
}

Watch::Watch(std::vector<WatchedAccount> accounts, const std::string& rest)
    : accounts_(std::move(accounts)), directory_(fresh_directory()), port_(free_port()) {
  configure(rest);
}

Watch::~Watch() {
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
}

void Watch::configure(const std::string& rest) {
  std::string text = fmt::format("vantage: bed\nstatus: {{title: Bed Mail, dir: {}, listen: \"127.0.0.1:{}\"}}\n",
                                 site().string(), port_);
  text += "providers:\n";
  for (const auto& account : accounts_) text += fmt::format("  {0}: {{name: Provider {0}}}\n", account.name);
  text += "accounts:\n";
  for (const auto& account : accounts_) {
    text += fmt::format("  {0}: {{provider: {0}, address: {1}, smtp: \"{2}\"", account.name, account.address, account.smtp);
    if (!account.imap.empty()) text += fmt::format(", imap: \"{}\"", account.imap);
    text += (account.more.empty() ? "" : ", ") + account.more + "}\n";
  }
  write_file(file(), text + rest);
}

Command Watch::command(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), program_under_test());
  arguments.insert(arguments.end(), {"-c", file().string()});
  return {std::move(arguments), {}, {}, {}};
}

Finished Watch::tell(std::vector<std::string> arguments, std::chrono::milliseconds at_most) const {
  return run_program(command(std::move(arguments)), at_most);
}

json Watch::ask(std::vector<std::string> arguments) const {
  arguments.push_back("--json");
  const Command question = command(std::move(arguments));
  const Finished done = run_program(question, patience);
  json answer = json::parse(done.out, nullptr, false);
  if (done.exit_code != 0 || answer.is_discarded()) throw std::runtime_error(transcript(question, done));
  return answer;
}

std::vector<json> Watch::canaries(const std::string& route) const { return ask({"history", route, "-n", "100000"}); }

Daemon::Daemon(const Watch& watch) : process_(std::make_unique<Process>(watch.command({"run"}))) {
  if (process_->wait_for_output("running: ", patience) == Process::Seen::yes) return;
  throw std::runtime_error("mailcanary run does not start: " + process_->out() + process_->err());
}

Finished Daemon::stop() {
  process_->signal(SIGTERM);
  return process_->finish(patience);
}

bool all_ok(const Watch& watch) {
  const json status = watch.ask({"status"});
  const json& routes = status["routes"];
  return !routes.empty() && std::all_of(routes.begin(), routes.end(), [](const json& route) { return route["state"] == "ok"; });
}

Served get(const Watch& watch, const std::string& path) {
  const std::string url = fmt::format("http://127.0.0.1:{}{}", watch.port(), path);
  const auto done = run_program({{"curl", "-sS", "--max-time", "20", "-w", "\n%{http_code}", url}, {}, {}, {}}, patience);
  const auto mark = done.out.rfind('\n');
  if (done.exit_code != 0 || mark == std::string::npos) throw std::runtime_error(url + ": " + done.err);
  return {std::atoi(done.out.c_str() + mark + 1), done.out.substr(0, mark)};
}

json balanced_books(const Watch& watch) {
  const json books = watch.ask({"audit"});
  std::int64_t settled_or_pending = 0;
  for (const auto& [fate, count] : books.at("fates").items()) {
    if (fate != "unknown") settled_or_pending += count.get<std::int64_t>();
  }
  if (!books.at("balanced").get<bool>() || settled_or_pending != books.at("sent")) throw std::runtime_error(books.dump());
  return books;
}

std::vector<std::string> fates(const std::vector<json>& canaries) {
  std::vector<std::string> words;
  for (const auto& canary : canaries) words.push_back(canary.at("fate"));
  return words;
}

int count_of(const std::vector<std::string>& words, const std::string& word) {
  return static_cast<int>(std::count(words.begin(), words.end(), word));
}

std::string contents(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) throw std::runtime_error("read " + file.string());
  return text.str();
}

void send_mail(const MailBed& bed, const std::string& from, const std::string& to, const std::string& message) {
  const auto done = run_program({{"curl", "-sS", "--crlf", "--url", fmt::format("smtp://127.0.0.1:{}", bed.smtp_port()),
                                  "--mail-from", from, "--mail-rcpt", to, "-T", "-"},
                                 message,
                                 {},
                                 {}},
                                patience);
  if (done.exit_code != 0) throw std::runtime_error("send a message: " + done.err);
}

std::vector<fs::path> messages_in(const MailBed& bed, const std::string& account, const std::string& folder) {
  // The server may be moving mail from new to cur: looked for in this order, none is missed and none is counted twice.
  std::map<std::string, fs::path> found;
  for (const char* part : {"new", "cur"}) {
    const fs::path directory = bed.maildir(account) / folder / part;
    if (!fs::exists(directory)) continue;
    for (const auto& entry : fs::directory_iterator(directory)) {
      const std::string name = entry.path().filename();
      found[name.substr(0, name.find(":2,"))] = entry.path();
    }
  }
  std::vector<fs::path> files;
  for (auto& [name, file] : found) files.push_back(std::move(file));
  return files;
}

int canaries_in(const MailBed& bed, const std::string& account, const Watch& watch, const std::string& route) {
  const auto canaries = watch.canaries(route);
  int count = 0;
  for (const auto& file : messages_in(bed, account)) {
    // It may be deleted while we look.
    std::ifstream in(file, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    count += std::any_of(canaries.begin(), canaries.end(), [&](const json& canary) {
      return text.find(canary.at("id").get<std::string>()) != std::string::npos;
    });
  }
  return count;
}

}  // namespace mailcanary::testbed
