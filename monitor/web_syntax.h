// The small pure parts of HTTP that the web server needs and Beast leaves out.
// Does not: normalise paths; a target that would need it is refused.
// Threads: any.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/clock.h"

namespace mailcanary {

struct WebTarget {
  std::string path;   // decoded, begins with "/"
  std::string query;  // as sent
};
// The request target of RFC 9112 §3.2, origin-form or absolute-form, percent-decoded once (RFC 3986 §2.1).
// Nothing when it is malformed, climbs (".." in any spelling), or holds control characters or a backslash.
std::optional<WebTarget> decode_target(std::string_view target);

// A strong entity tag for these bytes, with its quotes.
std::string entity_tag(std::string_view body);
// Does If-None-Match name this tag (RFC 9110 §13.1.2, weak comparison)?
bool names_entity_tag(std::string_view if_none_match, std::string_view tag);

// Does Accept-Encoding take gzip (RFC 9110 §12.5.3)? "gzip;q=0" does not.
bool accepts_gzip(std::string_view accept_encoding);

// The fields of an application/x-www-form-urlencoded body or query; broken ones are left out.
std::map<std::string, std::string> form_fields(std::string_view form);

// "Tue, 24 Nov 2026 13:00:00 GMT" (RFC 9110 §5.6.7).
std::string format_http_date(WallTime time);

}  // namespace mailcanary
