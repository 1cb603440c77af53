#include "probes/smtp_pool.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/text.h"

namespace mailcanary {

struct SmtpPool::Waiter {
  explicit Waiter(EventLoop& loop) : wakeup(loop) {}
  Wakeup wakeup;
  bool granted = false;
};

SmtpPool::SmtpPool(EventLoop& loop, int max_sessions, int max_transactions, Duration idle_timeout)
    : loop_(loop),
      max_sessions_(std::max(max_sessions, 1)),
      max_transactions_(std::max(max_transactions, 1)),
      idle_timeout_(idle_timeout),
      sweep_(loop) {}

Task<Result<void>> SmtpPool::take_turn(MonoTime deadline) {
  if (turns_taken_ < max_sessions_) {
    ++turns_taken_;
    co_return Result<void>{};
  }
  const auto waiter = std::make_shared<Waiter>(loop_);
  waiting_.push_back(waiter);
  for (;;) {
    // A grant counts even when it comes with the deadline: the turn is ours and must be given back.
    if (waiter->granted) co_return Result<void>{};
    const Duration left = deadline - loop_.now().mono;
    if (left <= Duration::zero()) break;
    co_await waiter->wakeup.wait_for(left);
  }
  std::erase(waiting_, waiter);
  co_return Error{ErrorKind::timed_out, fmt::format("wait for a free session: timed out with {} in use",
                                                    count_noun(max_sessions_, "session", "sessions"))};
}

void SmtpPool::end_turn() {
  if (waiting_.empty()) {
    --turns_taken_;
    return;
  }
  // Handed over rather than freed, so that nobody who comes just now overtakes those who wait.
  const auto next = std::move(waiting_.front());
  waiting_.pop_front();
  next->granted = true;
  next->wakeup.notify();
}

std::unique_ptr<SmtpSession> SmtpPool::take_idle() {
  while (!idle_.empty()) {
    Idle idle = std::move(idle_.back());
    idle_.pop_back();
    if (!idle.session->has_input()) return std::move(idle.session);
  }
  return nullptr;
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
