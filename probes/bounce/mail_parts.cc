#include "probes/bounce/mail_parts.h"

#include <algorithm>
#include <optional>

#include "core/text.h"
#include "probes/bounce/decode.h"
#include "probes/bounce/prose.h"

namespace mailcanary::bounce {
namespace {

constexpr std::size_t max_parts = 64;
constexpr int max_depth = 8;

bool is_delimiter(std::string_view line, std::string_view boundary) {
  if (boundary.empty() || !line.starts_with("--") || !line.substr(2).starts_with(boundary)) return false;
  const std::string_view rest = trim(line.substr(2 + boundary.size()));
  return rest.empty() || rest == "--";
}

bool closes(std::string_view line, std::string_view boundary) {
  return line.substr(2 + boundary.size()).starts_with("--");
}

// The boundary that is really used, when the declared one never comes: a line "--…" before a line "Content-…:".
std::string_view used_boundary(std::string_view body) {
  std::string_view previous;
  while (!body.empty()) {
    const std::string_view line = take_line(body);
    if (previous.size() > 4 && previous.starts_with("--") && istarts_with(line, "Content-") &&
        line.find(':') != std::string_view::npos) {
      return trim(previous).substr(2);
    }
    previous = line;
  }
  return {};
}

std::vector<std::string_view> pieces_between(std::string_view body, std::string_view boundary) {
  std::vector<std::string_view> pieces;
  std::string_view rest = body;
  const char* begin = nullptr;
  while (!rest.empty() && pieces.size() < max_parts) {
    const char* at = rest.data();
    const std::string_view line = take_line(rest);
    if (!is_delimiter(line, boundary)) continue;
    if (begin != nullptr) pieces.emplace_back(begin, static_cast<std::size_t>(at - begin));
    begin = closes(line, boundary) ? nullptr : rest.data();
  }
  // A report that was cut short still says what it says.
  if (begin != nullptr && pieces.size() < max_parts) {
    pieces.emplace_back(begin, static_cast<std::size_t>(body.data() + body.size() - begin));
  }
  return pieces;
}

// A part that begins with the header of a mail instead of a header of its own.
bool is_mail_header(const Fields& header) {
  constexpr std::string_view names[] = {"Return-Path", "Received", "Message-ID", "From", "To", "Subject", "Date"};
  return std::count_if(std::begin(names), std::end(names), [&](auto name) { return header.has(name); }) >= 2;
}

void collect(std::vector<MailPart>& parts, std::string_view piece, int depth);

void collect_multipart(std::vector<MailPart>& parts, std::string_view body, std::string_view boundary, int depth) {
  auto pieces = pieces_between(body, boundary);
  if (pieces.empty()) pieces = pieces_between(body, used_boundary(body));
  if (pieces.empty()) {
    parts.push_back({"text/plain", {}, {}, body});
    return;
  }
  for (const auto piece : pieces) collect(parts, piece, depth + 1);
}

void collect_leaf(std::vector<MailPart>& parts, const Fields& header, ContentType type, std::string_view body,
                  int depth) {
  if (parts.size() >= max_parts) return;
  if (type.name.starts_with("multipart/") && depth < max_depth) {
    collect_multipart(parts, body, type.boundary, depth);
    return;
  }
  parts.push_back(
      {type.name.empty() ? "text/plain" : type.name, type.charset, header.get("Content-Transfer-Encoding"), body});
}

void collect(std::vector<MailPart>& parts, std::string_view piece, int depth) {
  const auto [head, body] = split_header(piece);
  const Fields header(head);
  const bool described = header.has("Content-Type") || header.has("Content-Description") ||
                         header.has("Content-Transfer-Encoding") || header.has("Content-Disposition");
  if (!described && is_mail_header(header)) {
    parts.push_back({"message/rfc822", {}, {}, piece});
  } else if (!described && header.has("Final-Recipient")) {
    parts.push_back({"message/delivery-status", {}, {}, piece});
  } else if (!described && !head.empty()) {
    parts.push_back({"text/plain", {}, {}, piece});  // its first paragraph is no header
  } else {
    collect_leaf(parts, header, parse_content_type(header.get("Content-Type")), body, depth);
  }
}

}  // namespace

bool MailPart::is_original() const {
  return type == "message/rfc822" || type == "message/global" || type == "message/partial" ||
         type.starts_with("text/rfc822-header") || type == "message/global-headers" || type == "message/rfc822-headers";
}

std::string MailPart::text() const {
  std::string text = to_utf8(undo_encoding(body, encoding), charset);
  return type == "text/html" ? text_of_html(text) : text;
}

std::string normalised(std::string_view message) {
  message = message.substr(0, max_message);
  std::string text;
  text.reserve(message.size());
  for (std::size_t i = 0; i < message.size();) {
    const auto end = std::min(message.find('\r', i), message.size());
    text += message.substr(i, end - i);
    i = end;
    if (i == message.size()) break;
    // "\r\r\n" is one line end, "\r\r" alone are two.
    const auto after = std::min(message.find_first_not_of('\r', i), message.size());
    const bool one_end = after < message.size() && message[after] == '\n';
    text.append(one_end ? 1 : after - i, '\n');
    i = one_end ? after + 1 : after;
  }
  std::size_t begin = std::min(text.find_first_not_of('\n'), text.size());
  if (std::string_view(text).substr(begin).starts_with("From "))
    begin = std::min(text.find('\n', begin), text.size() - 1) + 1;
  text.erase(0, begin);
  return text;
}

Mail split_mail(std::string_view message) {
  const auto [head, body] = split_header(message);
  Mail mail{Fields(head), {}};
  const ContentType type = parse_content_type(mail.header.get("Content-Type"));
  collect_leaf(mail.parts, mail.header, type, body, 0);
  // A multipart whose declaration got lost shows its boundary all the same.
  const std::string_view boundary = type.name.empty() ? used_boundary(part_prose(body).report) : std::string_view();
  if (!boundary.empty()) {
    mail.parts.clear();
    collect_multipart(mail.parts, body, boundary, 0);
  }
  return mail;
}

}  // namespace mailcanary::bounce
