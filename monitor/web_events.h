// What happens, told to everybody who listens (server-sent events of the HTML standard). Who comes later hears the
// newest event first; who was slow hears the newest, not each one between.
// Threads: the loop's.
#pragma once
#include <cstdint>
#include <list>
#include <string>

#include "core/event_loop.h"

namespace mailcanary {

class WebEvents {
 public:
  explicit WebEvents(EventLoop& loop) : loop_(loop) {}
  WebEvents(const WebEvents&) = delete;
  WebEvents& operator=(const WebEvents&) = delete;
  void tell(std::string event);  // any text; its lines are kept

  class Listener {
   public:
    explicit Listener(WebEvents& events);
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    // The next event as it goes over the wire; after so long without one, a comment that keeps the connection alive.
    Task<std::string> next(Duration at_most);

   private:
    friend class WebEvents;
    WebEvents& events_;
    Wakeup wakeup_;
    std::uint64_t heard_ = 0;
    std::list<Listener*>::iterator place_;
  };
  std::size_t listeners() const { return listeners_.size(); }

 private:
  EventLoop& loop_;
  std::string newest_;  // ready for the wire
  std::uint64_t told_ = 0;
  std::list<Listener*> listeners_;
};

}  // namespace mailcanary
