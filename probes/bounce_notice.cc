#include "probes/bounce_notice.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <gmime/gmime.h>

#include "core/text.h"
#include "probes/canary_token.h"
#include "probes/header_fields.h"

namespace mailcanary {
namespace {

// Of MIME, GMime reads the content types and undoes the encodings. Its parser of whole messages is not used here: a
// hostile To field ("a:a:a:…", also in the original that a report carries) makes it recurse until the stack is full,
// and take quadratic time before that (GMime 3.2.13). A report needs only its parts, which are found by their mark.
constexpr std::size_t max_message = 256 * 1024;  // a report stands at the front; what is longer is the original
constexpr std::size_t max_parts = 50;
constexpr std::size_t max_content_type = 1024;
constexpr std::size_t max_text = 500;

std::string shown(std::string_view untrusted) { return cut(one_line(untrusted), max_text); }

std::string field_of(std::string_view block, std::string_view name) {
  return header_field(block, name).value_or(std::string());
}

void start_gmime() {
  static const bool started = [] {
    g_mime_init();
    return true;
  }();
  static_cast<void>(started);
}

struct ContentType {
  std::string name;  // "multipart/report", in lower case
  std::string boundary;
};

ContentType content_type(std::string_view header) {
  start_gmime();
  const auto value = header_field(header, "Content-Type");
  if (!value || value->size() > max_content_type) return {};
  GMimeContentType* type = g_mime_content_type_parse(nullptr, value->c_str());
  if (type == nullptr) return {};
  const std::unique_ptr<GMimeContentType, decltype(&g_object_unref)> held(type, &g_object_unref);
  const std::unique_ptr<char, decltype(&g_free)> name(g_mime_content_type_get_mime_type(type), &g_free);
  const char* boundary = g_mime_content_type_get_parameter(type, "boundary");
  return {lower(name.get()), boundary != nullptr ? boundary : ""};
}

struct Part {
  std::string_view header, body;
};

Part split_part(std::string_view text) {
  // The header may be empty: then the part begins with the empty line.
  std::size_t line = 0;
  while (line < text.size()) {
    const auto end = std::min(text.find('\n', line), text.size() - 1) + 1;
    if (trim(text.substr(line, end - line)).empty()) return {text.substr(0, line), text.substr(end)};
    line = end;
  }
  return {text, {}};
}

// RFC 2046 §5.1.1: parts lie between lines that begin with "--" and the boundary.
void append_parts(std::vector<Part>& parts, std::string_view body, const std::string& boundary) {
  if (boundary.empty()) return;
  const std::string mark = "--" + boundary;
  std::size_t begin = std::string_view::npos;  // of the part that is open
  for (auto at = body.find(mark); at != std::string_view::npos && parts.size() < max_parts;
       at = body.find(mark, at + 1)) {
    const auto after = at + mark.size();
    const char next = after < body.size() ? body[after] : '\n';
    if ((at > 0 && body[at - 1] != '\n') || std::string_view("\r\n -\t").find(next) == std::string_view::npos) continue;
    if (begin != std::string_view::npos) parts.push_back(split_part(body.substr(begin, at - begin)));
    begin = std::min(body.find('\n', after), body.size() - 1) + 1;
    if (body.substr(after, 2) == "--") return;
  }
  // A report that was cut short still says what it says.
  if (begin != std::string_view::npos && parts.size() < max_parts) parts.push_back(split_part(body.substr(begin)));
}

std::string decoded(const Part& part) {
  const auto encoding = g_mime_content_encoding_from_string(field_of(part.header, "Content-Transfer-Encoding").c_str());
  if (encoding != GMIME_CONTENT_ENCODING_BASE64 && encoding != GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE) {
    return std::string(part.body);
  }
  GMimeEncoding state;
  g_mime_encoding_init_decode(&state, encoding);
  std::string out(g_mime_encoding_outlen(&state, part.body.size()), '\0');
  out.resize(g_mime_encoding_flush(&state, part.body.data(), part.body.size(), out.data()));
  return out;
}

// The parts of a report that say something: the status for machines and the header of what was sent.
struct Report {
  std::string status;
  std::string original_header;
};

std::optional<Report> parse_report(std::string_view message) {
  Report report;
  std::vector<Part> parts = {split_part(message)};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Part part = parts[i];
    const ContentType type = content_type(part.header);
    if (type.name.starts_with("multipart/")) append_parts(parts, part.body, type.boundary);
    const bool status = type.name == "message/delivery-status" || type.name == "message/global-delivery-status";
    const bool original = type.name == "message/rfc822" || type.name == "text/rfc822-headers" ||
                          type.name == "message/global" || type.name == "message/global-headers";
    if (i > 0 && status && report.status.empty()) report.status = decoded(part);
    if (i > 0 && original && report.original_header.empty()) report.original_header = decoded(part);
  }
  if (report.status.empty()) return std::nullopt;
  return report;
}

// A delivery status is header blocks parted by empty lines: one of the message, then one a recipient.
std::vector<std::string_view> blocks_of(std::string_view status) {
  constexpr std::size_t max_blocks = 200;
  std::vector<std::string_view> blocks;
  std::size_t begin = 0, line = 0;
  while (line < status.size() && blocks.size() < max_blocks) {
    auto end = status.find('\n', line);
    end = end == std::string_view::npos ? status.size() : end + 1;
    if (trim(status.substr(line, end - line)).empty()) {
      if (line > begin) blocks.push_back(status.substr(begin, line - begin));
      begin = end;
    }
    line = end;
  }
  if (begin < status.size()) blocks.push_back(status.substr(begin));
  return blocks;
}

// "rfc822; a@b" and "dns; mx.example" without the type in front.
std::string_view after_type(std::string_view value) {
  const auto semicolon = value.find(';');
  return trim(semicolon == std::string_view::npos ? value : value.substr(semicolon + 1));
}

bool digits(std::string_view text, std::size_t at_most) {
  return !text.empty() && text.size() <= at_most &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// RFC 3463 §2: class.subject.detail, with a class of 2, 4 or 5; empty when it is anything else.
std::string status_code(std::string_view value) {
  value = value.substr(0, value.find_first_of(" \t("));
  const auto first = value.find('.');
  const auto second = first == std::string_view::npos ? first : value.find('.', first + 1);
  if (second == std::string_view::npos || first != 1) return {};
  const bool good = (value[0] == '2' || value[0] == '4' || value[0] == '5') && digits(value.substr(2, second - 2), 3) &&
                    digits(value.substr(second + 1), 3);
  return good ? std::string(value) : std::string();
}

// The three digits at the front of "550 5.1.1 no such user" or "550-5.1.1 …".
std::string reply_code(std::string_view diagnostic) {
  const auto code = diagnostic.substr(0, 3);
  if (!digits(code, 3) || code.size() != 3 || code[0] < '2' || code[0] > '5') return {};
  if (diagnostic.size() > 3 && diagnostic[3] != ' ' && diagnostic[3] != '-') return {};
  return std::string(code);
}

BounceReport::Kind kind_of(std::string_view action) {
  using Kind = BounceReport::Kind;
  const struct {
    std::string_view action;
    Kind kind;
  } table[] = {{"failed", Kind::failed},
               {"delayed", Kind::delayed},
               {"delivered", Kind::delivered},
               {"relayed", Kind::relayed},
               {"expanded", Kind::expanded}};
  for (const auto& row : table) {
    if (istarts_with(action, row.action)) return row.kind;
  }
  return Kind::other;
}

// Hard: the address itself is bad (RFC 3463 §3.2), so no later canary can do better. 5.1.7 and 5.1.8 speak of the
// sender's.
bool says_bad_address(std::string_view status) {
  return istarts_with(status, "5.1.") && status != "5.1.7" && status != "5.1.8";
}

BounceReport recipient_report(std::string_view message_block, std::string_view block) {
  BounceReport report;
  const std::string action = field_of(block, "Action");
  const std::string diagnostic = field_of(block, "Diagnostic-Code");
  const std::string final_recipient = field_of(block, "Final-Recipient");
  const std::string original_recipient = field_of(block, "Original-Recipient");
  report.kind = kind_of(action);
  report.action = shown(lower(action));
  report.recipient = shown(after_type(final_recipient.empty() ? original_recipient : final_recipient));
  report.status = status_code(field_of(block, "Status"));
  report.diagnostic = shown(after_type(diagnostic));
  report.reply = reply_code(after_type(diagnostic));
  report.reporting_mta = shown(after_type(field_of(message_block, "Reporting-MTA")));
  report.remote_mta = shown(after_type(field_of(block, "Remote-MTA")));
  report.hard = report.kind == BounceReport::Kind::failed && says_bad_address(report.status);
  return report;
}

BounceReport read_status(const std::vector<std::string_view>& blocks) {
  BounceReport first;
  for (std::size_t i = 1; i < blocks.size(); ++i) {
    BounceReport report = recipient_report(blocks[0], blocks[i]);
    if (report.kind == BounceReport::Kind::failed || report.kind == BounceReport::Kind::delayed) return report;
    if (i == 1) first = std::move(report);
  }
  return first;
}

// Fields in which the recipient of the bounce stands: our envelope sender, perhaps with the canary's tag.
constexpr std::string_view recipient_fields[] = {"Delivered-To", "X-Original-To", "Envelope-To", "To"};

std::optional<CanaryId> id_in_recipient(std::string_view message, const Secret& key) {
  for (const auto name : recipient_fields) {
    const auto address = header_field(message, name);
    if (!address) continue;
    if (auto id = verify_verp(*address, key)) return id;
  }
  return std::nullopt;
}

}  // namespace

bool may_be_bounce(std::string_view header_block) {
  const std::string type = lower(field_of(header_block, "Content-Type"));
  if (type.find("multipart/report") != std::string::npos) return true;
  if (header_field(header_block, "X-Failed-Recipients")) return true;
  const auto return_path = header_field(header_block, "Return-Path");
  if (return_path && *return_path == "<>") return true;
  const std::string from = lower(field_of(header_block, "From"));
  if (from.find("mailer-daemon") != std::string::npos || from.find("postmaster@") != std::string::npos) return true;
  for (const auto name : recipient_fields) {
    const std::string address = field_of(header_block, name);
    const auto plus = address.rfind('+');
    const auto at = address.rfind('@');
    if (plus != std::string::npos && at != std::string::npos && at > plus && at - plus - 1 == verp_tag_length) {
      return true;
    }
  }
  return false;
}

std::optional<BounceNotice> read_bounce(std::string_view message, const Secret& key) {
  message = message.substr(0, max_message);
  const auto report = parse_report(message);
  if (!report) return std::nullopt;
  const auto blocks = blocks_of(report->status);
  if (blocks.empty()) return std::nullopt;

  BounceNotice notice;
  notice.report = read_status(blocks);
  if (auto id = verify_token(field_of(blocks[0], "Original-Envelope-Id"), key)) {
    notice.canary = *id;
    notice.place = ProofPlace::envelope_id;
  } else if (auto tagged = id_in_recipient(message, key)) {
    notice.canary = *tagged;
    notice.place = ProofPlace::verp;
  } else if (auto original = recognise_canary(report->original_header, key)) {
    notice.canary = original->id;
    notice.place = ProofPlace::embedded;
  } else if (auto quoted = verify_token(split_part(report->original_header).header, key)) {
    notice.canary = *quoted;
    notice.place = ProofPlace::embedded;
  } else {
    return std::nullopt;
  }
  return notice;
}

}  // namespace mailcanary
