#include "probes/smtp_session.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "core/text.h"

namespace mailcanary {
namespace {

// The steps of a transaction, their names for people, and the first digit of the answer that grants them.
struct StepInfo {
  const char* name;
  int granting;
};
constexpr std::array<StepInfo, 7> steps = {{
    {"ehlo", 2},
    {"mail from", 2},
    {"rcpt to", 2},
    {"data", 3},
    {"end of data", 2},
    {"greeting", 2},
    {"lhlo", 2},
}};
const StepInfo& info_of(SmtpStep step) { return steps[static_cast<std::size_t>(step)]; }

bool has_eight_bit(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

std::string mail_command(const ComposedCanary& canary, const SmtpExtensions& extensions) {
  std::string line = fmt::format("MAIL FROM:<{}>", canary.envelope_from);
  if (extensions.size) line += fmt::format(" SIZE={}", canary.message.size());
  if (extensions.eight_bit && has_eight_bit(canary.message)) line += " BODY=8BITMIME";
  if (extensions.dsn) line += " RET=HDRS ENVID=" + xtext(canary.envelope_id);
  return line + "\r\n";
}

std::string rcpt_command(const ComposedCanary& canary, const SmtpExtensions& extensions) {
  std::string line = fmt::format("RCPT TO:<{}>", canary.envelope_to);
  if (extensions.dsn) line += " NOTIFY=FAILURE,DELAY ORCPT=rfc822;" + xtext(canary.envelope_to);
  return line + "\r\n";
}

}  // namespace

const char* name_of(SmtpStep step) { return info_of(step).name; }

std::string smtp_hello_name() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return "localhost";
  std::string clean;
  for (const char c : std::string_view(name.data())) {
    const bool good =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
    if (good) clean += c;
  }
  return clean.empty() ? "localhost" : clean;
}

SmtpSession::SmtpSession(std::unique_ptr<LineSession> line, std::string hello_name, Dialect dialect)
    : line_(std::move(line)), hello_name_(std::move(hello_name)), dialect_(dialect) {}

Task<Result<SmtpReply>> SmtpSession::read_reply(MonoTime deadline) {
  SmtpReplyReader reader;
  for (;;) {
    auto line = co_await line_->read_line(deadline, SmtpReplyReader::max_line);
    if (!line) co_return line.error();
    const auto state = reader.add(*line);
    if (state == SmtpReplyReader::State::complete) co_return reader.take();
    if (state == SmtpReplyReader::State::no_reply) co_return Error{ErrorKind::protocol, reader.trouble()};
  }
}

// A server that closes says why before; then its last words decide, not the broken pipe.
Task<Result<void>> SmtpSession::say(std::string bytes, MonoTime deadline) {
  auto written = co_await line_->write(std::move(bytes), deadline);
  if (!written && written.error().kind == ErrorKind::protocol && line_->has_input()) co_return Result<void>{};
  co_return written;
}

SmtpTransaction SmtpSession::judge(SmtpStep step, Result<SmtpReply> reply) {
  SmtpTransaction at{step, std::nullopt, {}, ErrorKind::protocol};
  if (!reply) {
    over_ = true;
    at.trouble = reply.error().message;
    at.trouble_kind = reply.error().kind;
    return at;
  }
  const int severity = reply->severity();
  if (reply->code == 421) over_ = true;
  if (severity != info_of(step).granting && severity < 4) {
    over_ = true;
    at.trouble = "an answer out of place: " + reply->line();
    return at;
  }
  at.reply = std::move(*reply);
  return at;
}

bool SmtpSession::granted(const SmtpTransaction& so_far) const {
  return so_far.reply && so_far.reply->severity() == info_of(so_far.step).granting;
}

Task<Result<SmtpReply>> SmtpSession::ask(std::string line, MonoTime deadline) {
  auto said = co_await say(std::move(line), deadline);
  if (!said) co_return said.error();
  auto reply = co_await read_reply(deadline);
  co_return reply;
}

Task<SmtpTransaction> SmtpSession::command(SmtpStep step, std::string line, MonoTime deadline) {
  auto reply = co_await ask(std::move(line), deadline);
  co_return judge(step, std::move(reply));
}

Task<SmtpTransaction> SmtpSession::say_hello(MonoTime deadline) {
  if (dialect_ == Dialect::lmtp) {
    auto reply = co_await read_reply(deadline);
    auto greeting = judge(SmtpStep::greeting, std::move(reply));
    if (!granted(greeting)) co_return greeting;
    std::string lhlo = fmt::format("LHLO {}\r\n", hello_name_);
    auto hello = co_await command(SmtpStep::lhlo, std::move(lhlo), deadline);
    co_return hello;
  }
  std::string ehlo = fmt::format("EHLO {}\r\n", hello_name_);
  auto hello = co_await command(SmtpStep::ehlo, std::move(ehlo), deadline);
  co_return hello;
}

Task<SmtpTransaction> SmtpSession::send(std::shared_ptr<const ComposedCanary> canary, MonoTime deadline) {
  if (!greeted_) {
    auto hello = co_await say_hello(deadline);
    // An old server that knows no EHLO has been greeted by libcurl with HELO, and offers nothing.
    const bool unknown = hello.step == SmtpStep::ehlo && hello.reply && hello.reply->severity() == 5;
    if (!granted(hello) && !unknown) {
      over_ = true;
      co_return hello;
    }
    if (!unknown) extensions_ = read_extensions(*hello.reply);
    greeted_ = true;
  }
  ++transactions_;
  needs_reset_ = true;
  auto opened = extensions_.pipelining ? open_pipelined(canary, deadline) : open_stepwise(canary, deadline);
  auto ready = co_await std::move(opened);
  if (!granted(ready)) co_return ready;

  std::string data = as_data(canary->message);
  auto done = co_await command(SmtpStep::end_of_data, std::move(data), deadline);
  data_open_ = false;
  // After the end of data nothing is left of the transaction, granted or not (RFC 5321 §4.1.1.4).
  needs_reset_ = false;
  co_return done;
}

Task<SmtpTransaction> SmtpSession::open_stepwise(std::shared_ptr<const ComposedCanary> canary, MonoTime deadline) {
  std::string mail = mail_command(*canary, extensions_);
  auto now = co_await command(SmtpStep::mail_from, std::move(mail), deadline);
  if (!granted(now)) co_return now;
  std::string rcpt = rcpt_command(*canary, extensions_);
  now = co_await command(SmtpStep::rcpt_to, std::move(rcpt), deadline);
  if (!granted(now)) co_return now;
  std::string data = "DATA\r\n";
  now = co_await command(SmtpStep::data, std::move(data), deadline);
  data_open_ = granted(now);
  co_return now;
}

Task<SmtpTransaction> SmtpSession::open_pipelined(std::shared_ptr<const ComposedCanary> canary, MonoTime deadline) {
  static constexpr std::array<SmtpStep, 3> order = {SmtpStep::mail_from, SmtpStep::rcpt_to, SmtpStep::data};
  std::string commands = mail_command(*canary, extensions_) + rcpt_command(*canary, extensions_) + "DATA\r\n";
  auto said = co_await say(std::move(commands), deadline);
  if (!said) co_return judge(SmtpStep::mail_from, said.error());
  owed_replies_ = order.size();
  SmtpTransaction now;
  for (const SmtpStep step : order) {
    auto reply = co_await read_reply(deadline);
    --owed_replies_;
    now = judge(step, std::move(reply));
    if (!granted(now)) break;
  }
  data_open_ = now.step == SmtpStep::data && granted(now);
  co_return now;
}

// RFC 2920 §3.1: a client that pipelined DATA behind a refused RCPT may still be told 354; then it ends the empty
// message with a lone dot, which the server refuses.
Task<void> SmtpSession::clean_up(MonoTime deadline) {
  while (!over_ && owed_replies_ > 0) {
    const auto owed = co_await read_reply(deadline);
    --owed_replies_;
    over_ = !owed || owed->code == 421;
    if (!over_) data_open_ = owed_replies_ == 0 && owed->severity() == 3;
  }
  if (!over_ && data_open_) {
    std::string lone_dot = ".\r\n";
    const auto refusal = co_await ask(std::move(lone_dot), deadline);
    over_ = !refusal || refusal->code == 421;
    data_open_ = false;
  }
  if (!over_ && needs_reset_) {
    std::string reset = "RSET\r\n";
    const auto done = co_await ask(std::move(reset), deadline);
    over_ = !done || done->severity() != 2;
    needs_reset_ = false;
  }
}

Task<void> SmtpSession::say_quit(MonoTime deadline) {
  std::string quit = "QUIT\r\n";
  auto said = co_await line_->write(std::move(quit), deadline);
  if (!said) over_ = true;
}

Task<void> SmtpSession::await_farewell(MonoTime deadline) {
  if (over_) co_return;
  over_ = true;
  // Whatever it answers, the session ends.
  const auto reply = co_await read_reply(deadline);
  static_cast<void>(reply);
}

}  // namespace mailcanary
