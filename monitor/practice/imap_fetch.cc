#include "monitor/practice/imap_fetch.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "core/text.h"

namespace mailcanary::practice {
namespace {

struct NamedFlag {
  MailFlag flag;
  const char* name;
};
constexpr std::array<NamedFlag, 5> flag_names = {{{MailFlag::answered, "\\Answered"},
                                                  {MailFlag::flagged, "\\Flagged"},
                                                  {MailFlag::deleted, "\\Deleted"},
                                                  {MailFlag::seen, "\\Seen"},
                                                  {MailFlag::draft, "\\Draft"}}};

struct HeaderField {
  std::string_view name, whole;  // whole: with its continuation lines and line ends
};

std::vector<HeaderField> fields_of(std::string_view header) {
  std::vector<HeaderField> fields;
  while (!header.empty() && !header.starts_with("\r\n")) {
    auto end = header.find("\r\n");
    while (end != std::string_view::npos && end + 2 < header.size() &&
           (header[end + 2] == ' ' || header[end + 2] == '\t'))
      end = header.find("\r\n", end + 2);
    const std::string_view whole = header.substr(0, end == std::string_view::npos ? end : end + 2);
    fields.push_back({trim(whole.substr(0, whole.find(':'))), whole});
    header.remove_prefix(whole.size());
  }
  return fields;
}

// "<0.100>" or nothing at all.
bool parse_range(std::string_view text, FetchItem& item) {
  if (text.empty()) return true;
  const auto dot = text.find('.');
  if (text.front() != '<' || text.back() != '>' || dot == std::string_view::npos) return false;
  std::size_t start = 0;
  std::size_t count = 0;
  const auto one = std::from_chars(text.data() + 1, text.data() + dot, start);
  const auto two = std::from_chars(text.data() + dot + 1, text.data() + text.size() - 1, count);
  if (one.ec != std::errc() || two.ec != std::errc() || one.ptr != text.data() + dot || count == 0) return false;
  item.range.emplace(start, count);
  return true;
}

bool parse_section(std::string_view text, FetchItem& item) {
  using Section = FetchItem::Section;
  const std::string section = lower(text.substr(0, text.find(' ')));
  if (section.empty())
    item.section = Section::all;
  else if (section == "header")
    item.section = Section::header;
  else if (section == "text")
    item.section = Section::text;
  else if (section == "header.fields")
    item.section = Section::fields;
  else if (section == "header.fields.not")
    item.section = Section::fields_not;
  else
    return false;
  const bool wants_names = item.section == Section::fields || item.section == Section::fields_not;
  std::string_view names = trim(text.substr(section.size()));
  if (!wants_names) return names.empty();
  if (!names.starts_with('(') || !names.ends_with(')')) return false;
  names = names.substr(1, names.size() - 2);
  while (!(names = trim(names)).empty()) {
    item.fields.emplace_back(names.substr(0, names.find(' ')));
    names.remove_prefix(item.fields.back().size());
  }
  return !item.fields.empty();
}

std::optional<FetchItem> parse_item(const std::string& word) {
  struct Simple {
    const char* name;
    FetchItem::Kind kind;
    FetchItem::Section section = FetchItem::Section::all;
    bool marks_seen = false;
  };
  using Kind = FetchItem::Kind;
  using Section = FetchItem::Section;
  static constexpr std::array<Simple, 7> simple = {{{"UID", Kind::uid},
                                                    {"FLAGS", Kind::flags},
                                                    {"INTERNALDATE", Kind::internal_date},
                                                    {"RFC822.SIZE", Kind::size},
                                                    {"RFC822", Kind::body, Section::all, true},
                                                    {"RFC822.HEADER", Kind::body, Section::header},
                                                    {"RFC822.TEXT", Kind::body, Section::text, true}}};
  FetchItem item;
  for (const Simple& known : simple) {
    if (!iequals(word, known.name)) continue;
    item.kind = known.kind;
    item.section = known.section;
    item.marks_seen = known.marks_seen;
    item.label = known.name;
    return item;
  }
  const auto open = word.find('[');
  const auto close = word.find(']');
  if (open == std::string::npos || close == std::string::npos || close < open) return std::nullopt;
  const std::string_view text = word;
  const std::string_view name = text.substr(0, open);
  if (!iequals(name, "BODY") && !iequals(name, "BODY.PEEK")) return std::nullopt;
  item.kind = Kind::body;
  item.marks_seen = iequals(name, "BODY");
  if (!parse_section(text.substr(open + 1, close - open - 1), item) || !parse_range(text.substr(close + 1), item))
    return std::nullopt;
  item.label = fmt::format("BODY{}", text.substr(open, close - open + 1));
  if (item.range) item.label += fmt::format("<{}>", item.range->first);
  return item;
}

std::string section_of(std::string_view message, const FetchItem& item) {
  const std::string_view header = header_of(message);
  switch (item.section) {
    case FetchItem::Section::all: return std::string(message);
    case FetchItem::Section::header: return std::string(header);
    case FetchItem::Section::text: return std::string(message.substr(header.size()));
    case FetchItem::Section::fields:
    case FetchItem::Section::fields_not: break;
  }
  std::string chosen;
  for (const HeaderField& field : fields_of(header)) {
    const bool named = std::any_of(item.fields.begin(), item.fields.end(),
                                   [&](const std::string& name) { return iequals(name, field.name); });
    if (named == (item.section == FetchItem::Section::fields)) chosen += field.whole;
  }
  return chosen + "\r\n";
}

std::string render_body(std::string_view message, const FetchItem& item) {
  std::string bytes = section_of(message, item);
  if (item.range) bytes = item.range->first < bytes.size() ? bytes.substr(item.range->first, item.range->second) : "";
  return fmt::format("{{{}}}\r\n{}", bytes.size(), bytes);
}

std::string render_item(const StoredMail& mail, const FetchItem& item) {
  switch (item.kind) {
    case FetchItem::Kind::uid: return std::to_string(mail.uid);
    case FetchItem::Kind::flags: return render_flags(mail.flags);
    case FetchItem::Kind::internal_date: return format_internal_date(mail.arrived_at);
    case FetchItem::Kind::size: return std::to_string(mail.bytes->size());
    case FetchItem::Kind::body: return render_body(*mail.bytes, item);
  }
  return "NIL";
}

}  // namespace

std::optional<std::vector<FetchItem>> parse_fetch_items(const ImapTokens& tokens) {
  std::vector<FetchItem> items;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].kind == ImapToken::Kind::open && i == 0) continue;
    if (tokens[i].kind == ImapToken::Kind::close && i + 1 == tokens.size()) continue;
    auto item = tokens[i].kind == ImapToken::Kind::atom ? parse_item(tokens[i].value) : std::nullopt;
    if (!item) return std::nullopt;
    items.push_back(std::move(*item));
  }
  if (items.empty()) return std::nullopt;
  return items;
}

