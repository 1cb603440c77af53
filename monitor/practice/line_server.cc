#include "monitor/practice/line_server.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include "core/log.h"

namespace mailcanary::practice {

namespace asio = boost::asio;
namespace beast = boost::beast;
using tcp = asio::ip::tcp;
constexpr auto await = asio::as_tuple(asio::use_awaitable);

namespace {
constexpr std::size_t connection_limit = 256;
constexpr std::size_t read_chunk = 16 * 1024;
constexpr Duration write_patience = std::chrono::minutes(1);
}  // namespace

struct LineStream::Impl {
  Impl(EventLoop& l, tcp::socket socket) : loop(l), stream(std::move(socket)), written(l) {}

  enum class Fill { got_bytes, closed, timed_out };
  Task<Fill> fill(Duration at_most) {
    if (used > 0) input.erase(0, std::exchange(used, 0));
    std::string chunk(read_chunk, '\0');
    stream.expires_after(at_most);
    const auto [error, count] = co_await stream.async_read_some(asio::buffer(chunk), await);
    input.append(chunk, 0, count);
    if (error == beast::error::timeout) co_return Fill::timed_out;
    co_return error ? Fill::closed : Fill::got_bytes;
  }
  void close() {
    closed = true;
    stream.close();
    written.notify();
  }

  EventLoop& loop;
  beast::tcp_stream stream;
  std::string input;
  std::size_t used = 0;  // of input
  std::string output;    // not yet handed to the kernel
  bool writing = false, closed = false;
  Wakeup written;
};

namespace {

// One writer a stream: answers and announcements of new mail come from different places and must not mix.
Task<void> write_queued(std::shared_ptr<LineStream::Impl> impl) {
  while (!impl->output.empty() && !impl->closed) {
    const std::string bytes = std::exchange(impl->output, {});
    impl->stream.expires_after(write_patience);
    const auto [error, count] = co_await asio::async_write(impl->stream, asio::buffer(bytes), await);
    if (error) impl->close();
  }
  impl->writing = false;
  impl->written.notify();
}

}  // namespace

LineStream::~LineStream() { impl_->close(); }

Task<LineStream::Line> LineStream::read_line(std::size_t max, Duration at_most) {
  auto impl = impl_;
  std::size_t scanned = impl->used;
  for (;;) {
    const auto end = impl->input.find('\n', scanned);
    const std::size_t length = (end == std::string::npos ? impl->input.size() : end) - impl->used;
    if (length > max) co_return Line{Line::End::too_long, {}};
    if (end != std::string::npos) {
      Line line{Line::End::line, impl->input.substr(impl->used, length)};
      if (line.text.ends_with('\r')) line.text.pop_back();
      impl->used = end + 1;
      co_return line;
    }
    scanned = length;  // fill() moves what is unread to the front
    const auto filled = co_await impl->fill(at_most);
    if (filled == Impl::Fill::timed_out) co_return Line{Line::End::timed_out, {}};
    if (filled == Impl::Fill::closed) co_return Line{Line::End::closed, {}};
  }
}

Task<std::optional<std::string>> LineStream::read_exactly(std::size_t count, Duration at_most) {
  auto impl = impl_;
  while (impl->input.size() - impl->used < count) {
    const auto filled = co_await impl->fill(at_most);
    if (filled != Impl::Fill::got_bytes) co_return std::nullopt;
  }
  std::string bytes = impl->input.substr(impl->used, count);
  impl->used += count;
  co_return bytes;
}

void LineStream::write(std::string bytes) {
  if (impl_->closed) return;
  impl_->output += bytes;
  if (std::exchange(impl_->writing, true)) return;
  impl_->loop.spawn(write_queued(impl_));
}

Task<bool> LineStream::wait_written(std::size_t left) {
  auto impl = impl_;
  while (!impl->closed && impl->writing && (left == 0 || impl->output.size() > left))
    co_await impl->written.wait_for(write_patience);
  co_return !impl->closed;
}

void LineStream::cut() { impl_->close(); }

struct LineServer::Impl {
  Impl(EventLoop& l, Session s) : loop(l), session(std::move(s)), holder(l.executor()) {}
  EventLoop& loop;
  Session session;
  // Bound and never listening: keeps the port ours while connections to it are refused.
  tcp::acceptor holder;
  std::shared_ptr<tcp::acceptor> acceptor;  // empty while connections are refused
  std::vector<std::weak_ptr<LineStream>> streams;
};

namespace {

beast::error_code bind_to(tcp::acceptor& acceptor, const tcp::endpoint& endpoint) {
  beast::error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  return error;
}

Task<void> run_session(LineServer::Session session, std::shared_ptr<LineStream> stream) {
  co_await session(stream);
  stream->cut();
}

Task<void> accept_connections(std::shared_ptr<LineServer::Impl> impl, std::shared_ptr<tcp::acceptor> acceptor) {
  while (acceptor->is_open()) {
    tcp::socket socket(impl->loop.executor());
    const auto [error] = co_await acceptor->async_accept(socket, await);
    if (!acceptor->is_open()) break;
    if (error) {
      log_warning("practice provider: accept a connection: {}", error.message());
      co_await impl->loop.sleep_for(std::chrono::milliseconds(200));
      continue;
    }
    std::erase_if(impl->streams, [](const auto& stream) { return stream.expired(); });
    if (impl->streams.size() >= connection_limit) continue;
    beast::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    auto stream = std::make_shared<LineStream>(std::make_shared<LineStream::Impl>(impl->loop, std::move(socket)));
    impl->streams.push_back(stream);
    impl->loop.spawn(run_session(impl->session, std::move(stream)));
  }
}

}  // namespace

Result<std::unique_ptr<LineServer>> LineServer::open(EventLoop& loop, Session session) {
  auto impl = std::make_shared<Impl>(loop, std::move(session));
  const auto error = bind_to(impl->holder, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  if (error) return Error{ErrorKind::io, fmt::format("take a port of 127.0.0.1: {}", error.message())};
  std::unique_ptr<LineServer> server(new LineServer(std::move(impl)));
  server->accept();
  if (!server->impl_->acceptor)
    return Error{ErrorKind::io, fmt::format("listen on 127.0.0.1:{}: not possible", server->port())};
  return server;
}

LineServer::~LineServer() { refuse(); }

int LineServer::port() const { return impl_->holder.local_endpoint().port(); }

void LineServer::refuse() {
  if (impl_->acceptor) {
    beast::error_code ignored;
    impl_->acceptor->close(ignored);
    impl_->acceptor.reset();
  }
  for (const auto& weak : std::exchange(impl_->streams, {})) {
    if (const auto stream = weak.lock()) stream->cut();
  }
}

void LineServer::accept() {
  if (impl_->acceptor) return;
  auto acceptor = std::make_shared<tcp::acceptor>(impl_->loop.executor());
  auto error = bind_to(*acceptor, impl_->holder.local_endpoint());
  if (!error) acceptor->listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    log_error("practice provider: listen on 127.0.0.1:{}: {}", port(), error.message());
    return;
  }
  impl_->acceptor = acceptor;
  impl_->loop.spawn(accept_connections(impl_, std::move(acceptor)));
}

}  // namespace mailcanary::practice
