// Ledger: the store on a thread of its own. What waits when the thread looks is one transaction, so that under load
// the cost of a sync is shared by everything that came in during the one before.
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <variant>

#include "core/log.h"
#include "monitor/ledger.h"

namespace mailcanary {
namespace {

using Call = std::function<void(LedgerStore&)>;

// A call refers to things of the coroutine that waits for it. When that one is destroyed (the program ends), a call
// that has not begun must not begin, and one that runs must come to its end first.
class GuardedCall {
 public:
  explicit GuardedCall(Call call) : call_(std::move(call)) {}
  void run(LedgerStore& store) {
    const std::lock_guard lock(mutex_);
    if (call_) call_(store);
    call_ = nullptr;
  }
  void cancel() {
    const std::lock_guard lock(mutex_);
    call_ = nullptr;
  }

 private:
  std::mutex mutex_;
  Call call_;
};

// What one coroutine waits for: a batch to be durable, or a call to be made. The ledger's thread uses `batch`, `call`
// and `result` between taking the request and handing it back; the rest belongs to the loop's thread.
struct Request {
  explicit Request(EventLoop& loop) : done_wakeup(loop) {}
  std::optional<Batch> batch;
  std::optional<GuardedCall> call;
  Result<void> result;
  bool done = false;
  Wakeup done_wakeup;
};
using Requests = std::vector<std::shared_ptr<Request>>;

struct CancelAtEnd {
  std::shared_ptr<Request> request;
  ~CancelAtEnd() { request->call->cancel(); }
};

Task<void> wait_until_done(std::shared_ptr<Request> request) {
  while (!request->done) {
    const auto reason = co_await request->done_wakeup.wait_for(std::chrono::hours(1));
    static_cast<void>(reason);
  }
}

}  // namespace

struct Ledger::Impl {
  Impl(EventLoop& l, std::unique_ptr<LedgerStore> s)
      : loop(l), post(l.poster()), store(std::move(s)), thread([this] { work(); }) {}
  ~Impl() {
    {
      const std::lock_guard lock(mutex);
      stopping = true;
    }
    wake.notify_one();
    thread.join();
  }

  void enqueue(std::shared_ptr<Request> request) {
    {
      const std::lock_guard lock(mutex);
      queue.push_back(std::move(request));
    }
    wake.notify_one();
  }

  // The next request that is a call, or all batches before the next call; none when it is time to end.
  Requests take() {
    std::unique_lock lock(mutex);
    wake.wait(lock, [this] { return stopping || !queue.empty(); });
    Requests taken;
    while (!queue.empty() && (taken.empty() || (taken.front()->batch && queue.front()->batch))) {
      taken.push_back(std::move(queue.front()));
      queue.pop_front();
    }
    return taken;
  }

  void work() {
    while (true) {
      Requests requests = take();
      if (requests.empty()) return;
      if (requests.front()->batch)
        commit(requests);
      else
        requests.front()->call->run(*store);
      // The requests go back with the message: they must die on the loop's thread.
      post([requests = std::move(requests)] {
        for (const auto& request : requests) {
          request->done = true;
          request->done_wakeup.notify();
        }
      });
    }
  }

  void commit(const Requests& requests) {
    std::vector<const Batch*> batches;
    for (const auto& request : requests) batches.push_back(&*request->batch);
    const Result<void> together = store->commit(batches);
    // A batch that cannot be written (a bug) must not take the others with it; a full disk fails them all alike.
    const bool one_by_one = !together && together.error().kind == ErrorKind::internal && requests.size() > 1;
    for (const auto& request : requests) request->result = one_by_one ? store->commit({&*request->batch}) : together;
  }

  EventLoop& loop;
  EventLoop::Poster post;
  std::unique_ptr<LedgerStore> store;
  std::mutex mutex;
  std::condition_variable wake;
  std::deque<std::shared_ptr<Request>> queue;
  bool stopping = false;
  std::thread thread;  // last: it uses all of the above
};

Ledger::Ledger(EventLoop& loop, std::unique_ptr<LedgerStore> store)
    : impl_(std::make_unique<Impl>(loop, std::move(store))) {}
Ledger::~Ledger() = default;

Task<Result<void>> Ledger::commit(Batch batch) {
  auto request = std::make_shared<Request>(impl_->loop);
  request->batch = std::move(batch);
  impl_->enqueue(request);
  co_await wait_until_done(request);
  co_return request->result;
}

Task<void> Ledger::with_store(std::function<void(LedgerStore&)> call) {
  auto request = std::make_shared<Request>(impl_->loop);
  request->call.emplace(std::move(call));
  const CancelAtEnd cancel{request};
  impl_->enqueue(request);
  co_await wait_until_done(request);
}

}  // namespace mailcanary
