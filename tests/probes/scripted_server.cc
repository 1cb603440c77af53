#include "tests/probes/scripted_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <utility>

namespace mailcanary {
namespace {

using Captures = std::map<std::string, std::string>;

std::string_view after_keyword(std::string_view step, std::size_t keyword) {
  return step.size() > keyword + 1 ? step.substr(keyword + 1) : std::string_view();
}

int hex_digit(char c) {
  const std::string_view digits = "0123456789abcdef";
  const auto at = digits.find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

bool name_char(char c) { return (c >= 'a' && c <= 'z') || c == '_'; }

std::string_view name_at(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && name_char(text[end])) ++end;
  return text.substr(at, end - at);
}

std::string spoken(std::string_view text, const Captures& captures) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && text[i + 1] == 'x' && hex_digit(text[i + 2]) >= 0 &&
        hex_digit(text[i + 3]) >= 0) {
      out += static_cast<char>(hex_digit(text[i + 2]) * 16 + hex_digit(text[i + 3]));
      i += 3;
    } else if (const auto name = text[i] == '$' ? name_at(text, i + 1) : std::string_view();
               !name.empty() && captures.count(std::string(name))) {
      out += captures.at(std::string(name));
      i += name.size();
    } else {
      out += text[i];
    }
  }
  return out;
}

bool matches(std::string_view pattern, std::string_view line, Captures& captures) {
  if (pattern.empty()) return line.empty();
  if (pattern[0] == '*') {
    for (std::size_t skip = 0; skip <= line.size(); ++skip) {
      if (matches(pattern.substr(1), line.substr(skip), captures)) return true;
    }
    return false;
  }
  if (const auto name = pattern[0] == '$' ? name_at(pattern, 1) : std::string_view(); !name.empty()) {
    const auto word = line.substr(0, line.find(' '));
    if (word.empty() || !matches(pattern.substr(1 + name.size()), line.substr(word.size()), captures)) return false;
    captures[std::string(name)] = word;
    return true;
  }
  return !line.empty() && line[0] == pattern[0] && matches(pattern.substr(1), line.substr(1), captures);
}

std::vector<std::string> steps_of(std::string_view dialogue) {
  std::vector<std::string> steps;
  while (!dialogue.empty()) {
    const auto end = dialogue.find('\n');
    auto line = dialogue.substr(0, end);
    dialogue.remove_prefix(end == std::string_view::npos ? dialogue.size() : end + 1);
    const auto first = line.find_first_not_of(" \t");
    if (first != std::string_view::npos) steps.emplace_back(line.substr(first));
  }
  return steps;
}

}  // namespace

struct ScriptedServer::Impl {
  std::vector<std::string> dialogues;
  int listener = -1;
  int port = 0;
  std::thread acceptor;
  std::vector<std::thread> players;

  mutable std::mutex mutex;
  std::condition_variable changed;
  bool stopping = false;
  std::set<std::string> signals;
  std::set<int> open_sockets;
  std::vector<std::string> complaints, lines, messages;
  int connections = 0;
  std::size_t finished = 0;

  void accept_all();
  void play(std::size_t number, int fd);
  void complain(std::size_t number, const std::string& what) {
    const std::lock_guard lock(mutex);
    complaints.push_back("connection " + std::to_string(number + 1) + ": " + what);
  }
};

namespace {

// One connection: lines in, bytes out. Reading returns false when the client is gone.
class Connection {
 public:
  explicit Connection(int fd) : fd_(fd) {}

