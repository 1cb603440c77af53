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

constexpr std::size_t max_message = 1024 * 1024;  // a report stands at the front; what is longer is the original
constexpr std::size_t max_part = 128 * 1024;
constexpr int max_parts = 100;
constexpr std::size_t max_text = 500;

struct Unref {
  void operator()(void* object) const { g_object_unref(object); }
};
template <class T>
using Held = std::unique_ptr<T, Unref>;

std::string shown(std::string_view untrusted) { return cut(one_line(untrusted), max_text); }

void start_gmime() {
  static const bool started = [] {
    g_mime_init();
    return true;
  }();
  static_cast<void>(started);
}

// The parts of a report that say something: the status for machines and the header of what was sent.
struct Report {
  std::string status;
  std::string original_header;
  int parts = 0;
};

std::string decoded_content(GMimePart* part) {
  GMimeDataWrapper* content = g_mime_part_get_content(part);  // borrowed
  if (content == nullptr) return {};
  const Held<GMimeStream> stream(g_mime_stream_mem_new());
  if (g_mime_data_wrapper_write_to_stream(content, stream.get()) < 0) return {};
  const GByteArray* bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream.get()));
  return std::string(reinterpret_cast<const char*>(bytes->data), std::min<std::size_t>(bytes->len, max_part));
}

std::string header_of(GMimeObject* object) {
  const std::unique_ptr<char, decltype(&g_free)> text(g_mime_object_get_headers(object, nullptr), &g_free);
  return text ? std::string(std::string_view(text.get()).substr(0, max_part)) : std::string();
}

extern "C" void look_at_part(GMimeObject*, GMimeObject* part, gpointer data) {
  auto& report = *static_cast<Report*>(data);
  if (++report.parts > max_parts) return;
  GMimeContentType* type = g_mime_object_get_content_type(part);
  const bool status = g_mime_content_type_is_type(type, "message", "delivery-status") ||
                      g_mime_content_type_is_type(type, "message", "global-delivery-status");
  const bool headers = g_mime_content_type_is_type(type, "text", "rfc822-headers") ||
                       g_mime_content_type_is_type(type, "message", "global-headers");
  if (status && report.status.empty() && GMIME_IS_PART(part)) report.status = decoded_content(GMIME_PART(part));
  if (!report.original_header.empty()) return;
  if (headers && GMIME_IS_PART(part)) report.original_header = decoded_content(GMIME_PART(part));
  if (GMIME_IS_MESSAGE_PART(part)) {
    GMimeMessage* original = g_mime_message_part_get_message(GMIME_MESSAGE_PART(part));
    if (original != nullptr) report.original_header = header_of(GMIME_OBJECT(original));
  }
}

std::optional<Report> parse_report(std::string_view message) {
  start_gmime();
  const Held<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(message.data(), message.size()));
  const Held<GMimeParser> parser(g_mime_parser_new_with_stream(stream.get()));
  const Held<GMimeMessage> parsed(g_mime_parser_construct_message(parser.get(), nullptr));
  if (!parsed) return std::nullopt;
  GMimeObject* body = g_mime_message_get_mime_part(parsed.get());
  if (body == nullptr || !GMIME_IS_MULTIPART(body)) return std::nullopt;
  Report report;
  g_mime_multipart_foreach(GMIME_MULTIPART(body), look_at_part, &report);
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

std::string field_of(std::string_view block, std::string_view name) {
  return header_field(block, name).value_or(std::string());
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
  const bool good = (value[0] == '2' || value[0] == '4' || value[0] == '5') &&
                    digits(value.substr(2, second - 2), 3) && digits(value.substr(second + 1), 3);
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
  } else if (auto quoted = verify_token(report->original_header, key)) {
    notice.canary = *quoted;
    notice.place = ProofPlace::embedded;
  } else {
    return std::nullopt;
  }
  return notice;
}

}  // namespace mailcanary
