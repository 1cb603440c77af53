#include "probes/bounce/contents.h"

#include <algorithm>

#include "core/text.h"
#include "probes/bounce/addresses.h"
#include "probes/bounce/fields.h"

namespace mailcanary::bounce {
namespace {

constexpr std::size_t max_original = 256 * 1024;
constexpr int max_nesting = 3;

void add_text(Contents& contents, const MailPart& part) {
  const std::string text = part.text();
  const ProseParts parts = part_prose(text);
  if (contents.report.size() < max_prose) contents.report.append(parts.report).append("\n");
  if (contents.original.empty() && !parts.original.empty())
    contents.original = std::string(parts.original.substr(0, max_original));
}

// A bounce that somebody's gateway pasted into the text of another mail: from the header with its content type on.
std::string_view pasted_report(std::string_view text) {
  std::string_view block = text;  // from where the paragraph begins that we are in
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view line = take_line(rest);
    if (line.empty()) block = rest;
    if (istarts_with(line, "Content-Type:") && line.find("multipart/report") != std::string_view::npos) return block;
  }
  return {};
}

Contents collected(const Mail& mail, int nesting) {
  Contents contents;
  const bool has_plain = std::any_of(mail.parts.begin(), mail.parts.end(), [](const auto& part) {
    return part.type == "text/plain" && !trim(part.body).empty();
  });
  for (const auto& part : mail.parts) {
    if (part.is_status()) {
      contents.status_text.append(part.text()).append("\n\n");
    } else if (part.is_original()) {
      if (contents.original.empty()) contents.original = std::string(part.text().substr(0, max_original));
    } else if (part.is_text() && (part.type == "text/plain" || !has_plain)) {
      const std::string_view pasted = nesting < max_nesting ? pasted_report(part.body) : std::string_view();
      if (pasted.empty()) {
        add_text(contents, part);
        continue;
      }
      const std::string inner_text = normalised(pasted);
      const Contents inner = collected(split_mail(inner_text), nesting + 1);
      contents.report.append(inner.report);
      contents.status_text.append(inner.status_text);
      if (contents.original.empty()) contents.original = inner.original;
    }
  }
  return contents;
}

// Status fields that no part declares: swallowed by the text, or pasted into it.
void find_status_in_text(Contents& contents) {
  if (!contents.status_text.empty()) return;
  const std::string small = lower(contents.report);
  auto at = std::min(small.find("final-recipient:"), small.find("original-recipient: rfc822"));
  if (at == std::string::npos) return;
  const auto reporting = small.rfind("reporting-mta:", at);
  if (reporting != std::string::npos) at = reporting;
  contents.status_text = contents.report.substr(at);
}

}  // namespace

Contents contents_of(const Mail& mail) {
  Contents contents = collected(mail, 0);
  find_status_in_text(contents);
  return contents;
}

bool looks_like_bounce(const Mail& mail, const std::string& subject, std::string_view report) {
  const std::string from = lower(mail.header.get("From"));
  const auto any = [](const std::string& text, std::initializer_list<std::string_view> words) {
    return std::any_of(words.begin(), words.end(), [&](auto word) { return text.find(word) != std::string::npos; });
  };
  if (mail.header.has("X-Failed-Recipients")) return true;
  const bool daemon = any(from, {"mailer-daemon", "mailer_daemon", "postmaster", "mail delivery", "mail.delivery",
                                 "mail administrator", "system administrator", "mdaemon"}) ||
                      trim(from).empty() || trim(from) == "<>" || trim(mail.header.get("Return-Path")) == "<>";
  const bool title = any(subject, {"undeliver",
                                   "non-deliver",
                                   "nondeliver",
                                   "not deliver",
                                   "delivery fail",
                                   "delivery status",
                                   "delivery notification",
                                   "delivery report",
                                   "delivery problem",
                                   "delivery error",
                                   "failure notice",
                                   "delivery failure",
                                   "returned mail",
                                   "mail failure",
                                   "mail system error",
                                   "returned to sender",
                                   "returning message",
                                   "returning to sender",
                                   "could not be delivered",
                                   "couldn't be delivered",
                                   "could not send",
                                   "mail delivery",
                                   "message delayed",
                                   "error sending your mail",
                                   "loop alert",
                                   "bounce",
                                   "unzustellbar",
                                   "rejected",
                                   "delivery delayed",
                                   "undelivered",
                                   "failure"});
  if (!daemon && !title) return false;
  const std::string text = lower(report.substr(0, 16 * 1024));
  return (daemon && title) || any(text, {"deliver", "returned", "failed", "error", "reject", "not sent",
                                         "duplicated message-id", "unknown", "user", "mailbox"});
}

bool says_delayed(const std::string& subject, std::string_view report) {
  const std::string text = lower(report.substr(0, 4096));
  const auto has = [](const std::string& where, std::string_view words) {
    return where.find(words) != std::string::npos;
  };
  return has(subject, "(delay)") || has(subject, "delayed") || has(subject, "warning: could not send") ||
         has(subject, "could not send mail for past") || has(text, "this is a warning message only") ||
         has(text, "has not yet been delivered") || has(text, "has been delayed") || has(text, "will be retried for") ||
         has(text, "delivery attempts will continue") || has(text, "is delayed for more than");
}

Strangers strangers_of(const Fields& header, const Fields& original) {
  Strangers strangers;
  for (const auto name : {"To", "From", "Return-Path"}) {
    for (const auto& found : addresses_in(header.get(name))) strangers.push_back(found.address);
  }
  for (const auto name : {"Return-Path", "From"}) {
    for (const auto& found : addresses_in(original.get(name))) strangers.push_back(found.address);
  }
  return strangers;
}

}  // namespace mailcanary::bounce
