#include "core/line_session.h"

#include <curl/curl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>

#include "core/authorities.h"
#include "core/curl_multi.h"
#include "core/resolver.h"
#include "core/wakeup_impl.h"

namespace mailcanary {

namespace asio = boost::asio;
constexpr auto await = asio::as_tuple(asio::use_awaitable);

namespace {

constexpr std::size_t read_chunk = 16 * 1024;
constexpr std::size_t evidence_limit = 2048;
// To find out whether it is our resolver that is silent: so long at least, though the deadline is over.
constexpr Duration least_patience = std::chrono::seconds(2);
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

std::string host_of(const std::string& url) {
  const auto start = url.find("://");
  const auto begin = start == std::string::npos ? 0 : start + 3;
  auto end = url.find('/', begin);
  if (end == std::string::npos) end = url.size();
  return url.substr(begin, end - begin);
}

Duration info_time(CURL* easy, CURLINFO what) {
  curl_off_t microseconds = 0;
  curl_easy_getinfo(easy, what, &microseconds);
  return Duration(microseconds);
}

// libcurl gives times since the start; 0 means "not reached". Steps are told apart by which were reached.
ConnectTimes times_of(CURL* easy, bool tls, bool login, Duration total, bool complete) {
  const Duration resolved = info_time(easy, CURLINFO_NAMELOOKUP_TIME_T);
  const Duration connected = info_time(easy, CURLINFO_CONNECT_TIME_T);
  const Duration secured = info_time(easy, CURLINFO_APPCONNECT_TIME_T);
  ConnectTimes times;
  if (resolved > Duration::zero() || connected > Duration::zero()) times.resolve = resolved;
  if (connected > Duration::zero()) times.connect = connected - resolved;
  if (tls && secured > Duration::zero()) times.tls = secured - connected;
  if (complete && login) times.login = total - (tls ? secured : connected);
  return times;
}

ConnectStep failed_step(CURLcode code, const ConnectTimes& times, bool tls, const Evidence& evidence) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return ConnectStep::resolve;
    case CURLE_COULDNT_CONNECT:
      return ConnectStep::connect;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_USE_SSL_FAILED:
      return ConnectStep::tls;
    case CURLE_LOGIN_DENIED:
      return ConnectStep::login;
    default:  // timeouts, closed connections, garbage: wherever it stood
      if (!times.resolve) return ConnectStep::resolve;
      if (!times.connect) return evidence.tls_begun ? ConnectStep::tls : ConnectStep::connect;
      if (tls && !times.tls) return ConnectStep::tls;
      return ConnectStep::login;
  }
}

// Our network or our process, as far as the operating system says so. EHOSTUNREACH is left out: a router far away
// may have said it.
bool is_own_errno(long number) {
  return number == ENETUNREACH || number == ENETDOWN || number == EADDRNOTAVAIL || number == EMFILE ||
         number == ENFILE || number == ENOBUFS || number == ENOMEM || number == EACCES || number == EPERM;
}

const char* verb_of(ConnectStep step) {
  switch (step) {
    case ConnectStep::resolve: return "resolve";
    case ConnectStep::connect: return "connect to";
    case ConnectStep::tls: return "secure the connection to";
    case ConnectStep::login: return "open a session with";
  }
  return "reach";
}

std::string bare_host(std::string host) {
  if (host.starts_with('[')) return host.substr(1, host.find(']') - 1);
  return host.substr(0, host.find(':'));
}

}  // namespace

const char* name_of(ConnectStep step) {
  switch (step) {
    case ConnectStep::resolve: return "resolve";
    case ConnectStep::connect: return "connect";
    case ConnectStep::tls: return "tls";
    case ConnectStep::login: return "auth";
  }
  return "connect";
}

namespace {

// One wait for input stays with the reactor until it is answered, over any number of timers and notifications: to take
// it back and to ask the socket again costs more than all that is done in between.
struct InputWatch {
  explicit InputWatch(asio::any_io_executor executor) : timer(std::move(executor)) {}
  asio::steady_timer timer;  // of the one who waits; input ends it early
  bool armed = false;        // the wait is with the reactor
  bool came = false;         // it was answered, and the socket was not read since
};

}  // namespace

