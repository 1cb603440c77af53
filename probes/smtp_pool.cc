#include "probes/smtp_pool.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "core/text.h"

namespace mailcanary {

namespace {
// A canary waits so long for a session that is being opened, then opens one beside it.
constexpr Duration opening_patience = std::chrono::seconds(3);
// When it stands the one who opened it uses it first. Mostly that is over sooner than another one could be opened.
constexpr Duration first_use = std::chrono::milliseconds(250);
}  // namespace

struct SmtpPool::Waiter {
  explicit Waiter(EventLoop& loop) : wakeup(loop) {}
  Wakeup wakeup;
  std::unique_ptr<SmtpSession> session;
  std::optional<MonoTime> first_use_ends;  // of the session that was being opened when it came
};

SmtpPool::SmtpPool(EventLoop& loop, int max_sessions, int max_transactions, Duration idle_timeout)
    : loop_(loop),
      max_transactions_(std::max(max_transactions, 1)),
      idle_timeout_(idle_timeout),
      turns_(loop, max_sessions),
      sweep_(loop) {}

Task<Result<void>> SmtpPool::take_turn(MonoTime deadline) {
  const auto taken = co_await turns_.take(deadline);
  if (taken == Turns::Taken::yes) co_return Result<void>{};
  co_return Error{ErrorKind::timed_out, fmt::format("wait for a free session: timed out with {} in use",
                                                    count_noun(turns_.places(), "session", "sessions"))};
}

std::unique_ptr<SmtpSession> SmtpPool::take_idle() {
  while (!idle_.empty()) {
    Idle idle = std::move(idle_.back());
    idle_.pop_back();
    // Those that the server has ended meanwhile are dropped.
    if (!idle.session->has_input()) return std::move(idle.session);
  }
  return nullptr;
}

Task<std::unique_ptr<SmtpSession>> SmtpPool::take_session() {
  auto idle = take_idle();
  if (idle) co_return idle;
  if (opening_ > 0) {
    const auto waiter = std::make_shared<Waiter>(loop_);
    waiting_.push_back(waiter);
    const MonoTime patience_ends = loop_.now().mono + opening_patience;
    while (!waiter->session) {
      const MonoTime now = loop_.now().mono;
      const bool stands = waiter->first_use_ends && opening_ == 0;
      const MonoTime until = stands ? std::min(*waiter->first_use_ends, patience_ends) : patience_ends;
      if (now >= until) break;
      co_await waiter->wakeup.wait_for(until - now);
    }
    std::erase(waiting_, waiter);
    if (waiter->session) co_return std::move(waiter->session);
  }
  ++opening_;
  co_return nullptr;
}

void SmtpPool::opened() {
  --opening_;
  const MonoTime first_use_ends = loop_.now().mono + first_use;
  for (const auto& waiter : waiting_) {
    if (!waiter->first_use_ends) waiter->first_use_ends = first_use_ends;
    waiter->wakeup.notify();
  }
}

void SmtpPool::keep(std::unique_ptr<SmtpSession> session) {
  if (shut_ || session->over()) return;
  const int limit = std::min(max_transactions_, session->max_transactions().value_or(max_transactions_));
  if (session->transactions() >= limit) {
    Sessions done;
    done.push_back(std::move(session));
    loop_.spawn(part_with(loop_, std::move(done)));
    return;
  }
  if (!waiting_.empty()) {
    const auto next = std::move(waiting_.front());
    waiting_.pop_front();
    next->session = std::move(session);
    next->wakeup.notify();
    return;
  }
  idle_.push_back({std::move(session), loop_.now().mono});
  if (!std::exchange(sweeping_, true)) loop_.spawn(close_expired(shared_from_this()));
}

Task<void> SmtpPool::close_idle() {
  Sessions sessions;
  for (Idle& idle : idle_) sessions.push_back(std::move(idle.session));
  idle_.clear();
  sweep_.notify();
  co_await part_with(loop_, std::move(sessions));
}

void SmtpPool::shut() {
  shut_ = true;
  idle_.clear();
  sweep_.notify();
}

Task<void> SmtpPool::part_with(EventLoop& loop, Sessions sessions) {
  constexpr Duration patience = std::chrono::seconds(2);
  const MonoTime deadline = loop.now().mono + patience;
  for (auto& session : sessions) co_await session->say_quit(deadline);
  for (auto& session : sessions) co_await session->await_farewell(deadline);
}

// Runs while there are idle sessions; the loop may end when there are none.
Task<void> SmtpPool::close_expired(std::shared_ptr<SmtpPool> self) {
  while (!self->idle_.empty()) {
    const Duration left = self->idle_.front().since + self->idle_timeout_ - self->loop_.now().mono;
    if (left > Duration::zero()) {
      co_await self->sweep_.wait_for(left);
      continue;
    }
    Sessions expired;
    expired.push_back(std::move(self->idle_.front().session));
    self->idle_.pop_front();
    co_await part_with(self->loop_, std::move(expired));
  }
  self->sweeping_ = false;
}

}  // namespace mailcanary
