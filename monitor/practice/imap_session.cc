#include "monitor/practice/imap_session.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/crypto.h"
#include "core/text.h"
#include "monitor/practice/imap_syntax.h"
#include "monitor/practice/imap_view.h"

namespace mailcanary::practice {
namespace {

constexpr std::size_t command_limit = 64 * 1024;
constexpr std::size_t output_limit = 256 * 1024;
constexpr int mistake_limit = 20;
constexpr int login_limit = 3;
constexpr std::string_view capabilities = "IMAP4rev1 LITERAL+ SASL-IR AUTH=PLAIN IDLE UIDPLUS UNSELECT SPECIAL-USE";

class ImapSession {
 public:
  ImapSession(std::shared_ptr<PostOffice> office, std::shared_ptr<LineStream> stream)
      : office_(std::move(office)), stream_(std::move(stream)) {}
  Task<void> converse();

 private:
  Task<std::optional<ImapCommand>> read_command();
  Task<void> obey(std::string command, ImapTokens arguments);
  Task<void> obey_in_folder(std::string command, ImapTokens arguments);
  Task<void> authenticate(ImapTokens arguments);
  Task<void> idle();
  void log_in(std::string_view user, std::string_view password);
  void list(const ImapTokens& arguments);
  void status(const ImapTokens& arguments);
  void select(const ImapTokens& arguments, ImapView::Access access);
  std::shared_ptr<MailFolder> folder_named(std::string_view name) const;

  void say(std::string_view line) { stream_->write(fmt::format("{}\r\n", line)); }
  // "OK …", "NO …" or "BAD …"
  void finish(std::string_view reply) {
    say(fmt::format("{} {}", tag_, reply));
    if (!reply.starts_with("BAD") || ++mistakes_ < mistake_limit) return;
    say("* BYE too many mistakes");
    over_ = true;
  }

