#include "probes/imap_parser.h"

#include <array>
#include <limits>

#include "core/text.h"
#include "probes/imap_tokens.h"

namespace mailcanary {
namespace {

std::optional<ImapStatus::Kind> status_kind(std::string_view word) {
  static constexpr std::array<std::pair<std::string_view, ImapStatus::Kind>, 5> kinds = {{
      {"OK", ImapStatus::Kind::ok},
      {"NO", ImapStatus::Kind::no},
      {"BAD", ImapStatus::Kind::bad},
      {"BYE", ImapStatus::Kind::bye},
      {"PREAUTH", ImapStatus::Kind::preauth},
  }};
  for (const auto& [name, kind] : kinds) {
    if (iequals(word, name)) return kind;
  }
  return std::nullopt;
}

ImapStatus read_status(ImapStatus::Kind kind, ImapTokens in) {
  ImapStatus status;
  status.kind = kind;
  if (in.peek() == '[') {
    ImapTokens code = in;
    code.consume('[');
    const std::string_view inside = code.until("]");
    if (code.consume(']')) {
      ImapTokens parts(inside);
      status.code = imap_upper(parts.word());
      status.argument = std::string(parts.rest());
      in = code;
      in.skip_spaces();
    }
  }
  status.text = std::string(in.rest());
  return status;
}

// RFC 3501 §9 date-time, "17-Jul-1996 02:44:25 -0700"; a day of one digit comes with a space before it or without.
std::optional<WallTime> read_date_time(std::string_view text) {
  using namespace std::chrono;
  static constexpr std::string_view months = "janfebmaraprmayjunjulaugsepoctnovdec";
  ImapTokens in(trim(text));
  const auto day_of_month = imap_number<unsigned>(in.until("-"));
  in.consume('-');
  const std::string name = lower(in.until("-"));
  in.consume('-');
  const auto year_number = imap_number<unsigned>(in.until(" "));
  in.skip_spaces();
  const auto hour = imap_number<unsigned>(in.until(":"));
  in.consume(':');
  const auto minute = imap_number<unsigned>(in.until(":"));
  in.consume(':');
  const auto second = imap_number<unsigned>(in.until(" "));
  in.skip_spaces();
  const char sign = in.peek();
  if (!in.consume('+') && !in.consume('-')) return std::nullopt;
  const auto zone = imap_number<unsigned>(trim(in.rest()));

  const auto month_at = name.size() == 3 ? months.find(name) : std::string_view::npos;
  if (month_at == std::string_view::npos || month_at % 3 != 0) return std::nullopt;
  if (!day_of_month || !year_number || !hour || !minute || !second || !zone) return std::nullopt;
  if (*year_number < 1970 || *year_number > 9999 || *hour > 23 || *minute > 59 || *second > 60 || *zone > 2359) {
    return std::nullopt;
  }
  const year_month_day date{year(static_cast<int>(*year_number)), month(static_cast<unsigned>(month_at / 3 + 1)),
                            day(*day_of_month)};
  if (!date.ok()) return std::nullopt;
  const auto offset = hours(*zone / 100) + minutes(*zone % 100);
  const auto local = sys_days(date) + hours(*hour) + minutes(*minute) + seconds(*second);
  return WallTime(sign == '+' ? local - offset : local + offset);
}

// "BODY[HEADER]<0>": the section may hold spaces and parentheses.
std::string item_name(ImapTokens& in) {
  std::string name(in.until(" ()[\"{"));
  if (in.consume('[')) {
    name += '[';
    name += in.until("]");
    if (!in.consume(']')) return {};
    name += ']';
    name += in.until(" ()\"{");
  }
  return imap_upper(name);
}

Result<ImapResponse> malformed(std::string_view what) {
  return Error{ErrorKind::protocol, "read IMAP response: malformed " + std::string(what)};
}

Result<ImapResponse> read_fetch(std::uint32_t sequence, ImapTokens in) {
  ImapFetch fetch;
  fetch.sequence = sequence;
  if (!in.consume('(')) return malformed("FETCH");
  in.skip_spaces();
  while (!in.consume(')')) {
    const std::string name = item_name(in);
    if (name.empty()) return malformed("FETCH");
    in.skip_spaces();
    if (name == "UID") {
      fetch.uid = imap_number<std::uint32_t>(in.atom());
      if (!fetch.uid) return malformed("FETCH UID");
    } else if (name == "INTERNALDATE") {
      const auto text = in.string();
      if (!text) return malformed("FETCH INTERNALDATE");
      fetch.internal_date = read_date_time(*text);
    } else if (name.starts_with("BODY[") && in.at_string()) {
      auto bytes = in.string();
      if (!bytes) return malformed("FETCH BODY");
      if (name.starts_with("BODY[HEADER")) fetch.header = std::move(bytes);
      if (name.starts_with("BODY[]")) fetch.message = std::move(bytes);
      if (name.starts_with("BODY[TEXT]")) fetch.text = std::move(bytes);
    } else if (!in.skip_value()) {
      return malformed("FETCH");
    }
    in.skip_spaces();
  }
  if (!in.at_end()) return malformed("FETCH");
  return ImapResponse{{}, std::move(fetch)};
}

Result<ImapResponse> read_listed(ImapTokens in) {
  ImapListed listed;
  if (!in.consume('(')) return malformed("LIST");
  in.skip_spaces();
  while (!in.consume(')')) {
    const std::string_view attribute = in.atom();
    if (attribute.empty()) return malformed("LIST");
    listed.attributes.emplace_back(attribute);
    in.skip_spaces();
  }
  in.skip_spaces();
  if (in.peek() == '"') {
    const auto delimiter = in.string();
    if (!delimiter) return malformed("LIST");
    if (delimiter->size() == 1) listed.delimiter = *delimiter;  // more is none that could part a name
  } else if (!iequals(in.atom(), "NIL")) {
    return malformed("LIST");
  }
  in.skip_spaces();
  auto name = in.astring();
  if (!name) return malformed("LIST");
  listed.name = std::move(*name);
  return ImapResponse{{}, std::move(listed)};  // extended items (RFC 5258) may follow; none is of use
}

Result<ImapResponse> read_searched(ImapTokens in) {
  ImapSearched found;
  in.skip_spaces();
  while (!in.at_end()) {
    if (in.peek() == '(') break;  // RFC 7162: "(MODSEQ n)"
    const auto number = imap_number<std::uint32_t>(in.atom());
    if (!number) return malformed("SEARCH");
    found.numbers.push_back(*number);
    in.skip_spaces();
  }
  return ImapResponse{{}, std::move(found)};
}

Result<ImapResponse> read_folder_status(ImapTokens in) {
  ImapFolderStatus status;
  auto folder = in.astring();
  if (!folder) return malformed("STATUS");
  status.folder = std::move(*folder);
  in.skip_spaces();
  if (!in.consume('(')) return malformed("STATUS");
  in.skip_spaces();
  while (!in.consume(')')) {
    const std::string name = imap_upper(in.atom());
    in.skip_spaces();
    const std::string_view value = in.atom();
    if (name.empty() || value.empty()) return malformed("STATUS");
    if (name == "UIDNEXT") status.uid_next = imap_number<std::uint32_t>(value);
    if (name == "UIDVALIDITY") status.uid_validity = imap_number<std::uint32_t>(value);
    in.skip_spaces();
  }
  return ImapResponse{{}, std::move(status)};
}

Result<ImapResponse> read_untagged(ImapTokens in) {
  const std::string_view word = in.word();
  if (const auto kind = status_kind(word)) return ImapResponse{{}, read_status(*kind, in)};
  if (!word.empty() && word.front() >= '0' && word.front() <= '9') {
    const auto number = imap_number<std::uint32_t>(word);
    if (!number) return malformed("number");
    const std::string keyword = imap_upper(in.word());
    if (keyword == "EXISTS") return ImapResponse{{}, ImapExists{*number}};
    if (keyword == "EXPUNGE") return ImapResponse{{}, ImapExpunged{*number}};
    if (keyword == "FETCH") return read_fetch(*number, in);
    return ImapResponse{{}, ImapOther{keyword}};
  }
  const std::string keyword = imap_upper(word);
  if (keyword.empty()) return malformed("line");
  if (keyword == "LIST") return read_listed(in);
  if (keyword == "SEARCH") return read_searched(in);
  if (keyword == "STATUS") return read_folder_status(in);
  if (keyword == "CAPABILITY") {
    ImapCapabilities capabilities;
    while (!in.at_end()) capabilities.names.push_back(imap_upper(in.word()));
    return ImapResponse{{}, std::move(capabilities)};
  }
  return ImapResponse{{}, ImapOther{keyword}};
}

}  // namespace

std::optional<std::uint32_t> ImapStatus::number() const { return imap_number<std::uint32_t>(argument); }

Result<ImapResponse> parse_imap_response(std::string_view text) {
  ImapTokens in(text);
  if (in.consume('+')) {
    in.skip_spaces();
    return ImapResponse{{}, ImapContinuation{std::string(in.rest())}};
  }
  const std::string_view tag = in.word();
  if (tag == "*") return read_untagged(in);
  const auto kind = status_kind(in.word());
  if (tag.empty() || !kind || *kind == ImapStatus::Kind::bye || *kind == ImapStatus::Kind::preauth) {
    return malformed("line");
  }
  return ImapResponse{std::string(tag), read_status(*kind, in)};
}

bool may_hold_literals(std::string_view first_line) {
  if (!first_line.starts_with("* ")) return false;
  ImapTokens in(first_line.substr(2));
  return !status_kind(in.word());
}

std::optional<std::uint64_t> announced_literal(std::string_view line) {
  if (line.empty() || line.back() != '}') return std::nullopt;
  const auto open = line.rfind('{');
  if (open == std::string_view::npos) return std::nullopt;
  const std::string_view digits = line.substr(open + 1, line.size() - open - 2);
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  return imap_number<std::uint64_t>(digits).value_or(std::numeric_limits<std::uint64_t>::max());
}

}  // namespace mailcanary
