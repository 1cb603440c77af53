// The stream of a session that stands: lines and counted bytes over libcurl's connection, waited for on the event loop.
#include "core/line_session.h"

#include <fmt/format.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "core/line_session_impl.h"
#include "core/wakeup_impl.h"

namespace mailcanary {

namespace asio = boost::asio;
constexpr auto await = asio::as_tuple(asio::use_awaitable);

namespace {

constexpr std::size_t read_chunk = 16 * 1024;

}  // namespace

LineSession::Impl::Fill LineSession::Impl::fill() {
  if (closed) return Fill::closed;
  if (used > 0) {
    buffer.erase(0, used);
    scanned -= std::min(scanned, used);
    used = 0;
  }
  input->came = false;
  // Not read into `buffer` itself: to make room there would mean to clear it, many times what is read.
  char chunk[read_chunk];
  std::size_t got = 0;
  const CURLcode code = curl_easy_recv(easy.get(), chunk, sizeof chunk, &got);
  if (code == CURLE_OK && got > 0) {
    buffer.append(chunk, got);
    return Fill::got_bytes;
  }
  if (code == CURLE_AGAIN) return Fill::would_wait;
  closed = true;
  return Fill::closed;
}

std::optional<std::string> LineSession::Impl::take_line() {
  const auto end = buffer.find('\n', std::max(used, scanned));
  if (end == std::string::npos) {
    scanned = buffer.size();
    return std::nullopt;
  }
  auto stop = end;
  if (stop > used && buffer[stop - 1] == '\r') --stop;
  std::string line = buffer.substr(used, stop - used);
  used = end + 1;
  scanned = used;
  return line;
}

void LineSession::Impl::watch_input() {
  if (std::exchange(input->armed, true)) return;
  // Failures are input: what has happened to the connection is learned by reading.
  socket.async_wait(asio::posix::stream_descriptor::wait_read, [watch = input](boost::system::error_code) {
    watch->armed = false;
    watch->came = true;
    watch->timer.cancel();
  });
}

// Ends early when there is input, or when somebody cancels the timer.
Task<void> LineSession::Impl::wait_for_input(Duration at_most) {
  watch_input();
  input->timer.expires_after(at_most);
  co_await input->timer.async_wait(await);
}

// Waits until the socket takes more bytes, with a timer beside it; whichever comes first cancels the other.
Task<Result<void>> LineSession::Impl::wait_for_room(MonoTime deadline) {
  const Error too_late{ErrorKind::timed_out, "write to the server: timed out"};
  const Duration left = deadline - loop.now().mono;
  if (left <= Duration::zero()) co_return too_late;
  struct Race {
    explicit Race(asio::any_io_executor executor) : timer(std::move(executor)) {}
    asio::steady_timer timer;
    bool late = false, over = false;
  };
  auto race = std::make_shared<Race>(socket.get_executor());
  race->timer.expires_after(left);
  race->timer.async_wait([race, this](boost::system::error_code error) {
    // A timer that fired at the same moment cannot be cancelled any more, and the session may be gone by now.
    if (error || race->over) return;
    race->late = true;
    socket.cancel();
  });
  const auto [error] = co_await socket.async_wait(asio::posix::stream_descriptor::wait_write, await);
  race->over = true;
  race->timer.cancel();
  if (race->late) co_return too_late;
  if (error) co_return Error{ErrorKind::io, fmt::format("write to the server: {}", error.message())};
  co_return Result<void>{};
}

// At least one more byte into the buffer.
Task<Result<void>> LineSession::Impl::read_more(MonoTime deadline) {
  for (;;) {
    const Fill filled = quiet() ? Fill::would_wait : fill();
    if (filled == Fill::got_bytes) co_return Result<void>{};
    if (filled == Fill::closed) {
      co_return Error{ErrorKind::protocol, "read from the server: the server closed the connection"};
    }
    const Duration left = deadline - loop.now().mono;
    if (left <= Duration::zero()) co_return Error{ErrorKind::timed_out, "read from the server: timed out"};
    co_await wait_for_input(left);
  }
}

LineSession::LineSession(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LineSession::~LineSession() = default;

Task<Result<std::string>> LineSession::read_line(MonoTime deadline, std::size_t max) {
  for (;;) {
    auto line = impl_->take_line();
    if (line && line->size() <= max) co_return std::move(*line);
    if (line || impl_->available() > max) {
      co_return Error{ErrorKind::protocol, fmt::format("read from the server: a line longer than {} bytes", max)};
    }
    auto more = co_await impl_->read_more(deadline);
    if (!more) co_return more.error();
  }
}

Task<Result<std::string>> LineSession::read_exactly(std::size_t count, MonoTime deadline) {
  std::string bytes;
  while (bytes.size() < count) {
    const std::size_t take = std::min(impl_->available(), count - bytes.size());
    bytes.append(impl_->buffer, impl_->used, take);
    impl_->used += take;
    impl_->scanned = impl_->used;
    if (bytes.size() == count) break;
    auto more = co_await impl_->read_more(deadline);
    if (!more) co_return more.error();
  }
  co_return bytes;
}

Task<Result<void>> LineSession::skip_exactly(std::size_t count, MonoTime deadline) {
  while (count > 0) {
    auto part = co_await read_exactly(std::min(count, read_chunk), deadline);
    if (!part) co_return part.error();
    count -= part->size();
  }
  co_return Result<void>{};
}

Task<Result<void>> LineSession::write(std::string bytes, MonoTime deadline) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    std::size_t now_sent = 0;
    const CURLcode code = curl_easy_send(impl_->easy.get(), bytes.data() + sent, bytes.size() - sent, &now_sent);
    if (code == CURLE_OK) {
      sent += now_sent;
      continue;
    }
    if (code != CURLE_AGAIN) {
      // Not the end of reading: a server that closes may have said why.
      co_return Error{ErrorKind::protocol, "write to the server: the server closed the connection"};
    }
    auto waited = co_await impl_->wait_for_room(deadline);
    if (!waited) co_return waited.error();
  }
  co_return Result<void>{};
}

bool LineSession::has_input() {
  while (!impl_->holds_input()) {
    if (impl_->fill() == Impl::Fill::would_wait) return false;
  }
  return true;
}

Task<LineSession::Ready> LineSession::wait_input(Duration at_most, Wakeup* wake) {
  const MonoTime until = impl_->loop.now().mono + at_most;
  for (;;) {
    if (impl_->holds_input() || (!impl_->quiet() && has_input())) co_return Ready::input;
    if (wake && std::exchange(wake->impl_->notified, false)) co_return Ready::woken;
    const Duration left = until - impl_->loop.now().mono;
    if (left <= Duration::zero()) co_return Ready::timed_out;
    if (wake) wake->impl_->on_notify = [watch = impl_->input] { watch->timer.cancel(); };
    co_await impl_->wait_for_input(left);
    if (wake) wake->impl_->on_notify = nullptr;
  }
}

}  // namespace mailcanary