  std::shared_ptr<PostOffice> office_;
  std::shared_ptr<LineStream> stream_;
  std::string tag_ = "*";
  Mailbox* mailbox_ = nullptr;      // null before the login; lives as long as the office
  std::unique_ptr<ImapView> view_;  // null while no folder is open
  bool over_ = false;
  int mistakes_ = 0, failed_logins_ = 0;
};

Task<std::optional<ImapCommand>> ImapSession::read_command() {
  const Duration patience = mailbox_ ? Duration(std::chrono::minutes(30)) : std::chrono::minutes(1);
  ImapCommand command;
  std::size_t size = 0;
  for (;;) {
    const auto line = co_await stream_->read_line(command_limit - size, patience);
    if (line.end == LineStream::Line::End::too_long) say("* BYE the command is too long");
    if (line.end == LineStream::Line::End::timed_out) say("* BYE nothing was said for too long");
    if (line.end != LineStream::Line::End::line) co_return std::nullopt;
    command.text += line.text;
    const auto literal = literal_at_end(line.text);
    if (!literal) co_return command;
    size += line.text.size();
    if (literal->size > command_limit - size) {
      say("* BYE the command is too long");
      co_return std::nullopt;
    }
    size += literal->size;
    if (literal->waits) say("+ go on");
    auto bytes = co_await stream_->read_exactly(literal->size, patience);
    if (!bytes) co_return std::nullopt;
    command.literals.push_back(std::move(*bytes));
  }
}

Task<void> ImapSession::converse() {
  say(fmt::format("* OK [CAPABILITY {}] {} practice provider", capabilities, office_->name()));
  while (!over_) {
    const auto command = co_await read_command();
    if (!command) break;
    auto tokens = read_tokens(*command);
    const bool named = tokens && tokens->size() >= 2 && (*tokens)[0].kind == ImapToken::Kind::atom &&
                       (*tokens)[1].kind == ImapToken::Kind::atom;
    tag_ = named ? one_line((*tokens)[0].value) : "*";
    if (!named) {
      finish("BAD this is no command");
      continue;
    }
    std::string word = lower((*tokens)[1].value);
    tokens->erase(tokens->begin(), tokens->begin() + 2);
    co_await obey(std::move(word), std::move(*tokens));
    const bool listens = co_await stream_->wait_written(output_limit);
    if (!listens) break;
  }
  co_await stream_->wait_written(0);
}

Task<void> ImapSession::obey(std::string command, ImapTokens arguments) {
  if (command == "capability") {
    say(fmt::format("* CAPABILITY {}", capabilities));
    finish("OK that is all");
  } else if (command == "noop" || command == "check") {
    if (view_) view_->announce_changes();
    finish("OK nothing more");
  } else if (command == "logout") {
    say(fmt::format("* BYE {} says goodbye", office_->name()));
    finish("OK logged out");
    over_ = true;
  } else if (command == "login" || command == "authenticate") {
    const bool usable = arguments.size() >= (command == "login" ? 2u : 1u);
    if (mailbox_ || !usable)
      finish("BAD not now, or not so");
    else if (command == "login")
      log_in(arguments[0].value, arguments[1].value);
    else
      co_await authenticate(std::move(arguments));
  } else if (!mailbox_) {
    finish("BAD log in first, or no such command");
  } else if (command == "list" || command == "lsub") {
    list(arguments);
  } else if (command == "status") {
    status(arguments);
  } else if (command == "select" || command == "examine") {
    select(arguments, command == "examine" ? ImapView::Access::read_only : ImapView::Access::read_write);
  } else if (command == "idle") {
    co_await idle();
  } else if (!view_) {
    finish("BAD open a folder first, or no such command");
  } else {
    co_await obey_in_folder(std::move(command), std::move(arguments));
  }
}

Task<void> ImapSession::obey_in_folder(std::string command, ImapTokens arguments) {
  auto numbers = ImapView::Numbers::sequence;
  if (command == "uid" && !arguments.empty()) {
    numbers = ImapView::Numbers::uid;
    command = lower(arguments.front().value);
    arguments.erase(arguments.begin());
  }
  const bool leaves = command == "close" || command == "unselect";
  std::string reply = "OK closed";
  if (command != "unselect") reply = co_await view_->obey(command, std::move(arguments), numbers);
  if (leaves) view_.reset();
  finish(reply);
}

// RFC 2177: new mail is announced at once, until the client says DONE.
Task<void> ImapSession::idle() {
  say("+ idling");
  if (view_) view_->start_announcing();
  const auto line = co_await stream_->read_line(command_limit, std::chrono::minutes(30));
  if (view_) view_->stop_announcing();
  if (line.end != LineStream::Line::End::line) {
    over_ = true;
  } else {
    finish(iequals(line.text, "DONE") ? "OK no longer idle" : "BAD only DONE ends IDLE");
  }
}

void ImapSession::log_in(std::string_view user, std::string_view password) {
  mailbox_ = office_->log_in(user, password);
  if (mailbox_) return finish(fmt::format("OK [CAPABILITY {}] logged in", capabilities));
  finish("NO [AUTHENTICATIONFAILED] user or password is wrong");
  if (++failed_logins_ < login_limit) return;
  say("* BYE too many wrong passwords");
  over_ = true;
}

Task<void> ImapSession::authenticate(ImapTokens arguments) {
  if (!iequals(arguments[0].value, "PLAIN")) {
    finish("NO [CANNOT] only PLAIN is known here");
    co_return;
  }
  std::string response;
  if (arguments.size() > 1) {
    response = arguments[1].value;
  } else {
    say("+ ");
    const auto line = co_await stream_->read_line(command_limit, std::chrono::minutes(1));
    if (line.end != LineStream::Line::End::line) {
      over_ = true;
      co_return;
    }
    response = line.text;
  }
  // RFC 4616: [authzid] NUL authcid NUL passwd
  const auto plain = from_base64(response);
  const auto user = plain ? plain->find('\0') : std::string::npos;
  const auto password = user == std::string::npos ? std::string::npos : plain->find('\0', user + 1);
  if (password == std::string::npos)
    finish("BAD given up, or this is not what PLAIN says");
  else
    log_in(plain->substr(user + 1, password - user - 1), plain->substr(password + 1));
}

std::shared_ptr<MailFolder> ImapSession::folder_named(std::string_view name) const {
  if (iequals(name, "INBOX")) return mailbox_->inbox;
  return name == mailbox_->junk->name() ? mailbox_->junk : nullptr;
}

void ImapSession::list(const ImapTokens& arguments) {
  // LIST (SPECIAL-USE) "" "*" asks for marked folders only (RFC 6154 §3).
  const bool only_marked = !arguments.empty() && arguments[0].kind == ImapToken::Kind::open;
  std::size_t at = 0;
  if (only_marked) {
    while (at < arguments.size() && arguments[at].kind != ImapToken::Kind::close) ++at;
    ++at;
  }
  if (at + 1 >= arguments.size()) return finish("BAD a reference and a pattern should follow");
  const std::string& pattern = arguments[at + 1].value;
  const bool all = pattern == "*" || pattern == "%";
  if (pattern.empty()) say("* LIST (\\Noselect) \"/\" \"\"");
  if (!only_marked && (all || iequals(pattern, "INBOX"))) say("* LIST (\\HasNoChildren) \"/\" INBOX");
  if (all || pattern == mailbox_->junk->name())
    say(fmt::format("* LIST (\\HasNoChildren \\Junk) \"/\" {}", mailbox_->junk->name()));
  finish("OK that is all");
}

void ImapSession::status(const ImapTokens& arguments) {
  const auto folder = arguments.empty() ? nullptr : folder_named(arguments[0].value);
  if (!folder) return finish("NO [NONEXISTENT] no such folder");
  const auto& messages = folder->messages();
  std::vector<std::string> parts;
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    const std::string item = lower(arguments[i].value);
    if (arguments[i].kind != ImapToken::Kind::atom) continue;
    std::size_t value = 0;
    if (item == "messages")
      value = messages.size();
    else if (item == "uidnext")
      value = folder->uid_next();
    else if (item == "uidvalidity")
      value = folder->uid_validity();
    else if (item == "unseen")
      value = static_cast<std::size_t>(
          std::count_if(messages.begin(), messages.end(), [](const auto& mail) { return !mail.has(MailFlag::seen); }));
    else if (item != "recent")
      return finish("BAD this status is not known here");
    parts.push_back(fmt::format("{} {}", arguments[i].value, value));
  }
  say(fmt::format("* STATUS {} ({})", folder->name(), fmt::join(parts, " ")));
  finish("OK that is all");
}

void ImapSession::select(const ImapTokens& arguments, ImapView::Access access) {
  view_.reset();
  const auto folder = arguments.empty() ? nullptr : folder_named(arguments[0].value);
  if (!folder) return finish("NO [NONEXISTENT] no such folder");
  view_ = std::make_unique<ImapView>(folder, stream_, access);
  finish(access == ImapView::Access::read_only ? "OK [READ-ONLY] open" : "OK [READ-WRITE] open");
}

}  // namespace

Task<void> serve_imap(std::shared_ptr<PostOffice> office, std::shared_ptr<LineStream> stream) {
  ImapSession session(std::move(office), std::move(stream));
  co_await session.converse();
}

}  // namespace mailcanary::practice