struct LineSession::Impl {
  Impl(EventLoop& l, Easy e, std::unique_ptr<Evidence> said, int fd)
      : loop(l),
        evidence(std::move(said)),
        easy(std::move(e)),
        socket(l.executor(), fd),
        input(std::make_shared<InputWatch>(l.executor())) {}

  enum class Fill { got_bytes, would_wait, closed };
  Fill fill() {
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
  std::size_t available() const { return buffer.size() - used; }
  // A line without end is input too: the reader must get to see it and refuse it.
  bool holds_input() const {
    return closed || buffer.find('\n', used) != std::string::npos || available() > 1u << 20;
  }
  std::optional<std::string> take_line() {
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
  // The reactor watches the socket and has not reported anything: to read would find nothing.
  bool quiet() const { return input->armed && !input->came; }
  void watch_input();
  Task<void> wait_for_input(Duration at_most);
  Task<Result<void>> wait_for_room(MonoTime deadline);
  Task<Result<void>> read_more(MonoTime deadline);

  EventLoop& loop;
  std::unique_ptr<Evidence> evidence;
  Easy easy;
  // A duplicate of libcurl's descriptor: the same one cannot be in the reactor twice, and libcurl closes its own.
  asio::posix::stream_descriptor socket;
  std::shared_ptr<InputWatch> input;
  std::string buffer;
  std::size_t used = 0, scanned = 0;
  bool closed = false;
};

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

Task<LineSession::Opened> LineSession::open(EventLoop& loop, LineEndpoint endpoint, MonoTime deadline) {
  Opened opened;
  const std::string host = host_of(endpoint.url);
  const bool from_start = endpoint.url.starts_with("smtps:") || endpoint.url.starts_with("imaps:") ||
                          endpoint.url.starts_with("pop3s:");
  const bool tls = from_start || endpoint.require_tls;
  const bool login = !endpoint.user.empty();

  CURL* raw = curl_easy_init();
  Easy easy(raw, EasyDeleter{&loop.curl()});
  auto evidence = std::make_unique<Evidence>();
  std::array<char, CURL_ERROR_SIZE> error_text{};
  const std::string url = endpoint.url + (endpoint.url.starts_with("smtp") && !endpoint.hello_name.empty()
                                              ? "/" + endpoint.hello_name
                                              : "");
  // Of HTTP libcurl says nothing by itself: all it does here is to connect.
  const bool bare = url.starts_with("tcp://");
  curl_easy_setopt(raw, CURLOPT_URL, bare ? ("http://" + host).c_str() : url.c_str());
  curl_easy_setopt(raw, CURLOPT_PROTOCOLS_STR, bare ? "http" : "smtp,smtps,imap,imaps,pop3,pop3s");
  if (!endpoint.socket_path.empty()) curl_easy_setopt(raw, CURLOPT_UNIX_SOCKET_PATH, endpoint.socket_path.c_str());
  curl_easy_setopt(raw, CURLOPT_CONNECT_ONLY, 1L);
  curl_easy_setopt(raw, CURLOPT_FRESH_CONNECT, 1L);
  curl_easy_setopt(raw, CURLOPT_PROXY, "");
  curl_easy_setopt(raw, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(raw, CURLOPT_QUICK_EXIT, 1L);  // else a time-out waits for the thread that still asks for the name
  curl_easy_setopt(raw, CURLOPT_USE_SSL, static_cast<long>(endpoint.require_tls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
  curl_easy_setopt(raw, CURLOPT_SSL_VERIFYPEER, endpoint.verify_peer ? 1L : 0L);
  curl_easy_setopt(raw, CURLOPT_SSL_VERIFYHOST, endpoint.verify_peer ? 2L : 0L);
  // A monitor must see each certificate and each name look-up anew: no TLS resumption, no DNS cache.
  curl_easy_setopt(raw, CURLOPT_SSL_SESSIONID_CACHE, 0L);
  curl_easy_setopt(raw, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
  trust_authorities(raw, endpoint.ca_file);
  if (login) {
    curl_easy_setopt(raw, CURLOPT_USERNAME, endpoint.user.c_str());
    curl_easy_setopt(raw, CURLOPT_PASSWORD, endpoint.password.reveal().c_str());
  }
  curl_easy_setopt(raw, CURLOPT_VERBOSE, 1L);
  curl_easy_setopt(raw, CURLOPT_DEBUGFUNCTION, &Evidence::keep);
  curl_easy_setopt(raw, CURLOPT_DEBUGDATA, evidence.get());
  curl_easy_setopt(raw, CURLOPT_HEADERFUNCTION, &Evidence::count);
  curl_easy_setopt(raw, CURLOPT_HEADERDATA, evidence.get());
  curl_easy_setopt(raw, CURLOPT_ERRORBUFFER, error_text.data());

  const MonoTime started = loop.now().mono;
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - started);
  curl_easy_setopt(raw, CURLOPT_TIMEOUT_MS, static_cast<long>(std::max<std::int64_t>(left.count(), 1)));
  curl_easy_setopt(raw, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(std::max<std::int64_t>(left.count(), 1)));

  const CURLcode code = co_await loop.curl().perform(raw);
  const Duration total = loop.now().mono - started;
  curl_easy_setopt(raw, CURLOPT_ERRORBUFFER, nullptr);  // its memory ends with this coroutine
  curl_easy_setopt(raw, CURLOPT_VERBOSE, 0L);
  opened.times = times_of(raw, tls, login, total, code == CURLE_OK);

  char* address = nullptr;
  long port = 0;
  curl_easy_getinfo(raw, CURLINFO_PRIMARY_IP, &address);
  curl_easy_getinfo(raw, CURLINFO_PRIMARY_PORT, &port);
  if (address && *address && opened.times.connect) {
    opened.peer = std::strchr(address, ':') ? fmt::format("[{}]:{}", address, port) : fmt::format("{}:{}", address, port);
  }

  if (code == CURLE_OK) {
    curl_socket_t fd = CURL_SOCKET_BAD;
    curl_easy_getinfo(raw, CURLINFO_ACTIVESOCKET, &fd);
    const int copy = fd == CURL_SOCKET_BAD ? -1 : dup(fd);
    if (copy >= 0) {
      opened.session.reset(
          new LineSession(std::make_unique<Impl>(loop, std::move(easy), std::move(evidence), copy)));
      co_return opened;
    }
  }

  ConnectFailure failure;
  failure.step = failed_step(code, opened.times, tls, *evidence);
  failure.timed_out = code == CURLE_OPERATION_TIMEDOUT;
  failure.server_reply = PeerText(trim(evidence->last_lines), evidence_limit);
  long os_errno = 0;
  curl_easy_getinfo(raw, CURLINFO_OS_ERRNO, &os_errno);
  failure.own_fault = code == CURLE_OK /* no descriptor left */ || code == CURLE_SSL_CACERT_BADFILE ||
                      code == CURLE_OUT_OF_MEMORY || code == CURLE_FAILED_INIT ||
                      // After a time-out it may be left from another address of the host (IPv6 where we have none).
                      (failure.step == ConnectStep::connect && !failure.timed_out && is_own_errno(os_errno));
  if (failure.step == ConnectStep::resolve && !failure.own_fault) {
    // libcurl does not say whether "could not resolve" means "no such name" or "no resolver answered". One that is slow
    // to say so answers somebody else by now, or nobody.
    auto silent = std::make_shared<std::atomic<bool>>(true);
    std::function<void()> ask = [silent, name = bare_host(host)] { *silent = resolver_is_silent(name); };
    const MonoTime patience_ends = std::max(deadline, loop.now().mono + least_patience);
    const bool answered = co_await run_in_thread_until(loop, std::move(ask), patience_ends);
    failure.own_fault = !answered || *silent;
  }
  // Which descriptor or address it was is in libcurl's text; it may quote the peer, so it is cleaned.
  std::string why = failure.timed_out ? "timed out" : one_line(error_text[0] ? error_text.data() : curl_easy_strerror(code));
  if (failure.step == ConnectStep::connect && os_errno != 0 && !failure.timed_out) {
    why = lower(std::generic_category().message(static_cast<int>(os_errno)));
  }
  if (evidence->endless()) why = fmt::format("more than {} lines, and no end of it", most_lines);
  failure.message = fmt::format("{} {}: {}", verb_of(failure.step), host, why);
  opened.failure = std::move(failure);
  co_return opened;
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