std::string render_fetch(const StoredMail& mail, const std::vector<FetchItem>& items) {
  std::string text;
  for (const FetchItem& item : items)
    text += fmt::format("{}{} {}", text.empty() ? "" : " ", item.label, render_item(mail, item));
  return text;
}

std::string render_flags(unsigned flags) {
  std::string text;
  for (const NamedFlag& known : flag_names) {
    if ((flags & static_cast<unsigned>(known.flag)) == 0) continue;
    if (!text.empty()) text += ' ';
    text += known.name;
  }
  return fmt::format("({})", text);
}

std::optional<unsigned> flag_from(std::string_view name) {
  for (const NamedFlag& known : flag_names)
    if (iequals(name, known.name)) return static_cast<unsigned>(known.flag);
  return std::nullopt;
}

std::string_view header_of(std::string_view message) {
  const auto blank = message.find("\r\n\r\n");
  return blank == std::string_view::npos ? message : message.substr(0, blank + 4);
}

bool header_contains(std::string_view message, std::string_view name, std::string_view text) {
  const std::string wanted = lower(text);
  for (const HeaderField& field : fields_of(header_of(message))) {
    const std::string value = lower(field.whole.substr(field.whole.find(':') + 1));
    if (iequals(field.name, name) && value.find(wanted) != std::string::npos) return true;
  }
  return false;
}

}  // namespace mailcanary::practice
