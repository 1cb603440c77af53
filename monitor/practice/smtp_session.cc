#include "monitor/practice/smtp_session.h"

#include <cstdlib>

#include <fmt/format.h>

#include "core/crypto.h"
#include "core/text.h"

namespace mailcanary::practice {
namespace {

constexpr std::size_t command_limit = 4096;
constexpr std::size_t data_line_limit = 64 * 1024;
constexpr std::size_t recipient_limit = 100;
constexpr int mistake_limit = 20;
constexpr int login_limit = 3;
constexpr Duration patience = std::chrono::minutes(5);

class SmtpSession {
 public:
  SmtpSession(std::shared_ptr<PostOffice> office, std::shared_ptr<LineStream> stream)
      : office_(std::move(office)), stream_(std::move(stream)) {}
  Task<void> converse();

 private:
  Task<void> obey(std::string verb, std::string arguments);
  void hello(std::string_view verb, std::string_view name);
  Task<void> authenticate(std::string arguments);
  Task<std::optional<std::string>> ask(std::string challenge);
  void finish_login(std::string_view user, std::string_view password);
  void mail(std::string_view arguments);
  void recipient(std::string_view arguments);
  Task<void> data();

  void say(std::string_view reply) { stream_->write(fmt::format("{}\r\n", reply)); }
  void object(std::string_view reply) {
    say(reply);
    if (++mistakes_ < mistake_limit) return;
    say("421 4.7.0 too many mistakes");
    over_ = true;
  }
  void reset() {
    in_transaction_ = false;
    template_ = Envelope();
    recipients_.clear();
  }

