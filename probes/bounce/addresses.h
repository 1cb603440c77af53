// Mail addresses inside text.
// Pure; any thread.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mailcanary::bounce {

struct FoundAddress {
  std::size_t begin = 0, end = 0;  // where it stands
  std::string address;             // in lower case: bounces are counted and compared by it
};

// Every address of a line, at most 20; no regular expression, linear.
std::vector<FoundAddress> addresses_in(std::string_view line);
// Empty when there is none.
std::string first_address(std::string_view text);
// RFC 6533 §3: \x{HEX} as UTF-8.
std::string undo_utf8_xtext(std::string_view text);

}  // namespace mailcanary::bounce
