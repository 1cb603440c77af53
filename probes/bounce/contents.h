// What a mail says, before anything is made of it: its text for people, its status for machines, the message that came
// back; each wherever it stands, also inside a bounce that was pasted into another mail's text.
// Pure; any thread; bounded by mail_parts.h and prose.h.
#pragma once
#include <string>
#include <string_view>

#include "probes/bounce/mail_parts.h"
#include "probes/bounce/prose.h"

namespace mailcanary::bounce {

struct Contents {
  std::string report;       // all text for people, up to the original message
  std::string status_text;  // all delivery status
  std::string original;     // the message that came back, or its header
};

Contents contents_of(const Mail& mail);

// Does a mail without any status show by its words that it is a bounce? `subject` is lower case.
bool looks_like_bounce(const Mail& mail, const std::string& subject, std::string_view report);
// … and that it is only late?
bool says_delayed(const std::string& subject, std::string_view report);
// Addresses of the bounce itself, which are no recipients of what bounced.
Strangers strangers_of(const Fields& header, const Fields& original);

}  // namespace mailcanary::bounce
