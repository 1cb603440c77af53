// The built program with a configuration of its own, and what the end-to-end tests ask of it.
// Does not: start mail servers; see tests/servers/mail_bed.h.
// Threads: the test's. What goes wrong with the program's own output is a std::runtime_error that shows it.
#pragma once
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/servers/mail_bed.h"
#include "tests/servers/process.h"

namespace mailcanary::testbed {

using nlohmann::json;

// Longer than anything takes on a machine that is busy with other things: only a failing test waits for so long.
constexpr std::chrono::seconds patience{90};

// Waits until the condition holds; false when the time is over.
template <class Condition>
bool eventually(Condition condition, std::chrono::milliseconds at_most = patience) {
  const auto end = std::chrono::steady_clock::now() + at_most;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

// A port of 127.0.0.1 that nobody holds just now.
int free_port();

// A folder of a test, removed in the end.
struct TestFolder {
  TestFolder();
  ~TestFolder();
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  std::filesystem::path path;
};
void write_file(const std::filesystem::path& file, const std::string& text);

// Undoes a fault when the test ends, however it ends.
struct Afterwards {
  std::function<void()> call;
  ~Afterwards() { call(); }
};

// An account as the configuration has it; its provider has the same name.
struct WatchedAccount {
  std::string name, address, smtp, imap, more;  // `imap` may be empty; `more`: user, password, tls
};
enum class Wire { tls, starttls };
WatchedAccount account_of(const MailBed& bed, const std::string& name, Wire wire = Wire::tls);
// Sends through the bed's open port without a login, and has no mailbox. Postfix asks Dovecot for passwords, so this
// one can send while Dovecot is stopped.
WatchedAccount sender_without_login(const MailBed& bed, const std::string& name);
// Its password in the configuration is not the one that the server knows.
WatchedAccount with_wrong_password(const MailBed& bed, WatchedAccount account);

// A folder with a configuration, its signing key and its ledger; removed in the end.
class Watch {
 public:
  // `rest` is what follows vantage, status, providers and accounts: routes, rules, channels, as YAML.
  Watch(std::vector<WatchedAccount> accounts, const std::string& rest);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  void configure(const std::string& rest);  // another end for the file; ledger and key stay

  std::filesystem::path file() const { return directory_ / "mailcanary.yaml"; }
  std::filesystem::path site() const { return directory_ / "site"; }  // status.dir
  std::filesystem::path key_file() const { return directory_ / "mailcanary.secret"; }
  int port() const { return port_; }  // status.listen

  // `mailcanary ARGUMENTS -c FILE`.
  Command command(std::vector<std::string> arguments) const;
  Finished tell(std::vector<std::string> arguments, std::chrono::milliseconds at_most = patience) const;
  // The same with --json, for commands that answer 0.
  json ask(std::vector<std::string> arguments) const;
  // Every canary of the route, newest first.
  std::vector<json> canaries(const std::string& route) const;

 private:
  std::vector<WatchedAccount> accounts_;
  std::filesystem::path directory_;
  int port_ = 0;
};

// `mailcanary run`, which has said that it runs. Killed in the end when it was not stopped.
class Daemon {
 public:
  explicit Daemon(const Watch& watch);
  Finished stop();  // SIGTERM
  std::string log() const { return process_->err(); }
  int pid() const { return process_->pid(); }

 private:
  std::unique_ptr<Process> process_;
};

// Every route is well, as `status` says.
bool all_ok(const Watch& watch);

// What the running program serves at this path.
struct Served {
  int status = 0;
  std::string body;
};
Served get(const Watch& watch, const std::string& path);

// The whole books: they balance, or an exception shows why not.
json balanced_books(const Watch& watch);
// The fates of these canaries, in their order.
std::vector<std::string> fates(const std::vector<json>& canaries);
int count_of(const std::vector<std::string>& words, const std::string& word);

std::string contents(const std::filesystem::path& file);

// Through the bed's open SMTP port, as anybody could; the message needs no CRLF.
void send_mail(const MailBed& bed, const std::string& from, const std::string& to, const std::string& message);
// Every message file of the account's inbox (or of the folder, ".Junk").
std::vector<std::filesystem::path> messages_in(const MailBed& bed, const std::string& account,
                                               const std::string& folder = "");
// How many messages there carry a canary of this route.
int canaries_in(const MailBed& bed, const std::string& account, const Watch& watch, const std::string& route);

}  // namespace mailcanary::testbed
