// What a reader of one page does, done in a folder of the test's own: files are written, commands run, one after the
// other. Paths such as /etc/mailcanary lie below that folder, and their files and secrets are there.
// Threads: one. What cannot be done is a std::runtime_error.
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/docs/pages.h"
#include "tests/servers/mail_bed.h"
#include "tests/servers/process.h"

namespace mailcanary::docs {

class Session {
 public:
  Session();
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // The accounts shop and watch, in any file written from now on, are those of a real Postfix and Dovecot.
  void use_servers(testbed::MailBed& bed) { bed_ = &bed; }
  // "mailbed refuse DIR watch@bed.example", "run -c FILE", "stop", "until COMMAND".
  void grant(const std::string& wish);

  // "# NAME" in the first line of a YAML block: the file it is. Empty: it has none.
  static std::string file_name(const Block& yaml);
  // Makes the secrets and files the YAML names, and writes it.
  enum class Accounts { of_the_servers, as_written };  // the first only after use_servers()
  void write(const std::string& name, const std::string& yaml, Accounts accounts = Accounts::of_the_servers);

  // What the command prints, standard error included, in the words of the page.
  std::vector<std::string> run(const std::string& command);
  int exit_code() const { return exit_code_; }

  // systemd's credentials; only the loading of files has them.
  void with_credentials() { credentials_ = true; }

 private:
  std::string placed(std::string text) const;   // the page's paths and ports as they are here
  std::string as_shown(std::string text) const; // and back
  std::string with_our_accounts(const std::string& yaml) const;
  void make_secrets(const std::string& yaml);
  testbed::Command shell(const std::string& command) const;

  std::filesystem::path root_, work_;
  testbed::MailBed* bed_ = nullptr;
  std::unique_ptr<testbed::Process> daemon_;
  int page_port_ = 0;
  int exit_code_ = 0;
  bool credentials_ = false;
  std::string last_id_;  // of the canary that was printed last and first
};

// One for all tests of this program, started when it is first asked for.
testbed::MailBed& common_bed();

// YAML by its top-level keys, so that a part of a file can take the place of the same part of another.
using Sections = std::vector<std::pair<std::string, std::string>>;
Sections sections_of(const std::string& yaml);
bool is_whole(const std::string& yaml);  // it names accounts
std::string with_sections_of(const std::string& yaml, const std::string& part);

}  // namespace mailcanary::docs
