#include "tests/e2e/web_receiver.h"

#include <cstdlib>
#include <optional>
#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/crypto.h"
#include "core/text.h"

namespace mailcanary::testbed {
namespace {

// A whole request, or nothing when the client went away or was too slow.
std::optional<Post> read_request(int connection) {
  std::string bytes;
  std::optional<Post> post;
  std::size_t head = 0, length = 0;
  for (;;) {
    if (!post) {
      const auto end = bytes.find("\r\n\r\n");
      if (end != std::string::npos) {
        post.emplace();
        head = end + 4;
        post->line = bytes.substr(0, bytes.find("\r\n"));
        std::size_t from = bytes.find("\r\n") + 2;
        while (from < head - 2) {
          const auto line_end = bytes.find("\r\n", from);
          const std::string line = bytes.substr(from, line_end - from);
          const auto colon = line.find(':');
          if (colon != std::string::npos) post->headers[lower(line.substr(0, colon))] = trim(line.substr(colon + 1));
          from = line_end + 2;
        }
        length = std::strtoul(post->headers["content-length"].c_str(), nullptr, 10);
      }
    }
    if (post && bytes.size() >= head + length) {
      post->body = bytes.substr(head, length);
      return post;
    }
    char part[16384];
    const ssize_t got = ::recv(connection, part, sizeof part, 0);
    if (got <= 0) return std::nullopt;
    bytes.append(part, static_cast<std::size_t>(got));
  }
}

}  // namespace

WebReceiver::WebReceiver() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 16) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("listen for posts");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

WebReceiver::~WebReceiver() {
  closing_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  thread_.join();
  ::close(listener_);
}

std::string WebReceiver::url() const { return fmt::format("http://127.0.0.1:{}/hook", port_); }

void WebReceiver::answer_with(int status) {
  const std::lock_guard lock(mutex_);
  chance_.reset();
  status_ = status;
}

void WebReceiver::answer_after(std::chrono::milliseconds wait) { wait_ms_ = static_cast<int>(wait.count()); }

void WebReceiver::fail_half(unsigned seed) {
  const std::lock_guard lock(mutex_);
  chance_.emplace(seed);
}

std::vector<Post> WebReceiver::posts() const {
  const std::lock_guard lock(mutex_);
  return posts_;
}

std::vector<Post> WebReceiver::posts_of(const std::string& word) const {
  auto found = posts();
  std::erase_if(found, [&](const Post& post) { return post.type() != "mailcanary.incident." + word; });
  return found;
}

// One connection after the other, one request each: webhooks come rarely.
void WebReceiver::serve() {
  while (!closing_) {
    const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) continue;
    const timeval patience{10, 0};
    ::setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    serve_one(connection);
    ::close(connection);
  }
}

void WebReceiver::serve_one(int connection) {
  auto post = read_request(connection);
  if (!post) return;
  post->at = real_clock().now().wall;
  std::unique_lock lock(mutex_);
  post->answered = chance_ ? ((*chance_)() % 2 == 0 ? 200 : 503) : status_.load();
  const std::string answer = fmt::format("HTTP/1.1 {} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", post->answered);
  // Whoever went away without the answer had sent all the same.
  posts_.push_back(std::move(*post));
  lock.unlock();
  std::this_thread::sleep_for(std::chrono::milliseconds(wait_ms_));
  (void)::send(connection, answer.data(), answer.size(), MSG_NOSIGNAL);
}

bool signature_holds(const Post& post, const std::string& secret) {
  const auto header = [&](const char* name) {
    const auto found = post.headers.find(name);
    return found == post.headers.end() ? std::string() : found->second;
  };
  const auto key = from_base64(secret.substr(std::string("whsec_").size()));
  const std::string text = header("webhook-id") + "." + header("webhook-timestamp") + "." + post.body;
  return key && header("webhook-signature") == "v1," + to_base64(hmac_sha256(*key, text));
}

}  // namespace mailcanary::testbed
