// Name servers as they may be: this program's getaddrinfo() and pthread_create() stand before the system's.
#include "core/resolver.h"

#include <dlfcn.h>
#include <netdb.h>
#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string_view>

#include "core/http_client.h"
#include "core/line_session.h"
#include "tests/catch.h"

using namespace mailcanary;

namespace {

// Names below "test.example": "broken" is of a provider whose own name servers are broken, "missing" is of nobody, and
// the first who asks for "stuck" is not answered before release(). Any other name there is known to nobody as well, if
// the resolver reaches the world at all.
struct Names {
  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::string, int> asked;
  int waiting = 0;
  bool released = false, world_is_reached = true;
  std::atomic<bool> no_threads = false;

  int answer(const std::string& name) {
    std::unique_lock lock(mutex);
    const int before = asked[name]++;
    if (name == "stuck.test.example" && before == 0) {
      ++waiting;
      changed.notify_all();
      // Bounded, so that who waits for it fails, and does not hang.
      changed.wait_for(lock, std::chrono::seconds(20), [this] { return released; });
      --waiting;
      changed.notify_all();
      return EAI_AGAIN;
    }
    if (name == "broken.test.example" || !world_is_reached) return EAI_AGAIN;
    return EAI_NONAME;
  }
  void release() {
    std::unique_lock lock(mutex);
    released = true;
    changed.notify_all();
    changed.wait(lock, [this] { return waiting == 0; });
  }
  bool somebody_waits() {
    const std::lock_guard lock(mutex);
    return waiting > 0;
  }
  int times_asked(const std::string& name) {
    const std::lock_guard lock(mutex);
    return asked[name];
  }
  void begin(bool world) {
    const std::lock_guard lock(mutex);
    asked.clear();
    released = false;
    world_is_reached = world;
  }
};

Names& names() {
  static Names& all = *new Names;  // threads may outlive the tests
  return all;
}

template <class Function>
Function* systems(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" int getaddrinfo(const char* name, const char* service, const addrinfo* hints, addrinfo** found) {
  const std::string_view host = name ? name : "";
  if (host.find("test.example") != std::string_view::npos) return names().answer(std::string(host));
  if (host.starts_with("mailcanary-") && host.ends_with(".example.")) return names().answer("anything");
  return systems<decltype(getaddrinfo)>("getaddrinfo")(name, service, hints, found);
}

extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* how, void* (*run)(void*), void* with) noexcept {
  if (names().no_threads) return EAGAIN;
  return systems<decltype(pthread_create)>("pthread_create")(thread, how, run, with);
}

namespace {

Task<void> open_at(EventLoop& loop, std::string host, Duration patience, LineSession::Opened& opened) {
  LineEndpoint endpoint;
  endpoint.url = "smtp://" + host + ":2525";
  const MonoTime deadline = loop.now().mono + patience;
  opened = co_await LineSession::open(loop, std::move(endpoint), deadline);
}

Task<void> ask(EventLoop& loop, std::string host, Duration patience, std::optional<bool>& silent) {
  const MonoTime until = loop.now().mono + patience;
  silent = co_await resolver_is_silent(loop, std::move(host), until);
}

Task<void> exchange(EventLoop& loop, std::string url, std::optional<Result<HttpResponse>>& answer) {
  HttpClient client(loop);
  HttpRequest request;
  request.url = std::move(url);
  request.deadline = std::chrono::milliseconds(50);
  answer = co_await client.exchange(std::move(request));
}

}  // namespace

TEST_CASE("a name that is not resolved is the fault of its owner, unless our resolver answers nobody") {
  struct Row {
    const char* host;
    bool world_is_reached, own_fault;
  };
  const Row rows[] = {{"missing.test.example", true, false},
                      {"missing.test.example", false, true},
                      {"broken.test.example", true, false},
                      {"broken.test.example", false, true}};
  for (const auto& row : rows) {
    CAPTURE(row.host, row.world_is_reached);
    names().begin(row.world_is_reached);
    EventLoop loop;
    LineSession::Opened opened;
    loop.run_until_done(open_at(loop, row.host, std::chrono::seconds(20), opened));
    REQUIRE(opened.failure);
    CHECK(opened.failure->step == ConnectStep::resolve);
    CHECK(opened.failure->own_fault == row.own_fault);
  }
}

TEST_CASE("a time-out while a name is asked for does not wait for the answer") {
  names().begin(true);
  EventLoop loop;
  LineSession::Opened opened;
  loop.run_until_done(open_at(loop, "stuck.test.example", std::chrono::milliseconds(50), opened));
  CHECK(names().somebody_waits());
  names().release();
  REQUIRE(opened.failure);
  CHECK(opened.failure->step == ConnectStep::resolve);
  CHECK(opened.failure->timed_out);

  names().begin(true);
  std::optional<Result<HttpResponse>> answer;
  loop.run_until_done(exchange(loop, "http://stuck.test.example/", answer));
  CHECK(names().somebody_waits());
  names().release();
  REQUIRE(answer);
  REQUIRE_FALSE(*answer);
  CHECK(answer->error().kind == ErrorKind::timed_out);
}

TEST_CASE("all who ask about a host at once share one question") {
  names().begin(true);
  EventLoop loop;
  std::optional<bool> first, second;
  loop.spawn(ask(loop, "stuck.test.example", std::chrono::hours(1), first));
  loop.spawn(ask(loop, "stuck.test.example", std::chrono::hours(1), second));
  loop.post([] { names().release(); });
  loop.run();
  CHECK(first == false);
  CHECK(second == false);
  CHECK(names().times_asked("stuck.test.example") == 1);
}

TEST_CASE("who gets no answer in time, or no thread to ask on, calls the resolver silent") {
  names().begin(true);
  EventLoop loop;
  std::optional<bool> silent;
  loop.run_until_done(ask(loop, "stuck.test.example", Duration::zero(), silent));
  CHECK(silent == true);
  names().release();

  silent.reset();
  names().no_threads = true;
  loop.run_until_done(ask(loop, "missing.test.example", std::chrono::hours(1), silent));
  names().no_threads = false;
  CHECK(silent == true);
  CHECK(names().times_asked("missing.test.example") == 0);
}

TEST_CASE("work for a thread is done by the loop when no thread is to be had") {
  struct Call {
    static Task<void> work(EventLoop& loop, bool& worked) {
      std::function<void()> work = [&worked] { worked = true; };
      co_await run_in_thread(loop, std::move(work));
    }
  };
  EventLoop loop;
  bool worked = false;
  names().no_threads = true;
  loop.run_until_done(Call::work(loop, worked));
  names().no_threads = false;
  CHECK(worked);
}
