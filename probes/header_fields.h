// Walks the fields of a header block (RFC 5322 §2.2). The block comes from hostile hands: the work is bounded by
// its first 256 KiB, lines that are no fields are passed over, nothing is copied until asked for.
// Does not: decode words (RFC 2047) or know any field.
// Pure; any thread. The views point into the block.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace mailcanary {

struct HeaderField {
  std::string_view name;       // as written, without blanks around it
  std::string_view raw_value;  // still folded
};

class HeaderReader {
 public:
  static constexpr std::size_t max_block = 256 * 1024;

  // Reads up to the first empty line: a whole message will do.
  explicit HeaderReader(std::string_view block) : rest_(block.substr(0, max_block)) {}
  std::optional<HeaderField> next();

 private:
  std::string_view rest_;
};

// Of "k=v; k=v": the value of one key; empty when absent.
std::string_view header_parameter(std::string_view value, std::string_view key);

// The value on one line, without the blanks at its ends; at most `limit` bytes of it.
std::string unfold(std::string_view raw_value, std::size_t limit = 16 * 1024);

}  // namespace mailcanary
