// How an inbox ends, whatever kind of mailbox it reads: next() of a closed inbox never returns, since there is nothing to
// report any more, not even a failure; close() waits for a moment until the next() that was under way has seen it.
// Threads: the loop's thread.
#pragma once
#include <memory>

#include "core/event_loop.h"
#include "probes/inbox.h"

namespace mailcanary {

class InboxParting {
 public:
  explicit InboxParting(EventLoop& loop) : loop_(loop), ended_(loop) {}

  // Held by next() while it runs. It shares the flag, since a waiting coroutine may be freed after the inbox.
  class Running {
   public:
    explicit Running(std::shared_ptr<bool> flag) : flag_(std::move(flag)) { *flag_ = true; }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    ~Running() { *flag_ = false; }

   private:
    std::shared_ptr<bool> flag_;
  };
  Running begin_next() const { return Running(running_); }
  // The end of next() of a closed inbox: its caller waits here until it is freed with the loop.
  Task<InboxReport> rest();

  void start() { closing_ = true; }
  bool closing() const { return closing_; }
  bool next_is_running() const { return *running_; }
  Task<void> next_has_ended();

 private:
  EventLoop& loop_;
  Wakeup ended_;
  const std::shared_ptr<bool> running_ = std::make_shared<bool>(false);
  bool closing_ = false;
};

}  // namespace mailcanary
