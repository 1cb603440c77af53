#include "tests/docs/session.h"
#include "tests/places.h"

#include <csignal>
#include <fstream>
#include <regex>
#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace mailcanary::docs {
namespace fs = std::filesystem;
namespace {

using testbed::Process;
using namespace std::chrono_literals;

constexpr auto patience = 120s;  // only a failing test waits for so long
const std::string page_address = "127.0.0.1:8025";
const std::string work_folder = "/srv/mailcanary";
const std::vector<std::string> moved_folders = {"/etc/mailcanary", "/var/lib/mailcanary", "/var/www", work_folder};

// Long enough for a signing key, and an address where one is asked for.
const std::string any_secret = "https://hooks.example/not-really-a-secret\n";
const std::vector<std::string> environment_secrets = {
    "SHOP_PASSWORD",   "OFFICE_PASSWORD",    "WATCH_PASSWORD",       "GMAIL_APP_PASSWORD", "ICLOUD_APP_PASSWORD",
    "HOOK_SECRET",     "PAGER_SECRET",       "FASTMAIL_APP_PASSWORD"};

int free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  const bool bound = ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
                     ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) == 0;
  ::close(fd);
  if (!bound) throw std::runtime_error("no port is free");
  return ntohs(address.sin_port);
}

void put(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file) << text;
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
}

std::vector<std::string> all_matches(const std::string& text, const std::regex& pattern) {
  std::vector<std::string> found;
  for (std::sregex_iterator at(text.begin(), text.end(), pattern), end; at != end; ++at) found.push_back((*at)[1]);
  return found;
}

const std::regex canary_id(R"(([0-7][0-9A-HJKMNP-TV-Z]{25}))");

}  // namespace

