// Handing a canary to a provider: by SMTP, LMTP or a local command. One attempt, one deadline, the reply kept.
// After refused credentials, and at the provider's sending limit, an SMTP account answers for itself for a while.
// Threads: the loop's thread.
// Does not: retry (a probe that retries hides the outage), judge, or write to the ledger.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "config/config.h"
#include "core/event_loop.h"
#include "probes/canary.h"
#include "probes/canary_message.h"

namespace mailcanary {

struct SubmitOutcome {
  enum class Verdict {
    accepted,     // 250 after the end of data
    rejected,     // 5xx: to the connection, the login, MAIL, RCPT, DATA or the end of data
    deferred,     // 4xx to one of them
    unreachable,  // resolve, connect, TLS, no SMTP, timeouts, closed at any step
    own_fault,    // our credentials refused, our sending limit reached, our network or resolver down, no descriptors:
                  // says nothing of the provider
  } verdict = Verdict::unreachable;
  std::vector<StageRecord> stages;  // resolve, connect, tls, auth, submit; absent times when the session was reused
  WallTime started_at;
  std::optional<WallTime> accepted_at;
  std::string smtp_reply;  // the deciding reply, safe one-line text; empty when the server said nothing
  std::string reason;      // "rcpt to refused: 550 5.1.1 no such user"; safe one-line text; empty when accepted
  bool session_reused = false;
};
const char* name_of(SubmitOutcome::Verdict verdict);

// Sessions of one account, kept alive and reused within its limits (max_sessions, max_messages_per_session, idle
// time). A reused session that turns out closed before MAIL was answered is replaced by a fresh one: RFC 5321
// §3.8 lets servers close idle sessions, which says nothing of the provider's health.
class Submitter {
 public:
  virtual ~Submitter() = default;
  // `patience` is what the server gets, from the moment at which the attempt begins (`started_at`). Before it the canary
  // may wait for a free session of ours, as long again at most; then it is our own fault.
  virtual Task<SubmitOutcome> submit(ComposedCanary canary, Duration patience) = 0;
  // Says QUIT on idle sessions and closes them.
  virtual Task<void> close() = 0;
};

struct SubmitterOptions {
  Account account;
  Duration idle_timeout = std::chrono::seconds(60);
};
std::unique_ptr<Submitter> make_smtp_submitter(EventLoop& loop, SubmitterOptions options);  // SMTP and LMTP
// A local sendmail command. Its exit code decides (sysexits.h); `smtp_reply` is what it wrote to standard error.
std::unique_ptr<Submitter> make_sendmail_submitter(EventLoop& loop, SubmitterOptions options);
// The submitter for the account's `smtp`.
std::unique_ptr<Submitter> make_submitter(EventLoop& loop, SubmitterOptions options);

}  // namespace mailcanary
