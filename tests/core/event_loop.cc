#include "core/event_loop.h"

#include <atomic>
#include <csignal>
#include <vector>

#include "tests/catch.h"

using namespace mailcanary;

namespace {

Task<void> note_after(EventLoop& loop, Duration time, std::vector<int>& notes, int number) {
  co_await loop.sleep_for(time);
  notes.push_back(number);
}

Task<void> wait_twice(Wakeup& wakeup, std::vector<Wakeup::Reason>& reasons) {
  reasons.push_back(co_await wakeup.wait_for(std::chrono::hours(1)));
  reasons.push_back(co_await wakeup.wait_for(std::chrono::milliseconds(1)));
}

struct Flag {
  explicit Flag(bool& flag) : gone(flag) {}
  ~Flag() { gone = true; }
  bool& gone;
};

Task<void> wait_for_ever(Wakeup& wakeup, bool& gone) {
  const Flag flag(gone);
  for (;;) co_await wakeup.wait_for(std::chrono::hours(1));
}

Task<void> work_elsewhere(EventLoop& loop, std::atomic<int>& number, std::vector<int>& notes) {
  std::function<void()> work = [&number] { number = 7; };
  co_await run_in_thread(loop, std::move(work));
  notes.push_back(number);
}

Task<void> forward(EventLoop& loop, const EventLoop::Poster& post, std::vector<int>& notes) {
  post([&notes] { notes.push_back(1); });
  co_await loop.sleep_for(std::chrono::milliseconds(1));
  notes.push_back(2);
}

Task<void> wait_for_signal(EventLoop& loop, Wakeup& signalled) {
  std::raise(SIGTERM);
  co_await signalled.wait_for(std::chrono::hours(1));
  loop.stop();
}

}  // namespace

TEST_CASE("coroutines sleep side by side and wake in the order of their times") {
  EventLoop loop;
  std::vector<int> notes;
  loop.spawn(note_after(loop, std::chrono::milliseconds(30), notes, 3));
  loop.spawn(note_after(loop, std::chrono::milliseconds(1), notes, 1));
  loop.run_until_done(note_after(loop, std::chrono::milliseconds(15), notes, 2));
  CHECK(notes == std::vector<int>{1, 2});
  loop.run();
  CHECK(notes == std::vector<int>{1, 2, 3});
}

TEST_CASE("a notification while nobody waits is kept, once") {
  EventLoop loop;
  Wakeup wakeup(loop);
  wakeup.notify();
  wakeup.notify();
  std::vector<Wakeup::Reason> reasons;
  loop.run_until_done(wait_twice(wakeup, reasons));
  CHECK(reasons == std::vector<Wakeup::Reason>{Wakeup::Reason::notified, Wakeup::Reason::timed_out});
}

TEST_CASE("abandoned coroutines are destroyed while what they refer to is alive") {
  bool gone = false;
  EventLoop loop;
  Wakeup wakeup(loop);
  loop.spawn(wait_for_ever(wakeup, gone));
  std::vector<int> notes;
  loop.run_until_done(note_after(loop, Duration(1), notes, 1));
  CHECK_FALSE(gone);
  loop.abandon();
  CHECK(gone);
}

TEST_CASE("work on another thread comes back to the loop") {
  EventLoop loop;
  std::atomic<int> number = 0;
  std::vector<int> notes;
  loop.run_until_done(work_elsewhere(loop, number, notes));
  CHECK(notes == std::vector<int>{7});
}

TEST_CASE("what other threads post runs on the loop, and does nothing when the loop is gone") {
  std::vector<int> notes;
  EventLoop::Poster post;
  {
    EventLoop loop;
    post = loop.poster();
    loop.run_until_done(forward(loop, post, notes));
  }
  CHECK(notes == std::vector<int>{1, 2});
  post([&notes] { notes.push_back(3); });
  CHECK(notes.size() == 2);
}

TEST_CASE("SIGTERM is told to the loop once") {
  EventLoop loop;
  Wakeup signalled(loop);
  int told = 0;
  loop.on_termination([&](int signal) {
    told = signal;
    signalled.notify();
  });
  loop.run_until_done(wait_for_signal(loop, signalled));
  CHECK(told == SIGTERM);
}
