// So many may do a thing at once; who comes while all places are taken waits, first come, first served.
// Does not: know what the thing is. Who took a place gives it back, once.
// Threads: the loop's thread.
#pragma once
#include <deque>
#include <memory>

#include "core/event_loop.h"

namespace mailcanary {

class Turns {
 public:
  Turns(EventLoop& loop, int places);  // one at least

  enum class Taken { yes, too_late };
  Task<Taken> take(MonoTime deadline);
  void give_back();
  int places() const { return places_; }

 private:
  struct Waiter;
  EventLoop& loop_;
  const int places_;
  int taken_ = 0;
  std::deque<std::shared_ptr<Waiter>> waiting_;
};

}  // namespace mailcanary
