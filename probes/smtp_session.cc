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
constexpr std::array<StepInfo, 5> steps = {{
    {"ehlo", 2},
    {"mail from", 2},
    {"rcpt to", 2},
    {"data", 3},
    {"end of data", 2},
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
    const bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
    if (good) clean += c;
  }
  return clean.empty() ? "localhost" : clean;
}

SmtpSession::SmtpSession(std::unique_ptr<LineSession> line, std::string hello_name)
    : line_(std::move(line)), hello_name_(std::move(hello_name)) {}

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

Task<SmtpTransaction> SmtpSession::read_step(SmtpStep step, MonoTime deadline) {
  auto reply = co_await read_reply(deadline);
  if (owed_replies_ > 0) --owed_replies_;
  co_return judge(step, std::move(reply));
}

Task<SmtpTransaction> SmtpSession::command(SmtpStep step, std::string line, MonoTime deadline) {
  auto said = co_await say(std::move(line), deadline);
  if (!said) co_return judge(step, said.error());
  auto answer = co_await read_step(step, deadline);
  co_return answer;
}

Task<SmtpTransaction> SmtpSession::send(std::shared_ptr<const ComposedCanary> canary, MonoTime deadline) {
  if (!greeted_) {
    auto hello = co_await command(SmtpStep::ehlo, fmt::format("EHLO {}\r\n", hello_name_), deadline);
    // An old server that knows no EHLO has been greeted by libcurl with HELO, and offers nothing.
    const bool unknown = hello.reply && hello.reply->severity() == 5;
    if (!granted(hello) && !unknown) co_return hello;
    if (!unknown) extensions_ = read_extensions(*hello.reply);
    greeted_ = true;
  }
  ++transactions_;
  needs_reset_ = true;

  std::string mail = mail_command(*canary, extensions_);
  std::string rcpt = rcpt_command(*canary, extensions_);
  SmtpTransaction now;
  if (extensions_.pipelining) {
    auto said = co_await say(mail + rcpt + "DATA\r\n", deadline);
    if (!said) co_return judge(SmtpStep::mail_from, said.error());
    owed_replies_ = 3;
    data_open_ = true;
    for (const SmtpStep step : {SmtpStep::mail_from, SmtpStep::rcpt_to, SmtpStep::data}) {
      now = co_await read_step(step, deadline);
      if (!granted(now)) break;
    }
  } else {
    now = co_await command(SmtpStep::mail_from, std::move(mail), deadline);
    if (granted(now)) now = co_await command(SmtpStep::rcpt_to, std::move(rcpt), deadline);
    if (granted(now)) now = co_await command(SmtpStep::data, "DATA\r\n", deadline);
    data_open_ = now.step == SmtpStep::data && granted(now);
  }
  if (now.step == SmtpStep::data && !granted(now)) data_open_ = false;
  if (!granted(now)) co_return now;

  now = co_await command(SmtpStep::end_of_data, as_data(canary->message), deadline);
  data_open_ = false;
  // After the end of data nothing is left of the transaction, granted or not (RFC 5321 §4.1.1.4).
  needs_reset_ = false;
  co_return now;
}

// RFC 2920 §3.1: a client that pipelined DATA behind a refused RCPT may still be told 354; then it ends the empty
// message with a lone dot, which the server refuses.
Task<void> SmtpSession::clean_up(MonoTime deadline) {
  while (!over_ && owed_replies_ > 0) {
    auto reply = co_await read_reply(deadline);
    --owed_replies_;
    over_ = !reply || reply->code == 421;
    if (!over_ && owed_replies_ == 0) data_open_ = reply->severity() == 3;
  }
  if (!over_ && data_open_) {
    auto said = co_await say(".\r\n", deadline);
    if (!said) over_ = true;
    if (said) {
      auto reply = co_await read_reply(deadline);
      over_ = !reply || reply->code == 421;
    }
    data_open_ = false;
  }
  if (!over_ && needs_reset_) {
    auto said = co_await say("RSET\r\n", deadline);
    if (!said) over_ = true;
    if (said) {
      auto reply = co_await read_reply(deadline);
      over_ = !reply || reply->severity() != 2;
    }
    needs_reset_ = false;
  }
}

Task<void> SmtpSession::say_quit(MonoTime deadline) {
  auto said = co_await line_->write("QUIT\r\n", deadline);
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
