// The arguments of SMTP commands (RFC 5321 §4.1.2, RFC 3461 §4).
// Pure; any thread.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace mailcanary::practice {

struct SmtpPath {
  std::string address;                      // empty: the null sender "<>"
  std::map<std::string, std::string> more;  // parameters, names in upper case
};
// "FROM:<a@b> SIZE=3" with keyword "FROM:". Nothing when malformed. An address is printable ASCII without spaces and
// brackets, at most 320 characters.
std::optional<SmtpPath> parse_smtp_path(std::string_view arguments, std::string_view keyword);

// A name a client may give itself: letters, digits and ".-_:[]", at most 255.
bool is_hello_name(std::string_view name);
// "+2B" becomes "+". Nothing when malformed or when a control character comes out.
std::optional<std::string> decode_xtext(std::string_view text);

struct DsnNotify {
  bool failure = true;
  bool success = false;
};
// "NEVER" or a list of SUCCESS, FAILURE, DELAY. Nothing when malformed.
std::optional<DsnNotify> parse_notify(std::string_view value);

}  // namespace mailcanary::practice
