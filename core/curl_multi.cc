#include "core/curl_multi.h"

#include <boost/asio/async_result.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <optional>
#include <unordered_map>
#include <utility>

namespace mailcanary {

namespace asio = boost::asio;

namespace {

// One of libcurl's sockets, as long as libcurl wants events of it. The descriptor is lent: it is released, never
// closed, by us.
struct Watch {
  Watch(asio::io_context& io, curl_socket_t fd) : descriptor(io, fd) {}
  asio::posix::stream_descriptor descriptor;
  int wanted = 0;  // CURL_POLL_IN, _OUT or _INOUT
  bool reading = false, writing = false;
  bool gone = false;
};

}  // namespace

struct CurlMulti::Impl {
  explicit Impl(asio::io_context& context) : io(context), timer(std::in_place, context) {
    curl_global_init(CURL_GLOBAL_DEFAULT);
    multi = curl_multi_init();
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, &Impl::on_socket);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, &Impl::on_timer);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, this);
    // Sessions are ours to keep; libcurl's own pool must not close a CONNECT_ONLY connection to make room.
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, 100000L);
  }
  ~Impl() { curl_multi_cleanup(multi); }

  static int on_socket(CURL*, curl_socket_t fd, int what, void* user, void*) {
    auto& self = *static_cast<Impl*>(user);
    if (self.detached) return 0;
    if (what == CURL_POLL_REMOVE) {
      self.unwatch(fd);
      return 0;
    }
    auto& watch = self.watches[fd];
    if (!watch) watch = std::make_shared<Watch>(self.io, fd);
    watch->wanted = what;
    self.arm(fd, watch);
    return 0;
  }

  static int on_timer(CURLM*, long milliseconds, void* user) {
    auto& self = *static_cast<Impl*>(user);
    if (self.detached) return 0;
    self.timer->cancel();
    if (milliseconds < 0) return 0;
    // Never calls back into libcurl from here, not even for 0 ms: the manual forbids it.
    self.timer->expires_after(std::chrono::milliseconds(milliseconds));
    self.timer->async_wait([&self](boost::system::error_code error) {
      if (!error) self.act(CURL_SOCKET_TIMEOUT, 0);
    });
    return 0;
  }

  void unwatch(curl_socket_t fd) {
    auto found = watches.find(fd);
    if (found == watches.end()) return;
    found->second->gone = true;
    found->second->descriptor.release();
    watches.erase(found);
  }

  void arm(curl_socket_t fd, const std::shared_ptr<Watch>& watch) {
    using Wait = asio::posix::stream_descriptor;
    if ((watch->wanted & CURL_POLL_IN) && !watch->reading) {
      watch->reading = true;
      watch->descriptor.async_wait(Wait::wait_read, [this, fd, watch](boost::system::error_code error) {
        watch->reading = false;
        on_ready(fd, watch, CURL_CSELECT_IN, error);
      });
    }
    if ((watch->wanted & CURL_POLL_OUT) && !watch->writing) {
      watch->writing = true;
      watch->descriptor.async_wait(Wait::wait_write, [this, fd, watch](boost::system::error_code error) {
        watch->writing = false;
        on_ready(fd, watch, CURL_CSELECT_OUT, error);
      });
    }
  }

  void on_ready(curl_socket_t fd, const std::shared_ptr<Watch>& watch, int event, boost::system::error_code error) {
    if (watch->gone) return;
    const bool still_wanted = (event == CURL_CSELECT_IN) ? (watch->wanted & CURL_POLL_IN) : (watch->wanted & CURL_POLL_OUT);
    if (!still_wanted) return;
    act(fd, error ? CURL_CSELECT_ERR : event);
    if (!watch->gone) arm(fd, watch);
  }

  void act(curl_socket_t fd, int event) {
    int running = 0;
    curl_multi_socket_action(multi, fd, event, &running);
    int left = 0;
    while (CURLMsg* message = curl_multi_info_read(multi, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      auto found = waiting.find(message->easy_handle);
      if (found == waiting.end()) continue;
      auto resume = std::move(found->second);
      const CURLcode code = message->data.result;
      waiting.erase(found);
      // Posted, so that the coroutine does not run inside this loop over libcurl's messages.
      asio::post(io, [resume = std::move(resume), code] { resume(code); });
    }
  }

  asio::io_context& io;
  std::optional<asio::steady_timer> timer;
  CURLM* multi = nullptr;
  bool detached = false;
  std::unordered_map<curl_socket_t, std::shared_ptr<Watch>> watches;
  std::unordered_map<CURL*, std::function<void(CURLcode)>> waiting;
};

CurlMulti::CurlMulti(asio::io_context& io) : impl_(std::make_unique<Impl>(io)) {}
CurlMulti::~CurlMulti() { detach(); }

Task<CURLcode> CurlMulti::perform(CURL* easy) {
  Impl* impl = impl_.get();
  auto start = [impl, easy](auto handler) {
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    impl->waiting[easy] = [shared](CURLcode code) { std::move (*shared)(code); };
    curl_multi_add_handle(impl->multi, easy);
  };
  const CURLcode code =
      co_await asio::async_initiate<const asio::use_awaitable_t<>, void(CURLcode)>(std::move(start), asio::use_awaitable);
  co_return code;
}

void CurlMulti::remove(CURL* easy) {
  impl_->waiting.erase(easy);
  curl_multi_remove_handle(impl_->multi, easy);
}

void CurlMulti::detach() {
  if (impl_->detached) return;
  impl_->detached = true;
  impl_->timer.reset();
  for (auto& [fd, watch] : impl_->watches) {
    watch->gone = true;
    watch->descriptor.release();
  }
  impl_->watches.clear();
  // Destroying a waiting coroutine may remove its handle, which touches this map: take the map away first.
  auto waiting = std::exchange(impl_->waiting, {});
  waiting.clear();
}

}  // namespace mailcanary
