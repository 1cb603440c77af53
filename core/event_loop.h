// The event loop: one thread, thousands of coroutines. Asio runs the coroutines; libcurl's multi interface hangs on
// the same loop, so HTTP transfers and mail sessions wait together.
// Threads: everything on the loop's thread (the one that calls run()), but for post() and stop(), which any thread
// may call.
// Does not: isolate coroutines from each other. One that throws ends the program: exceptions are bugs.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "core/clock.h"

namespace mailcanary {

template <class T>
using Task = boost::asio::awaitable<T>;

class CurlMulti;  // core/curl_multi.h; for http_client.cc and line_session.cc only

class EventLoop {
 public:
  explicit EventLoop(Clock& clock = real_clock());
  ~EventLoop();  // abandons what still waits
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  void run();   // until stop(), or until nothing is left to do
  void stop();  // run() returns soon; may be called before run()
  void spawn(Task<void> coroutine);
  // Destroys every coroutine that still waits. Call it while the objects they refer to are alive; then destroy those
  // (sessions, servers, timers), then the loop. Nothing runs on the loop afterwards.
  void abandon();
  void post(std::function<void()> call);
  // post() as a value that other threads may keep, and call, even after the loop is gone (then it does nothing).
  using Poster = std::function<void(std::function<void()>)>;
  Poster poster() const;
  // Runs one coroutine to its end on this loop and returns; other spawned coroutines go on meanwhile. For
  // commands and tests that do one thing.
  void run_until_done(Task<void> coroutine);

  Now now() const;
  Task<void> sleep_for(Duration time);
  Task<void> sleep_until(MonoTime time);
  // SIGINT or SIGTERM: `call` runs once on the loop; a second signal ends the process the default way.
  void on_termination(std::function<void(int signal)> call);

  boost::asio::any_io_executor executor();
  CurlMulti& curl();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// A coroutine waits; another part of the loop's thread wakes it. Notifications while nobody waits are kept (one).
class Wakeup {
 public:
  explicit Wakeup(EventLoop& loop);
  ~Wakeup();
  Wakeup(const Wakeup&) = delete;
  Wakeup& operator=(const Wakeup&) = delete;
  void notify();
  enum class Reason { notified, timed_out };
  Task<Reason> wait_for(Duration at_most);

 private:
  friend class LineSession;
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

// Runs `work` on a thread of its own and resumes on the loop when it is done. For slow calls that have no
// asynchronous form (getaddrinfo, a command); not for the ledger, which has its own thread. When no thread is to be had,
// the loop waits for it.
Task<void> run_in_thread(EventLoop& loop, std::function<void()> work);

}  // namespace mailcanary
