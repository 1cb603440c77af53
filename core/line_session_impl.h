// The inside of LineSession, for line_session.cc (the stream of bytes) and line_session_open.cc (how it comes to be).
// Does not: connect or speak. Threads: the loop's thread.
#pragma once
#include <curl/curl.h>

#include <algorithm>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "core/curl_multi.h"
#include "core/line_session.h"

namespace mailcanary {

namespace line_session {

constexpr std::size_t evidence_limit = 2048;
// Greeting, capabilities and the answers of a login together.
constexpr std::size_t most_lines = 500;

struct EasyDeleter {
  CurlMulti* multi;
  void operator()(CURL* easy) const {
    multi->remove(easy);
    curl_easy_cleanup(easy);
  }
};
using Easy = std::unique_ptr<CURL, EasyDeleter>;

// What the server said while libcurl was talking, for the record of a failure. Our own side is never kept: it holds
// the password.
struct Evidence {
  std::string last_lines;
  bool goes_on = false;    // SMTP: "550-" begins a line that another one of the same reply follows
  bool tls_begun = false;  // libcurl's own time of the connection is set only when TLS stands
  std::size_t lines = 0;
  bool endless() const { return lines > most_lines; }

  static int keep(CURL*, curl_infotype type, char* data, std::size_t size, void* user) {
    auto& self = *static_cast<Evidence*>(user);
    if (type == CURLINFO_SSL_DATA_OUT) self.tls_begun = true;
    if (type == CURLINFO_HEADER_IN) self.keep_line({data, std::min(size, evidence_limit)});
    return 0;
  }
  void keep_line(std::string_view line) {
    if (!goes_on || last_lines.size() + line.size() > evidence_limit) last_lines.clear();
    last_lines += line;
    const auto digit = [&](std::size_t at) { return line[at] >= '0' && line[at] <= '9'; };
    goes_on = line.size() > 3 && digit(0) && digit(1) && digit(2) && line[3] == '-';
  }
  // Called with each line. libcurl reads greeting lines for as long as a server sends them, unless told to stop.
  static std::size_t count(char*, std::size_t size, std::size_t items, void* user) {
    auto& self = *static_cast<Evidence*>(user);
    ++self.lines;
    return self.endless() ? 0 : size * items;
  }
};

// One wait for input stays with the reactor until it is answered, over any number of timers and notifications: to take
// it back and to ask the socket again costs more than all that is done in between.
struct InputWatch {
  explicit InputWatch(boost::asio::any_io_executor executor) : timer(std::move(executor)) {}
  boost::asio::steady_timer timer;  // of the one who waits; input ends it early
  bool armed = false;               // the wait is with the reactor
  bool came = false;                // it was answered, and the socket was not read since
};

}  // namespace line_session

struct LineSession::Impl {
  Impl(EventLoop& l, line_session::Easy e, std::unique_ptr<line_session::Evidence> said, int fd)
      : loop(l),
        evidence(std::move(said)),
        easy(std::move(e)),
        socket(l.executor(), fd),
        input(std::make_shared<line_session::InputWatch>(l.executor())) {}

  enum class Fill { got_bytes, would_wait, closed };
  Fill fill();
  std::size_t available() const { return buffer.size() - used; }
  // A line without end is input too: the reader must get to see it and refuse it.
  bool holds_input() const { return closed || buffer.find('\n', used) != std::string::npos || available() > 1u << 20; }
  std::optional<std::string> take_line();
  // The reactor watches the socket and has not reported anything: to read would find nothing.
  bool quiet() const { return input->armed && !input->came; }
  void watch_input();
  Task<void> wait_for_input(Duration at_most);
  Task<Result<void>> wait_for_room(MonoTime deadline);
  Task<Result<void>> read_more(MonoTime deadline);

  EventLoop& loop;
  std::unique_ptr<line_session::Evidence> evidence;
  line_session::Easy easy;
  // A duplicate of libcurl's descriptor: the same one cannot be in the reactor twice, and libcurl closes its own.
  boost::asio::posix::stream_descriptor socket;
  std::shared_ptr<line_session::InputWatch> input;
  std::string buffer;
  std::size_t used = 0, scanned = 0;
  bool closed = false;
};

}  // namespace mailcanary
