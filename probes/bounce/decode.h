// What GMime does for us: content types, transfer encodings, character sets, encoded words, dates. Its parser of whole
// messages is not used: wrong boundaries lose it, and a hostile address field makes it recurse (GMime 3.2.13).
// Pure; any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "core/clock.h"

namespace mailcanary::bounce {

struct ContentType {
  std::string name;  // "text/plain" in lower case; empty when the field is missing or broken
  std::string boundary, charset;
};
ContentType parse_content_type(const std::string& value);

// Base64 and quoted-printable undone; anything else is handed back as it is.
std::string undo_encoding(std::string_view body, const std::string& encoding);
// As UTF-8 where the charset is known and the text needs it; else as it is.
std::string to_utf8(std::string text, const std::string& charset);
// "=?utf-8?B?…?=" as UTF-8.
std::string decode_words(const std::string& value);
// RFC 5322 §3.3.
std::optional<WallTime> parse_date(const std::string& value);

// What a reader of the page would see: no tags, styles or scripts; the usual entities. At most 64 KiB.
std::string text_of_html(std::string_view html);

}  // namespace mailcanary::bounce
