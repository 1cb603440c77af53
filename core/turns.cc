#include "core/turns.h"

#include <algorithm>

namespace mailcanary {

struct Turns::Waiter {
  explicit Waiter(EventLoop& loop) : wakeup(loop) {}
  Wakeup wakeup;
  bool granted = false;
};

Turns::Turns(EventLoop& loop, int places) : loop_(loop), places_(std::max(places, 1)) {}

Task<Turns::Taken> Turns::take(MonoTime deadline) {
  if (taken_ < places_) {
    ++taken_;
    co_return Taken::yes;
  }
  const auto waiter = std::make_shared<Waiter>(loop_);
  waiting_.push_back(waiter);
  for (;;) {
    // A grant counts even when it comes with the deadline: the place is ours and must be given back.
    if (waiter->granted) co_return Taken::yes;
    const Duration left = deadline - loop_.now().mono;
    if (left <= Duration::zero()) break;
    co_await waiter->wakeup.wait_for(left);
  }
  std::erase(waiting_, waiter);
  co_return Taken::too_late;
}

void Turns::give_back() {
  if (waiting_.empty()) {
    --taken_;
    return;
  }
  // Handed over rather than freed, so that nobody who comes just now overtakes those who wait.
  const auto next = std::move(waiting_.front());
  waiting_.pop_front();
  next->granted = true;
  next->wakeup.notify();
}

}  // namespace mailcanary