  bool read_line(std::string& line) {
    while (true) {
      if (const auto end = buffer_.find('\n'); end != std::string::npos) {
        line = buffer_.substr(0, end);
        if (!line.empty() && line.back() == '\r') line.pop_back();
        buffer_.erase(0, end + 1);
        return true;
      }
      if (!fill()) return false;
    }
  }
  bool say(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  void until_client_goes() {
    while (fill()) buffer_.clear();
  }
  // What has already been sent to us is read; then nothing is waited for.
  void drain() {
    buffer_.clear();
    pollfd poll_one{fd_, POLLIN, 0};
    while (::poll(&poll_one, 1, 0) > 0 && fill()) buffer_.clear();
  }
  void reset_on_close() {
    const linger now{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  }

 private:
  bool fill() {
    char bytes[65536];
    const auto got = ::recv(fd_, bytes, sizeof bytes, 0);
    if (got <= 0) return false;
    buffer_.append(bytes, static_cast<std::size_t>(got));
    return true;
  }

  int fd_;
  std::string buffer_;
};

}  // namespace

void ScriptedServer::Impl::accept_all() {
  while (true) {
    const int fd = ::accept(listener, nullptr, nullptr);
    if (fd < 0) return;
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const std::lock_guard lock(mutex);
    const auto number = static_cast<std::size_t>(connections++);
    if (stopping || number >= dialogues.size()) {
      if (!stopping) complaints.push_back("connection " + std::to_string(number + 1) + ": not written");
      ::close(fd);
      continue;
    }
    open_sockets.insert(fd);
    players.emplace_back([this, number, fd] {
      play(number, fd);
      const std::lock_guard done(mutex);
      open_sockets.erase(fd);
      ::close(fd);
      ++finished;
      changed.notify_all();
    });
  }
}

void ScriptedServer::Impl::play(std::size_t number, int fd) {
  Connection connection(fd);
  Captures captures;
  std::string pending;
  // False when the client left.
  const auto flush = [&] { return connection.say(std::exchange(pending, std::string())); };
  for (const std::string& step : steps_of(dialogues[number])) {
    const std::string_view view = step;
    const auto is = [view](std::string_view word) {
      return view.substr(0, word.size()) == word && (view.size() == word.size() || view[word.size()] == ' ');
    };
    if (is("S:") || is("s:")) {
      pending += spoken(after_keyword(view, 2), captures);
      if (view[0] == 'S') pending += "\r\n";
      continue;
    }
    if (!flush()) return complain(number, "the client left before '" + step + "'");
    if (is("C:")) {
      std::string line;
      if (!connection.read_line(line)) return complain(number, "the client left before '" + step + "'");
      const bool good = matches(after_keyword(view, 2), line, captures);
      const std::lock_guard lock(mutex);
      lines.push_back(line);
      if (!good) {
        complaints.push_back("connection " + std::to_string(number + 1) + ": expected '" +
                             std::string(after_keyword(view, 2)) + "', got '" + line + "'");
        return;
      }
    } else if (is("data")) {
      std::string text, line;
      while (true) {
        if (!connection.read_line(line)) return complain(number, "the client left inside the message");
        if (line == ".") break;
        text += line + "\r\n";
      }
      const std::lock_guard lock(mutex);
      messages.push_back(std::move(text));
    } else if (is("drain")) {
      connection.drain();
    } else if (is("wait")) {
      std::unique_lock lock(mutex);
      const std::string name(after_keyword(view, 4));
      changed.wait(lock, [&] { return stopping || signals.count(name) > 0; });
    } else if (is("close")) {
      return;
    } else if (is("reset")) {
      return connection.reset_on_close();
    } else if (is("stall")) {
      return connection.until_client_goes();
    } else if (is("endless lines")) {
      const std::string line = spoken(after_keyword(view, 13), captures) + "\r\n";
      while (connection.say(line)) continue;
      return;
    } else if (is("endless")) {
      const auto text = after_keyword(view, 7);
      while (connection.say(text.empty() ? " " : text)) continue;
      return;
    } else {
      return complain(number, "no such step: '" + step + "'");
    }
  }
  flush();
}

ScriptedServer::ScriptedServer(std::vector<std::string> dialogues) : impl_(std::make_unique<Impl>()) {
  impl_->dialogues = std::move(dialogues);
  impl_->listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (impl_->listener < 0 || ::bind(impl_->listener, generic, size) != 0 || ::listen(impl_->listener, 64) != 0 ||
      ::getsockname(impl_->listener, generic, &size) != 0) {
    throw std::runtime_error("scripted server: cannot listen on loopback");
  }
  impl_->port = ntohs(address.sin_port);
  impl_->acceptor = std::thread([impl = impl_.get()] { impl->accept_all(); });
}

ScriptedServer::~ScriptedServer() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
    for (const int fd : impl_->open_sockets) ::shutdown(fd, SHUT_RDWR);
    impl_->changed.notify_all();
  }
  ::shutdown(impl_->listener, SHUT_RDWR);  // wakes accept()
  impl_->acceptor.join();
  for (auto& player : impl_->players) player.join();
  ::close(impl_->listener);
}

int ScriptedServer::port() const { return impl_->port; }

void ScriptedServer::signal(const std::string& name) {
  const std::lock_guard lock(impl_->mutex);
  impl_->signals.insert(name);
  impl_->changed.notify_all();
}

std::vector<std::string> ScriptedServer::complaints() {
  std::unique_lock lock(impl_->mutex);
  const auto come = std::min(static_cast<std::size_t>(impl_->connections), impl_->dialogues.size());
  impl_->changed.wait(lock, [&] { return impl_->finished >= come; });
  auto all = impl_->complaints;
  for (auto number = come; number < impl_->dialogues.size(); ++number) {
    all.push_back("connection " + std::to_string(number + 1) + ": nobody came");
  }
  return all;
}

std::vector<std::string> ScriptedServer::said_by_client() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->lines;
}

std::vector<std::string> ScriptedServer::messages() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->messages;
}

int ScriptedServer::connections() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->connections;
}

}  // namespace mailcanary
