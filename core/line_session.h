// A session with a line-oriented server (SMTP, IMAP): libcurl connects, secures (TLS or STARTTLS) and logs in
// (SASL); then the caller speaks its protocol by lines. Knows nothing of mail commands.
// Threads: the loop's thread. One user at a time; no call may overlap another on the same session.
// Does not: retry, choose its own deadline, or reconnect.
#pragma once
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "core/event_loop.h"
#include "core/result.h"
#include "core/secret.h"
#include "core/text.h"

namespace mailcanary {

enum class ConnectStep { resolve, connect, tls, login };
const char* name_of(ConnectStep step);  // "resolve", "connect", "tls", "auth"

struct LineEndpoint {
  std::string url;           // smtp:// smtps:// imap:// imaps:// pop3:// pop3s:// host[:port]; tcp://host:port connects
                             // and no more: the greeting is the caller's to read
  std::string socket_path;   // with tcp://: this Unix socket instead
  bool require_tls = true;   // with smtp://, imap://, pop3://: STARTTLS must succeed before login
  std::string user;          // empty: no login
  Secret password;
  std::string ca_file;       // empty: the system's
  bool verify_peer = true;
  std::string hello_name;    // for EHLO; empty: libcurl's choice
};

// Times of the steps, each from the end of the one before; a step that was not reached has none.
struct ConnectTimes {
  std::optional<Duration> resolve, connect, tls, login;
};

struct ConnectFailure {
  ConnectStep step = ConnectStep::connect;
  // True when the fault is on our side of the wire as far as can be told: no resolver answers, no network route,
  // no descriptors left, our CA file unreadable.
  bool own_fault = false;
  bool timed_out = false;
  PeerText server_reply;  // the server's last line(s) before the failure, if it said any
  std::string message;    // "connect to mx.example port 465: connection refused"
};

class LineSession {
 public:
  struct Opened {
    std::unique_ptr<LineSession> session;  // null on failure
    std::optional<ConnectFailure> failure;
    ConnectTimes times;
    std::string peer;  // "192.0.2.1:465", empty when never connected
  };
  static Task<Opened> open(EventLoop& loop, LineEndpoint endpoint, MonoTime deadline);
  ~LineSession();  // closes without a farewell; say QUIT or LOGOUT yourself first

  // One line without its CRLF (a lone LF ends a line too). Errors: timed_out; protocol when the line is longer than
  // `max` or the server closed.
  Task<Result<std::string>> read_line(MonoTime deadline, std::size_t max = 64 * 1024);
  // Exactly `count` bytes (IMAP literals). Errors: timed_out; protocol when the server closed before.
  Task<Result<std::string>> read_exactly(std::size_t count, MonoTime deadline);
  // Reads `count` bytes and drops them; for literals too long to keep. Errors: the same.
  Task<Result<void>> skip_exactly(std::size_t count, MonoTime deadline);
  Task<Result<void>> write(std::string bytes, MonoTime deadline);  // timed_out, io; protocol: the server closed
  // True when a line (or the server's closing) can be read without waiting.
  bool has_input();
  // Waits until has_input() would be true, or until the time is over, or until `wake` is notified.
  enum class Ready { input, timed_out, woken };
  Task<Ready> wait_input(Duration at_most, Wakeup* wake);

 private:
  struct Impl;
  explicit LineSession(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace mailcanary
