#include "tests/alerts/http_server.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "core/text.h"

namespace mailcanary {
namespace asio = boost::asio;
using asio::ip::tcp;

struct TestHttpServer::Impl {
  explicit Impl(EventLoop& loop) : acceptor(loop.executor(), tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0)) {}
  tcp::acceptor acceptor;
  std::vector<std::string> answers;
  std::vector<PostedRequest> requests;
};

namespace {

std::size_t length_of(const PostedRequest& request) {
  const std::string length = request.header("content-length");
  return length.empty() ? 0 : std::stoul(length);
}

// One request from the bytes read so far and the socket; nothing when the client went away.
asio::awaitable<std::optional<PostedRequest>> read_request(std::shared_ptr<tcp::socket> socket,
                                                           std::shared_ptr<std::string> bytes) {
  boost::system::error_code failure;
  const std::size_t head = co_await asio::async_read_until(*socket, asio::dynamic_buffer(*bytes), "\r\n\r\n",
                                                           asio::redirect_error(asio::use_awaitable, failure));
  if (failure) co_return std::nullopt;
  PostedRequest request;
  std::string lines = bytes->substr(0, head - 2);
  bytes->erase(0, head);
  for (std::size_t end = lines.find("\r\n"); end != std::string::npos; end = lines.find("\r\n")) {
    if (request.line.empty())
      request.line = lines.substr(0, end);
    else
      request.headers.push_back(lines.substr(0, end));
    lines.erase(0, end + 2);
  }
  const std::size_t length = length_of(request);
  if (bytes->size() < length) {
    co_await asio::async_read(*socket, asio::dynamic_buffer(*bytes), asio::transfer_exactly(length - bytes->size()),
                              asio::redirect_error(asio::use_awaitable, failure));
    if (failure) co_return std::nullopt;
  }
  request.body = bytes->substr(0, length);
  bytes->erase(0, length);
  co_return request;
}

asio::awaitable<bool> say(std::shared_ptr<tcp::socket> socket, std::string bytes) {
  boost::system::error_code failure;
  co_await asio::async_write(*socket, asio::buffer(bytes), asio::redirect_error(asio::use_awaitable, failure));
  co_return !failure;
}

template <class State>
asio::awaitable<void> serve(std::shared_ptr<State> state, std::shared_ptr<tcp::socket> socket) {
  const auto bytes = std::make_shared<std::string>();
  while (true) {
    std::optional<PostedRequest> request = co_await read_request(socket, bytes);
    if (!request) co_return;
    const std::size_t number = state->requests.size();
    state->requests.push_back(*request);
    std::string answer =
        number < state->answers.size() ? state->answers[number] : http_answer(500, "no answer was written");
    if (answer == TestHttpServer::silence) continue;
    if (answer == TestHttpServer::reset) {
      socket->set_option(asio::socket_base::linger(true, 0));
      socket->close();
      co_return;
    }
    if (answer == TestHttpServer::endless) {
      answer = "HTTP/1.1 200 OK\r\n\r\n";
      bool going = co_await say(socket, answer);
      while (going) going = co_await say(socket, std::string(64 * 1024, 'x'));
      co_return;
    }
    const bool said = co_await say(socket, answer);
    if (!said) co_return;
  }
}

template <class State>
asio::awaitable<void> accept(EventLoop* loop, std::shared_ptr<State> state) {
  while (true) {
    boost::system::error_code failure;
    tcp::socket socket = co_await state->acceptor.async_accept(asio::redirect_error(asio::use_awaitable, failure));
    if (failure) co_return;
    loop->spawn(serve(state, std::make_shared<tcp::socket>(std::move(socket))));
  }
}

}  // namespace

std::string PostedRequest::header(const std::string& name) const {
  for (const auto& each : headers)
    if (istarts_with(each, name + ":")) return std::string(trim(std::string_view(each).substr(name.size() + 1)));
  return {};
}

TestHttpServer::TestHttpServer(EventLoop& loop, std::vector<std::string> answers)
    : impl_(std::make_shared<Impl>(loop)) {
  impl_->answers = std::move(answers);
  loop.spawn(accept(&loop, impl_));
}

TestHttpServer::~TestHttpServer() {
  boost::system::error_code ignored;
  impl_->acceptor.close(ignored);
}

std::string TestHttpServer::url(const std::string& path) const {
  return "http://127.0.0.1:" + std::to_string(impl_->acceptor.local_endpoint().port()) + path;
}

const std::vector<PostedRequest>& TestHttpServer::requests() const { return impl_->requests; }

std::string http_answer(int status, const std::string& body, const std::string& headers) {
  return "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         headers + "\r\n" + body;
}

}  // namespace mailcanary
