#include "tests/monitor/line_client.h"

#include <algorithm>
#include <sstream>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/tcp_stream.hpp>

namespace mailcanary {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
constexpr auto await = asio::as_tuple(asio::use_awaitable);

struct LineClient::Impl {
  explicit Impl(EventLoop& loop) : stream(loop.executor()) {}
  boost::beast::tcp_stream stream;
  std::string input, skipped, complaint;
  bool connected = false;
};

namespace {

constexpr auto patience = std::chrono::seconds(20);
constexpr const char* end_of_stream = "(closed)";

// "S: 250 " is "250 ": a blank at the end counts.
std::string after_mark(std::string_view step) {
  step.remove_prefix(2);
  if (step.starts_with(' ')) step.remove_prefix(1);
  return std::string(step);
}

Task<void> connect(std::shared_ptr<LineClient::Impl> impl, int port) {
  const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), static_cast<unsigned short>(port));
  impl->stream.expires_after(patience);
  const auto [error] = co_await impl->stream.async_connect(endpoint, await);
  impl->connected = !error;
}

Task<std::string> read_line(std::shared_ptr<LineClient::Impl> impl) {
  auto end = impl->input.find('\n');
  while (end == std::string::npos) {
    std::string chunk(65536, '\0');
    impl->stream.expires_after(patience);
    const auto [error, count] = co_await impl->stream.async_read_some(asio::buffer(chunk), await);
    if (error == boost::beast::error::timeout) co_return "(silence)";
    if (error) co_return end_of_stream;
    impl->input.append(chunk, 0, count);
    end = impl->input.find('\n');
  }
  std::string line = impl->input.substr(0, end);
  if (line.ends_with('\r')) line.pop_back();
  impl->input.erase(0, end + 1);
  co_return line;
}

Task<void> send(std::shared_ptr<LineClient::Impl> impl, std::string bytes) {
  impl->stream.expires_after(patience);
  co_await asio::async_write(impl->stream, asio::buffer(bytes), await);
}

Task<void> perform(std::shared_ptr<LineClient::Impl> impl, std::string dialogue) {
  std::istringstream steps(dialogue);
  std::string step, unsent;
  while (std::getline(steps, step)) {
    const std::string text = step.substr(std::min(step.find_first_not_of(' '), step.size()));
    if (text.starts_with("C:")) {
      unsent += after_mark(text) + "\r\n";
      continue;
    }
    if (!unsent.empty()) co_await send(impl, std::exchange(unsent, {}));
    if (text.empty()) continue;
    const std::string wanted = text == "closed" ? end_of_stream : after_mark(text);
    std::string line = co_await read_line(impl);
    while (text.starts_with("S*") && !line.starts_with(wanted) && !line.starts_with('(')) {
      impl->skipped += line + "\r\n";
      line = co_await read_line(impl);
    }
    if (!line.starts_with(wanted)) {
      impl->complaint = "wanted: " + wanted + "\ncame: " + line;
      co_return;
    }
  }
  if (!unsent.empty()) co_await send(impl, unsent);
}

}  // namespace

LineClient::LineClient(EventLoop& loop, int port) : loop_(loop), impl_(std::make_shared<Impl>(loop)) {
  loop_.run_until_done(connect(impl_, port));
}
LineClient::~LineClient() { impl_->stream.close(); }

bool LineClient::connected() const { return impl_->connected; }
const std::string& LineClient::skipped() const { return impl_->skipped; }

std::string LineClient::play(std::string dialogue) {
  impl_->skipped.clear();
  impl_->complaint.clear();
  loop_.run_until_done(perform(impl_, std::move(dialogue)));
  return impl_->complaint;
}

}  // namespace mailcanary
