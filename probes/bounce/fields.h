// The fields of a header block or of a status report (RFC 5322 §2.2, RFC 3464 §2.1), read from hostile hands: lines
// that are no fields are passed over, the number of fields and the length of a value are bounded.
// Does not: decode words (RFC 2047) or know any field.
// Pure; any thread. The views point into the block.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mailcanary::bounce {

struct Field {
  std::string_view name;   // as written
  std::string_view value;  // still folded, without blanks at its ends
};

// Up to the first empty line.
class Fields {
 public:
  static constexpr std::size_t max_fields = 500;
  Fields() = default;
  explicit Fields(std::string_view block);
  const std::vector<Field>& all() const { return fields_; }
  bool has(std::string_view name) const { return find(name) != nullptr; }
  // The first of that name, unfolded; empty when there is none.
  std::string get(std::string_view name) const;

 private:
  const Field* find(std::string_view name) const;
  std::vector<Field> fields_;
};

// One field on its line: "Name: value". An empty name when the line is none.
Field field_of_line(std::string_view line);
// On one line, white space runs as one blank, at most `limit` bytes.
std::string unfolded(std::string_view value, std::size_t limit = 4096);

// Takes the next line off the front of `text`, without its newline.
std::string_view take_line(std::string_view& text);
// The header block and what follows its empty line.
struct HeaderAndBody {
  std::string_view header, body;
};
HeaderAndBody split_header(std::string_view text);

}  // namespace mailcanary::bounce
