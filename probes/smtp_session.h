// One SMTP session after libcurl has connected, secured and logged in: EHLO once, then transaction after
// transaction (RFC 5321 §3.3), pipelined where the server allows it (RFC 2920).
// LMTP (RFC 2033) is the same but for its LHLO, a greeting that is ours to read, and an answer for each recipient after
// the end of data; there is one recipient.
// Does not: connect, judge replies beyond the step they belong to, retry.
// Threads: the loop's thread; one call at a time.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "core/line_session.h"
#include "probes/canary_message.h"
#include "probes/smtp_reply.h"

namespace mailcanary {

enum class SmtpStep { ehlo, mail_from, rcpt_to, data, end_of_data, greeting, lhlo };
const char* name_of(SmtpStep step);  // "ehlo", "mail from", …

// How a transaction went, told by its deciding step: the first that was not granted, or the end of data.
struct SmtpTransaction {
  SmtpStep step = SmtpStep::ehlo;
  std::optional<SmtpReply> reply;  // absent: no whole, sensible answer came, see `trouble`
  std::string trouble;             // safe one-line text: "the server closed the connection"
  ErrorKind trouble_kind = ErrorKind::protocol;
  bool accepted() const { return reply && step == SmtpStep::end_of_data && reply->severity() == 2; }
};

// The name we give in EHLO: the system's host name.
std::string smtp_hello_name();

class SmtpSession {
 public:
  enum class Dialect { smtp, lmtp };
  SmtpSession(std::unique_ptr<LineSession> line, std::string hello_name, Dialect dialect = Dialect::smtp);

  Task<SmtpTransaction> send(std::shared_ptr<const ComposedCanary> canary, MonoTime deadline);
  // After a refusal: answers still owed are read, an opened DATA is ended, RSET. When this fails the session is over.
  Task<void> clean_up(MonoTime deadline);
  // QUIT without waiting for the answer, and the wait for it; two calls, so that many sessions part at once.
  Task<void> say_quit(MonoTime deadline);
  Task<void> await_farewell(MonoTime deadline);

  bool over() const { return over_; }  // no further transaction is possible
  bool needs_clean_up() const { return owed_replies_ > 0 || data_open_ || needs_reset_; }
  int transactions() const { return transactions_; }
  std::optional<int> max_transactions() const { return extensions_.max_messages; }
  // The server spoke or closed although it was not asked: the session was ended while it lay idle.
  bool has_input() { return line_->has_input(); }

 private:
  Task<Result<SmtpReply>> read_reply(MonoTime deadline);
  Task<Result<void>> say(std::string bytes, MonoTime deadline);
  Task<Result<SmtpReply>> ask(std::string line, MonoTime deadline);
  Task<SmtpTransaction> command(SmtpStep step, std::string line, MonoTime deadline);
  // MAIL, RCPT, DATA; the deciding step is the first refused, or DATA.
  Task<SmtpTransaction> open_stepwise(std::shared_ptr<const ComposedCanary> canary, MonoTime deadline);
  Task<SmtpTransaction> open_pipelined(std::shared_ptr<const ComposedCanary> canary, MonoTime deadline);
  Task<SmtpTransaction> say_hello(MonoTime deadline);
  SmtpTransaction judge(SmtpStep step, Result<SmtpReply> reply);
  bool granted(const SmtpTransaction& so_far) const;

  std::unique_ptr<LineSession> line_;
  std::string hello_name_;
  Dialect dialect_;
  SmtpExtensions extensions_;
  bool greeted_ = false, over_ = false, needs_reset_ = false;
  bool data_open_ = false;        // 354 was said and not yet answered with a message
  std::size_t owed_replies_ = 0;  // to commands of a pipeline
  int transactions_ = 0;
};

}  // namespace mailcanary
