// Codes inside text: the enhanced status (RFC 3463), the reply (RFC 5321 §4.2), and at which command it came.
// Pure; any thread; linear.
#pragma once
#include <string>
#include <string_view>

namespace mailcanary::bounce {

// The first class.subject.detail of class 4 or 5 (2 when nothing else stands there); addresses and version numbers are
// none. Empty when there is none.
std::string enhanced_status(std::string_view text);
// The first 4xx or 5xx that stands where a reply would; empty when there is none.
std::string reply_code(std::string_view text);

// The part of a text that tells most: from its reply code to the end of the paragraph; without a code its first
// paragraph.
std::string_view telling_part(std::string_view text);

enum class Command { unknown, connect, helo, mail, rcpt, data };
// `lowered` is in lower case.
Command command_of(std::string_view lowered);

// Of the statuses that the report, the server's reply in it and the text give, the one that says most: a server's own
// word before the reporter's guess, "5.1.1" before "5.0.0".
std::string better_status(const std::string& reported, const std::string& replied, const std::string& in_text);

}  // namespace mailcanary::bounce
