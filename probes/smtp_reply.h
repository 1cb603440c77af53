// What SMTP servers say and how we write to them: replies (RFC 5321 §4.2), the extensions of EHLO, and the two
// encodings of the protocol.
// Does not: any input or output. Replies are hostile: bounded in length, codes checked, shown on one safe line only.
// Pure; any thread.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace mailcanary {

struct SmtpReply {
  int code = 0;      // 200 to 599
  std::string text;  // of all lines, without the codes, parted by "\n"; as the server said it, bounded

  int severity() const { return code / 100; }
  // "550 5.1.1 no such user": code and text on one safe line; an enhanced status repeated on each line stands once.
  std::string line() const;
};

// Puts the lines of one reply together.
class SmtpReplyReader {
 public:
  static constexpr std::size_t max_line = 4096;  // RFC 5321 §4.5.3.1.5 allows 512
  static constexpr int max_lines = 200;
  static constexpr std::size_t max_text = 16 * 1024;  // further text is dropped

  enum class State { more, complete, no_reply };
  // `no_reply`: the line is not one of an SMTP reply, or the reply has no end; see trouble().
  State add(std::string_view line);
  SmtpReply take() { return std::move(reply_); }
  const std::string& trouble() const { return trouble_; }

 private:
  SmtpReply reply_;
  int lines_ = 0;
  std::string trouble_;
};

// A whole reply as the server said it, all lines of it; nothing when it is none, or has no end.
std::optional<SmtpReply> read_reply(std::string_view lines);

struct SmtpExtensions {
  bool pipelining = false;          // RFC 2920
  bool size = false;                // RFC 1870
  bool eight_bit = false;           // RFC 6152
  bool dsn = false;                 // RFC 3461
  std::optional<int> max_messages;  // LIMITS MAILMAX, RFC 9422: transactions in one session
};
SmtpExtensions read_extensions(const SmtpReply& ehlo);

// RFC 3461 §4: printable ASCII but "+" and "=" as itself, all else as +HH.
std::string xtext(std::string_view text);
// RFC 5321 §4.5.2: a dot at the start of a line is doubled, the end is CRLF "." CRLF. Lines end in CRLF.
std::string as_data(std::string_view message);

}  // namespace mailcanary
