// A message as a flat list of parts: what can be read, and the original message wherever it is carried. Mends what
// broken mailers do: newlines of every kind, a leading "From " line, boundaries that are wrong, missing or never
// closed, parts without a header, bounces pasted into another mail's text. Bounded: 1 MiB of message, 64 parts, 8
// levels. Pure; any thread. The views point into the text given to split_mail, which must outlive the parts.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "probes/bounce/fields.h"

namespace mailcanary::bounce {

struct MailPart {
  std::string type;  // "text/plain" in lower case
  std::string charset, encoding;
  std::string_view body;

  bool is_text() const { return type == "text/plain" || type == "text/html"; }
  bool is_status() const { return type == "message/delivery-status" || type == "message/global-delivery-status"; }
  bool is_feedback() const { return type == "message/feedback-report"; }
  bool is_original() const;  // the message that came back, or its header
  std::string text() const;  // encoding and charset undone, HTML as text
};

struct Mail {
  Fields header;
  std::vector<MailPart> parts;
};

constexpr std::size_t max_message = 1024 * 1024;
// With "\n" for every kind of line end, and without a leading "From " line; at most max_message bytes.
std::string normalised(std::string_view message);
Mail split_mail(std::string_view normalised_message);

}  // namespace mailcanary::bounce
