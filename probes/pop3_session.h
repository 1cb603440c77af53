// The little of POP3 (RFC 1939, CAPA of RFC 2449) that reading a mailbox takes, on a line session that is logged in.
// Does not: log in, decide what to read, or read more than bounds allow.
// Threads: the loop's thread; one call at a time. Errors: `refused` when the server cannot do what we need
// (the session lives on); timed_out and protocol when the session is over.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/line_session.h"

namespace mailcanary {

struct Pop3Capabilities {
  bool told = false;  // the server knows CAPA
  bool pipelining = false;
  bool top = false;
  Duration login_delay{};  // between two logins of one user
};

class Pop3Session {
 public:
  static constexpr std::uint32_t max_messages = 1'000'000;
  static constexpr std::size_t max_text = 64 * 1024;

  Pop3Session(EventLoop& loop, std::unique_ptr<LineSession> line) : loop_(loop), line_(std::move(line)) {}

  Task<Result<Pop3Capabilities>> ask_capabilities();
  void know(Pop3Capabilities capabilities) { can_ = capabilities; }
  // How many messages there are. Refused when they are more than max_messages.
  Task<Result<std::uint32_t>> count();
  // Of all `count` messages in their order, as message_number().
  Task<Result<std::vector<std::uint64_t>>> all_numbers(std::uint32_t count);
  // Of the messages `first` to `last`.
  Task<Result<std::vector<std::uint64_t>>> numbers(std::uint32_t first, std::uint32_t last);
  // Header and the first lines of the body of each, at most max_text of them, in the order asked; absent where the
  // server refuses one. After a failure there are fewer texts: it happened at the next one.
  struct Texts {
    std::vector<std::optional<std::string>> read;
    std::optional<Error> failure;
  };
  Task<Texts> tops(std::vector<std::uint32_t> messages, int body_lines);
  Task<Result<void>> remove(std::uint32_t message);
  // Only this makes deletions true (RFC 1939 §6).
  Task<Result<void>> quit();

 private:
  Task<Result<std::string>> reply(std::string step);  // the text after +OK
  Task<Result<std::string>> ask(std::string command);
  Task<Result<std::optional<std::string>>> read_text();
  MonoTime patience() const;

  EventLoop& loop_;
  std::unique_ptr<LineSession> line_;
  Pop3Capabilities can_;
};

}  // namespace mailcanary
