#include "core/event_loop.h"

#include <sys/socket.h>

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

#include "core/curl_multi.h"
#include "core/log.h"
#include "core/wakeup_impl.h"

namespace mailcanary {

namespace asio = boost::asio;
constexpr auto await = asio::as_tuple(asio::use_awaitable);

namespace {

// An io_context whose waiting operations can be destroyed while it, and the objects bound to it, still live.
struct Context : asio::io_context {
  using asio::io_context::io_context;
  void destroy_waiting() { this->shutdown(); }
};

[[noreturn]] void die_of(std::exception_ptr failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    log_error("internal error: an exception left a coroutine: {}", error.what());
  } catch (...) {
    log_error("internal error: an unknown exception left a coroutine");
  }
  std::abort();
}

// Lets threads that outlive the loop know that it is gone.
struct Mailslot {
  std::mutex mutex;
  Context* context = nullptr;
  void post(std::function<void()> call) {
    const std::lock_guard lock(mutex);
    if (context) asio::post(*context, std::move(call));
  }
};

}  // namespace

struct EventLoop::Impl {
  explicit Impl(Clock& c) : clock(c), context(1), curl(context), slot(std::make_shared<Mailslot>()) {
    slot->context = &context;
  }
  Clock& clock;
  Context context;
  CurlMulti curl;
  std::shared_ptr<Mailslot> slot;
  std::optional<asio::signal_set> termination;
  bool abandoned = false;
};

EventLoop::EventLoop(Clock& clock) : impl_(std::make_unique<Impl>(clock)) {
  // A peer that closes early must be an error value, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  // A file that may not grow (RLIMIT_FSIZE) is a write that failed, as on a full disk.
  std::signal(SIGXFSZ, SIG_IGN);
}

EventLoop::~EventLoop() { abandon(); }

void EventLoop::abandon() {
  if (std::exchange(impl_->abandoned, true)) return;
  {
    const std::lock_guard lock(impl_->slot->mutex);
    impl_->slot->context = nullptr;
  }
  impl_->termination.reset();
  impl_->context.stop();
  impl_->curl.detach();
  impl_->context.destroy_waiting();
}

void EventLoop::run() { impl_->context.run(); }
void EventLoop::stop() { impl_->context.stop(); }

void EventLoop::spawn(Task<void> coroutine) {
  asio::co_spawn(impl_->context, std::move(coroutine), [](std::exception_ptr failure) {
    if (failure) die_of(failure);
  });
}

void EventLoop::post(std::function<void()> call) { impl_->slot->post(std::move(call)); }

EventLoop::Poster EventLoop::poster() const {
  return [slot = impl_->slot](std::function<void()> call) { slot->post(std::move(call)); };
}

void EventLoop::run_until_done(Task<void> coroutine) {
  bool done = false;
  asio::co_spawn(impl_->context, std::move(coroutine), [&done](std::exception_ptr failure) {
    if (failure) die_of(failure);
    done = true;
  });
  impl_->context.restart();
  while (!done && impl_->context.run_one() > 0) {
  }
}

Now EventLoop::now() const { return impl_->clock.now(); }

Task<void> EventLoop::sleep_for(Duration time) {
  asio::steady_timer timer(impl_->context, time);
  co_await timer.async_wait(await);
}

Task<void> EventLoop::sleep_until(MonoTime time) {
  const Duration left = time - now().mono;
  if (left > Duration::zero()) co_await sleep_for(left);
}

void EventLoop::on_termination(std::function<void(int)> call) {
  impl_->termination.emplace(impl_->context, SIGINT, SIGTERM);
  impl_->termination->async_wait([this, call = std::move(call)](boost::system::error_code error, int signal) {
    if (error) return;
    impl_->termination.reset();  // a second signal ends the process the default way
    call(signal);
  });
}

asio::any_io_executor EventLoop::executor() { return impl_->context.get_executor(); }
CurlMulti& EventLoop::curl() { return impl_->curl; }

Wakeup::Wakeup(EventLoop& loop) : impl_(std::make_shared<Impl>(loop.executor())) {}
Wakeup::~Wakeup() { impl_->timer.cancel(); }

void Wakeup::notify() {
  impl_->notified = true;
  impl_->timer.cancel();
  if (impl_->on_notify) impl_->on_notify();
}

Task<Wakeup::Reason> Wakeup::wait_for(Duration at_most) {
  auto impl = impl_;  // the object may die while we wait
  if (!impl->notified) {
    impl->timer.expires_after(at_most);
    co_await impl->timer.async_wait(await);
  }
  const bool notified = std::exchange(impl->notified, false);
  co_return notified ? Reason::notified : Reason::timed_out;
}

Task<void> run_in_thread(EventLoop& loop, std::function<void()> work) {
  // The thread may outlive the loop, so it holds nothing that belongs to it: the timer dies with this coroutine.
  auto finished = std::make_shared<Wakeup>(loop);
  auto done = std::make_shared<std::atomic<bool>>(false);
  const std::function<void()> all = [post = loop.poster(), work = std::move(work), weak = std::weak_ptr<Wakeup>(finished), done] {
    work();
    *done = true;
    post([weak] {
      if (auto alive = weak.lock()) alive->notify();
    });
  };
  try {
    std::thread(all).detach();
  } catch (const std::system_error&) {  // no thread is to be had: late is better than never
    all();
  }
  while (!*done) co_await finished->wait_for(std::chrono::hours(1));
}

}  // namespace mailcanary
