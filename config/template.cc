#include "config/template.h"

#include <algorithm>

#include <fmt/format.h>

#include "config/suggest.h"
#include "core/text.h"

namespace mailcanary {
namespace {

// What a template consists of: text as it stands, and names of fields.
struct Part {
  enum class Kind { text, field } kind = Kind::text;
  std::string text;
  std::size_t at = 0;  // offset of its first byte
};

// The part that begins at `at`, which is moved behind it.
Result<Part> next_part(std::string_view text, std::size_t& at) {
  Part part;
  part.at = at;
  const auto wrong = [&](const char* what) {
    return Error{ErrorKind::invalid_input, fmt::format("character {}: {}", part.at + 1, what)};
  };
  const bool doubled = at + 1 < text.size() && text[at + 1] == text[at];
  if ((text[at] == '{' || text[at] == '}') && doubled) {
    part.text = text[at];
    at += 2;
    return part;
  }
  if (text[at] == '}') return wrong("a } stands alone; write }} for the brace itself");
  if (text[at] == '{') {
    const auto end = text.find('}', at);
    if (end == std::string_view::npos) return wrong("a { is never closed; write {{ for the brace itself");
    part.kind = Part::Kind::field;
    part.text = text.substr(at + 1, end - at - 1);
    at = end + 1;
    return part;
  }
  const auto end = std::min(text.find_first_of("{}", at), text.size());
  part.text = text.substr(at, end - at);
  at = end;
  return part;
}

std::string filled_line(std::string_view line, const std::map<std::string, std::string>& values) {
  std::string filled;
  bool has_fields = false, has_values = false, has_words = false;
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t from = at;
    const auto part = next_part(line, at);
    if (!part) return std::string(line);
    const auto value = part->kind == Part::Kind::field ? values.find(part->text) : values.end();
    if (part->kind == Part::Kind::text) {
      filled += part->text;
      has_words = has_words || !trim(part->text).empty();
    } else if (value == values.end()) {
      filled += line.substr(from, at - from);
      has_words = true;
    } else {
      filled += value->second;
      has_fields = true;
      has_values = has_values || !value->second.empty();
    }
  }
  return has_fields && !has_values && !has_words ? std::string() : filled;
}

}  // namespace

std::vector<std::string> template_fields(std::string_view key) {
  std::vector<std::string> fields = {"title", "status", "impact", "since", "lasted", "public_text", "link"};
  if (key == "public_text") return fields;
  for (const char* more : {"kind", "text", "measured", "senders", "where", "routes", "provider", "reason", "first_error",
                           "provider_says", "said", "key", "channel"})
    fields.emplace_back(more);
  return fields;
}

Result<void> check_template(std::string_view text, const std::vector<std::string>& fields) {
  for (std::size_t at = 0; at < text.size();) {
    const auto part = next_part(text, at);
    if (!part) return part.error();
    if (part->kind == Part::Kind::text || std::find(fields.begin(), fields.end(), part->text) != fields.end()) continue;
    return Error{ErrorKind::invalid_input, fmt::format("character {}: no field is named \"{}\"; {}", part->at + 1,
                                                       cut(one_line(part->text), 40), suggest(part->text, fields, ""))};
  }
  return {};
}

std::string fill_template(std::string_view text, const std::map<std::string, std::string>& values) {
  std::string filled;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    const std::string words = filled_line(line, values);
    if (line.empty() || !words.empty()) filled += (filled.empty() ? "" : "\n") + words;
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return filled;
}

}  // namespace mailcanary
