// The SMTP sessions of one account: how many at once, which wait idle for reuse, when they are closed.
// Callers take a turn first (first come, first served), then a session: an idle one, or leave to open one. They give
// both back. Sessions of one account are opened one after the other: to an overloaded server or machine several at
// once are slower for each, and the first may be free again before the second stands.
// Does not: connect, or know what a session was used for.
// Threads: the loop's thread. Held by shared_ptr, since coroutines outlive the submitter that owns the pool.
#pragma once
#include <deque>
#include <memory>
#include <vector>

#include "core/event_loop.h"
#include "core/turns.h"
#include "probes/smtp_session.h"

namespace mailcanary {

class SmtpPool : public std::enable_shared_from_this<SmtpPool> {
 public:
  SmtpPool(EventLoop& loop, int max_sessions, int max_transactions, Duration idle_timeout);

  // A place among the max_sessions. Errors: timed_out when none came free by the deadline.
  Task<Result<void>> take_turn(MonoTime deadline);
  void end_turn() { turns_.give_back(); }

  // The session used last, or null: then the caller opens one and says opened() when it stands or has failed. Waits for
  // one that is being opened, but not for long: a server that lets one wait must not let all wait in line.
  Task<std::unique_ptr<SmtpSession>> take_session();
  // For a caller whose session turned out to be over: opens one without waiting, and says opened() too.
  void open_another() { ++opening_; }
  void opened();
  // For reuse; or to be closed, when it is over or has done its number of transactions.
  void keep(std::unique_ptr<SmtpSession> session);
  // QUIT to all idle sessions, then closes them. Waits a moment for the answers.
  Task<void> close_idle();
  // No session is kept from now on, and the idle ones are closed without a farewell.
  void shut();

 private:
  struct Idle {
    std::unique_ptr<SmtpSession> session;
    MonoTime since;
  };
  struct Waiter;
  using Sessions = std::vector<std::unique_ptr<SmtpSession>>;
  std::unique_ptr<SmtpSession> take_idle();
  static Task<void> part_with(EventLoop& loop, Sessions sessions);
  static Task<void> close_expired(std::shared_ptr<SmtpPool> self);

  EventLoop& loop_;
  const int max_transactions_;
  const Duration idle_timeout_;
  Turns turns_;
  int opening_ = 0;
  std::deque<std::shared_ptr<Waiter>> waiting_;  // with a turn, for what is being opened
  std::deque<Idle> idle_;  // the longest idle in front
  Wakeup sweep_;
  bool sweeping_ = false, shut_ = false;
};

}  // namespace mailcanary
