#include "probes/bounce/fields.h"

#include <algorithm>

#include "core/text.h"

namespace mailcanary::bounce {
namespace {

// RFC 5322 §2.2 allows more; these are the names that are met.
bool is_name_char(char c) { return c > ' ' && c < 0x7F && c != ':'; }

bool is_folded(std::string_view line) { return !line.empty() && (line[0] == ' ' || line[0] == '\t'); }

}  // namespace

std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

HeaderAndBody split_header(std::string_view text) {
  if (text.starts_with('\n')) return {{}, text.substr(1)};
  const auto end = text.find("\n\n");
  if (end == std::string_view::npos) return {text, {}};
  return {text.substr(0, end + 1), text.substr(end + 2)};
}

Field field_of_line(std::string_view line) {
  constexpr std::size_t max_name = 76;
  const auto colon = line.substr(0, max_name).find(':');
  if (colon == std::string_view::npos || colon == 0) return {};
  const std::string_view name = trim(line.substr(0, colon));
  if (name.empty() || !std::all_of(name.begin(), name.end(), is_name_char) || is_folded(line)) return {};
  return {name, trim(line.substr(colon + 1))};
}

std::string unfolded(std::string_view value, std::size_t limit) {
  std::string line;
  bool space_due = false;
  for (const char c : value) {
    if (line.size() >= limit) break;
    if (c == ' ' || (c >= '\t' && c <= '\r')) {
      space_due = !line.empty();
      continue;
    }
    if (space_due) line += ' ';
    space_due = false;
    line += c;
  }
  return line;
}

Fields::Fields(std::string_view block) {
  while (!block.empty() && fields_.size() < max_fields) {
    const std::string_view line = take_line(block);
    if (trim(line).empty()) return;
    if (is_folded(line)) {
      if (!fields_.empty()) {
        const char* begin = fields_.back().value.data();
        fields_.back().value = trim({begin, static_cast<std::size_t>(line.data() + line.size() - begin)});
      }
      continue;
    }
    const Field field = field_of_line(line);
    if (!field.name.empty()) fields_.push_back(field);
  }
}

const Field* Fields::find(std::string_view name) const {
  for (const auto& field : fields_) {
    if (field.name.size() == name.size() && iequals(field.name, name)) return &field;
  }
  return nullptr;
}

std::string Fields::get(std::string_view name) const {
  const Field* field = find(name);
  return field != nullptr ? unfolded(field->value) : std::string();
}

}  // namespace mailcanary::bounce