  std::shared_ptr<PostOffice> office_;
  std::shared_ptr<LineStream> stream_;
  std::string client_;  // as it called itself
  bool extended_ = false, logged_in_ = false, in_transaction_ = false, over_ = false;
  int mistakes_ = 0, failed_logins_ = 0;
  Envelope template_;  // what all recipients of the transaction share
  std::vector<Envelope> recipients_;
};

Task<void> SmtpSession::converse() {
  say(fmt::format("220 {} ESMTP Mailcanary practice provider", office_->name()));
  while (!over_) {
    const auto line = co_await stream_->read_line(command_limit, patience);
    if (line.end == LineStream::Line::End::too_long) say("500 5.5.2 the line is too long");
    if (line.end == LineStream::Line::End::timed_out) say("421 4.4.2 nothing was said for too long");
    if (line.end != LineStream::Line::End::line) break;
    const std::string_view text = trim(line.text);
    const auto space = text.find(' ');
    std::string arguments(space == std::string_view::npos ? "" : trim(text.substr(space)));
    co_await obey(lower(text.substr(0, space)), std::move(arguments));
  }
  co_await stream_->wait_written(0);
}

Task<void> SmtpSession::obey(std::string verb, std::string arguments) {
  if (verb == "ehlo" || verb == "helo") {
    hello(verb, arguments);
  } else if (verb == "auth") {
    co_await authenticate(std::move(arguments));
  } else if (verb == "mail") {
    mail(arguments);
  } else if (verb == "rcpt") {
    recipient(arguments);
  } else if (verb == "data") {
    co_await data();
  } else if (verb == "rset") {
    reset();
    say("250 2.0.0 forgotten");
  } else if (verb == "noop") {
    say("250 2.0.0 nothing done");
  } else if (verb == "vrfy") {
    say("252 2.5.2 send mail and see");
  } else if (verb == "quit") {
    say(fmt::format("221 2.0.0 {} says goodbye", office_->name()));
    over_ = true;
  } else {
    object("500 5.5.2 this command is not known here");
  }
}

void SmtpSession::hello(std::string_view verb, std::string_view name) {
  if (!is_hello_name(name)) return object("501 5.5.4 a host name should follow");
  client_ = name;
  extended_ = verb == "ehlo";
  reset();
  if (!extended_) return say(fmt::format("250 {}", office_->name()));
  say(
      fmt::format("250-{}\r\n250-PIPELINING\r\n250-SIZE {}\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n250-DSN\r\n"
                  "250 AUTH PLAIN LOGIN",
                  office_->name(), PostOffice::message_limit));
}

// One step of SASL (RFC 4954 §4). Nothing when the client gave up, spoke garbage or went away.
Task<std::optional<std::string>> SmtpSession::ask(std::string challenge) {
  say(fmt::format("334 {}", to_base64(challenge)));
  const auto line = co_await stream_->read_line(command_limit, patience);
  if (line.end != LineStream::Line::End::line) over_ = true;
  if (over_ || line.text == "*") co_return std::nullopt;
  co_return from_base64(line.text);
}

Task<void> SmtpSession::authenticate(std::string arguments) {
  if (!extended_ || logged_in_ || in_transaction_) {
    object("503 5.5.1 not now");
    co_return;
  }
  const auto space = arguments.find(' ');
  const std::string mechanism = lower(arguments.substr(0, space));
  const std::string initial = space == std::string::npos ? "" : arguments.substr(space + 1);
  if (mechanism != "plain" && mechanism != "login") {
    object("504 5.5.4 PLAIN and LOGIN are known here");
    co_return;
  }
  std::optional<std::string> first, second;
  if (initial.empty()) {
    std::string challenge = mechanism == "login" ? "Username:" : "";
    first = co_await ask(std::move(challenge));
  } else {
    first = initial == "=" ? "" : from_base64(initial);
  }
  if (first && mechanism == "login") second = co_await ask("Password:");
  if (over_) co_return;
  if (!first || (mechanism == "login" && !second)) {
    object("501 5.5.2 given up, or no base64");
    co_return;
  }
  if (mechanism == "login") {
    finish_login(*first, *second);
    co_return;
  }
  // RFC 4616: [authzid] NUL authcid NUL passwd
  const auto user = first->find('\0');
  const auto password = user == std::string::npos ? std::string::npos : first->find('\0', user + 1);
  if (password == std::string::npos)
    object("501 5.5.2 this is not what PLAIN says");
  else
    finish_login(first->substr(user + 1, password - user - 1), first->substr(password + 1));
}

void SmtpSession::finish_login(std::string_view user, std::string_view password) {
  logged_in_ = office_->log_in(user, password) != nullptr;
  if (logged_in_) return say("235 2.7.0 logged in");
  object("535 5.7.8 user or password is wrong");
  if (++failed_logins_ >= login_limit) over_ = true;
}

void SmtpSession::mail(std::string_view arguments) {
  if (client_.empty()) return object("503 5.5.1 say EHLO first");
  if (in_transaction_) return object("503 5.5.1 one message at a time");
  auto path = parse_smtp_path(arguments, "FROM:");
  if (!path) return object("501 5.1.7 no sender can be read from this");
  Envelope envelope;
  envelope.from = std::move(path->address);
  for (const auto& [name, value] : path->more) {
    if (name == "SIZE") {
      const bool huge = value.size() > 8 || std::strtoul(value.c_str(), nullptr, 10) > PostOffice::message_limit;
      if (huge) return say("552 5.3.4 the message is too big");
    } else if (name == "RET" && (iequals(value, "FULL") || iequals(value, "HDRS"))) {
      envelope.returns = iequals(value, "FULL") ? DeliveryReport::Return::whole : DeliveryReport::Return::header;
    } else if (name == "ENVID") {
      auto decoded = decode_xtext(value);
      if (!decoded || decoded->size() > 100) return object("501 5.5.4 ENVID cannot be read");
      envelope.envelope_id = std::move(*decoded);
    } else if (name != "BODY" && name != "AUTH") {
      return object(fmt::format("555 5.5.4 {} is not known here", one_line(name)));
    }
  }
  template_ = std::move(envelope);
  in_transaction_ = true;
  say("250 2.1.0 sender taken");
}

void SmtpSession::recipient(std::string_view arguments) {
  if (!in_transaction_) return object("503 5.5.1 say MAIL first");
  auto path = parse_smtp_path(arguments, "TO:");
  if (!path || path->address.empty()) return object("501 5.1.3 no recipient can be read from this");
  Envelope envelope = template_;
  envelope.to = std::move(path->address);
  for (const auto& [name, value] : path->more) {
    if (name == "NOTIFY") {
      const auto notify = parse_notify(value);
      if (!notify) return object("501 5.5.4 NOTIFY cannot be read");
      envelope.notify = *notify;
    } else if (name == "ORCPT") {
      auto decoded = decode_xtext(value);
      if (!decoded || decoded->size() > 500) return object("501 5.5.4 ORCPT cannot be read");
      envelope.original_recipient = std::move(*decoded);
    } else {
      return object(fmt::format("555 5.5.4 {} is not known here", one_line(name)));
    }
  }
  const auto client = logged_in_ ? PostOffice::Client::own_user : PostOffice::Client::stranger;
  if (const auto refusal = office_->refusal_of(envelope.to, client)) return say(*refusal);
  if (recipients_.size() >= recipient_limit) return say("452 4.5.3 too many recipients");
  recipients_.push_back(std::move(envelope));
  say("250 2.1.5 recipient taken");
}

Task<void> SmtpSession::data() {
  if (!in_transaction_ || recipients_.empty()) {
    object(in_transaction_ ? "554 5.5.1 no valid recipients" : "503 5.5.1 say MAIL first");
    co_return;
  }
  say("354 end with a dot on a line of its own");
  std::string message;
  bool too_big = false;
  for (;;) {
    const auto line = co_await stream_->read_line(data_line_limit, patience);
    if (line.end == LineStream::Line::End::too_long) say("500 5.5.2 the line is too long");
    if (line.end != LineStream::Line::End::line) {
      over_ = true;
      co_return;
    }
    if (line.text == ".") break;
    too_big = too_big || message.size() + line.text.size() > PostOffice::message_limit;
    if (too_big) continue;  // read to its end, so that the reply comes where the client waits for it
    message.append(line.text, line.text.starts_with('.') ? 1 : 0);
    message += "\r\n";
  }
  std::string ids;
  const auto bytes = std::make_shared<const std::string>(std::move(message));
  for (Envelope& envelope : recipients_) {
    if (too_big) break;
    envelope.message = bytes;
    const char* protocol = logged_in_ ? "ESMTPA" : extended_ ? "ESMTP" : "SMTP";
    const auto arrival = fmt::format("from {} ([127.0.0.1])", client_);
    ids = office_->take(std::move(envelope), arrival, protocol, PostOffice::Source::client);
  }
  reset();
  if (too_big)
    say("552 5.3.4 the message is too big");
  else
    say(fmt::format("250 2.0.0 taken as {}", ids));
}

}  // namespace

Task<void> serve_smtp(std::shared_ptr<PostOffice> office, std::shared_ptr<LineStream> stream) {
  SmtpSession session(std::move(office), std::move(stream));
  co_await session.converse();
}

}  // namespace mailcanary::practice
