// How a session comes to be: libcurl connects, secures and logs in; when it cannot, at which step, why, and whose fault.
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>

#include "core/authorities.h"
#include "core/line_session_impl.h"
#include "core/resolver.h"

namespace mailcanary {

using namespace line_session;

namespace {

// To find out whether it is our resolver that is silent: so long at least, though the deadline is over.
constexpr Duration least_patience = std::chrono::seconds(2);

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
    std::string name = bare_host(host);
    const MonoTime until = std::max(deadline, loop.now().mono + least_patience);
    failure.own_fault = co_await resolver_is_silent(loop, std::move(name), until);
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

}  // namespace mailcanary