Session::Session() {
  std::string name = (fs::temp_directory_path() / "mailcanary-docs-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("make the folder " + name);
  root_ = name;
  work_ = root_ / work_folder.substr(1);
  page_port_ = free_port();
  for (const auto& folder : moved_folders) fs::create_directories(root_ / folder.substr(1));
  fs::create_directories(root_ / "bin");
  fs::create_symlink(testbed::program_under_test(), root_ / "bin/mailcanary");
}

Session::~Session() {
  daemon_.reset();
  std::error_code ignored;
  fs::remove_all(root_, ignored);
}

std::string Session::placed(std::string text) const {
  for (const auto& folder : moved_folders) text = replace_all(text, folder, (root_ / folder.substr(1)).string());
  return replace_all(text, page_address, "127.0.0.1:" + std::to_string(page_port_));
}

std::string Session::as_shown(std::string text) const {
  text = replace_all(text, root_.string(), "");
  text = replace_all(text, "127.0.0.1:" + std::to_string(page_port_), page_address);
  if (bed_ == nullptr) return text;
  text = replace_all(text, bed_->address("shop"), "canary@shop.example");
  return replace_all(text, bed_->address("watch"), "watch@other.example");
}

std::string Session::with_our_accounts(const std::string& yaml) const {
  if (bed_ == nullptr) return yaml;
  const std::string port_out = std::to_string(bed_->smtps_port()), port_in = std::to_string(bed_->imaps_port());
  std::string accounts = "accounts:\n";
  for (const std::string name : {"shop", "watch"}) {
    const std::string provider = name == "shop" ? "shop.example" : "other.example";
    accounts += "  " + name + ": {provider: " + provider + ", address: " + bed_->address(name) +
                ", smtp: \"smtps://127.0.0.1:" + port_out + "\", imap: \"imaps://127.0.0.1:" + port_in +
                "\", password: {file: " + bed_->password_file(name).string() + "}, tls: {ca: " + bed_->ca().string() +
                "}}\n";
  }
  return with_sections_of(yaml, accounts);
}

void Session::make_secrets(const std::string& yaml) {
  static const std::regex file(R"(\{file: ([^}]+)\})"), ca(R"(ca: ([^ ,}\n]+))"), credential(R"(\{credential: ([^}]+)\})");
  for (const auto& list : {all_matches(yaml, file), all_matches(yaml, ca)})
    for (const auto& name : list)
      if (const auto path = work_ / name; !fs::exists(path)) put(path, any_secret);
  for (const auto& name : all_matches(yaml, credential)) put(root_ / "etc/mailcanary/secrets" / name, any_secret);
}

std::string Session::file_name(const Block& yaml) {
  static const std::regex name(R"(# ([A-Za-z0-9/_.-]+\.yaml))");
  std::smatch found;
  if (yaml.lines.empty() || !std::regex_match(yaml.lines.front(), found, name)) return {};
  return found[1];
}

void Session::write(const std::string& name, const std::string& yaml, Accounts accounts) {
  const bool replace = accounts == Accounts::of_the_servers && is_whole(yaml);
  const std::string ours = placed(replace ? with_our_accounts(yaml) : yaml);
  make_secrets(placed(yaml));
  put(work_ / placed(name), ours);
}

testbed::Command Session::shell(const std::string& command) const {
  testbed::Command made;
  // Where the tests themselves run under systemd, its credentials are not ours.
  const std::string before = credentials_ ? "exec 2>&1; " : "exec 2>&1; unset CREDENTIALS_DIRECTORY; ";
  made.arguments = {"sh", "-c", before + "(exit " + std::to_string(exit_code_) + ")\n" + placed(command)};
  made.directory = work_;
  made.environment = {"PATH=" + (root_ / "bin").string() + ":/usr/local/bin:/usr/bin:/bin", "LC_ALL=C.UTF-8"};
  for (const auto& name : environment_secrets) made.environment.push_back(name + "=" + any_secret.substr(0, 41));
  if (credentials_) made.environment.push_back("CREDENTIALS_DIRECTORY=" + (root_ / "etc/mailcanary/secrets").string());
  return made;
}

std::vector<std::string> Session::run(const std::string& command) {
  std::string ours = command;
  if (!last_id_.empty()) ours = std::regex_replace(ours, canary_id, last_id_);
  testbed::Finished done;
  if (ours.starts_with("mailcanary run")) {
    // It runs until it is told to stop, as with Ctrl-C.
    Process process(shell("exec " + ours));
    process.wait_for_output("mailbox connected", patience);
    process.signal(SIGINT);
    done = process.finish(patience);
  } else {
    done = testbed::run_program(shell(ours), patience);
  }
  exit_code_ = done.exit_code;
  const std::string printed = as_shown(done.out + done.err);
  if (std::smatch id; std::regex_search(printed, id, canary_id)) last_id_ = id[1];
  return split_lines(printed);
}

void Session::grant(const std::string& wish) {
  const auto must = [&](const std::string& command) {
    const auto done = testbed::run_program(shell(command), patience);
    if (done.exit_code != 0) throw std::runtime_error(wish + ": " + done.out + done.err);
  };
  if (wish.starts_with("mailbed ")) {
    const std::string program = (source_folder() / "tests/servers/mailbed").string();
    must(program + replace_all(wish.substr(7), "DIR", bed_->directory().string()));
  } else if (wish.starts_with("run ")) {
    daemon_ = std::make_unique<Process>(shell("exec mailcanary " + wish));
    if (daemon_->wait_for_output("running: ", patience) == Process::Seen::no)
      throw std::runtime_error(wish + ": " + daemon_->out());
  } else if (wish == "stop") {
    daemon_.reset();
  } else if (wish.starts_with("until ")) {
    must("for i in $(seq 600); do { " + wish.substr(6) + "; } > /dev/null && exit 0; sleep 0.2; done; exit 1");
  } else {
    throw std::runtime_error("nobody knows how to grant the wish: " + wish);
  }
}

testbed::MailBed& common_bed() {
  static testbed::MailBed bed;
  return bed;
}

Sections sections_of(const std::string& yaml) {
  static const std::regex key("([a-z_]+):.*");
  Sections sections{{"", ""}};
  for (const auto& line : split_lines(yaml)) {
    std::smatch found;
    if (std::regex_match(line, found, key)) sections.emplace_back(found[1], "");
    sections.back().second += line + "\n";
  }
  return sections;
}

bool is_whole(const std::string& yaml) {
  for (const auto& [key, text] : sections_of(yaml))
    if (key == "accounts") return true;
  return false;
}

std::string with_sections_of(const std::string& yaml, const std::string& part) {
  Sections all = sections_of(yaml);
  for (const auto& [key, text] : sections_of(part)) {
    if (key.empty()) continue;
    bool replaced = false;
    for (auto& [known, old] : all) {
      if (known != key) continue;
      old = text;
      replaced = true;
    }
    if (!replaced) all.emplace_back(key, text);
  }
  std::string joined;
  for (const auto& [key, text] : all) joined += text;
  return joined;
}

}  // namespace mailcanary::docs
