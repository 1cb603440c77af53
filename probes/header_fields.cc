#include "probes/header_fields.h"

#include "core/text.h"

namespace mailcanary {
namespace {

std::string_view take_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  auto line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

bool continues(std::string_view rest) { return !rest.empty() && (rest[0] == ' ' || rest[0] == '\t'); }

}  // namespace

std::optional<HeaderField> HeaderReader::next() {
  while (!rest_.empty()) {
    const char* const start = rest_.data();
    const std::string_view first = take_line(rest_);
    if (first.empty()) {
      rest_ = {};
      break;
    }
    const char* end = first.data() + first.size();
    while (continues(rest_)) {
      const std::string_view more = take_line(rest_);
      end = more.data() + more.size();
    }
    const std::string_view field(start, static_cast<std::size_t>(end - start));
    const auto colon = first.find(':');
    if (colon == std::string_view::npos || colon == 0 || first[0] == ' ' || first[0] == '\t') continue;
    return HeaderField{trim(field.substr(0, colon)), field.substr(colon + 1)};
  }
  return std::nullopt;
}

std::string unfold(std::string_view raw_value, std::size_t limit) {
  std::string value;
  for (const char c : trim(raw_value).substr(0, limit)) {
    if (c != '\r' && c != '\n') value += c;
  }
  return value;
}

std::string_view header_parameter(std::string_view value, std::string_view key) {
  while (!value.empty()) {
    const auto end = value.find(';');
    const auto pair = trim(value.substr(0, end));
    value.remove_prefix(end == std::string_view::npos ? value.size() : end + 1);
    const auto equals = pair.find('=');
    if (equals != std::string_view::npos && iequals(trim(pair.substr(0, equals)), key)) {
      return trim(pair.substr(equals + 1));
    }
  }
  return {};
}

}  // namespace mailcanary
