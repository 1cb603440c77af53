// The words by which prose is read; all in lower case. To teach a new format, add a row in prose_words.cc. Pure; any thread.
#pragma once
#include <string_view>

namespace mailcanary::bounce {

// Does the line open the original message? `line` as it stands.
bool opens_original(std::string_view line);
// Do these words introduce a recipient ("delivered to", "rcpt to:")? `words` is lower case and ends before the address.
bool introduces_recipient(std::string_view words);
// Does the line tell whom to ask for help? Lower case.
bool offers_help(std::string_view line);
// postmaster@, abuse@, support@, …
bool is_role_address(std::string_view address);

}  // namespace mailcanary::bounce
