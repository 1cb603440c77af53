// What services ask of a notice besides its words: verbs, severities, texts cut to a size.
// Pure; any thread. Inside alerts/ only.
#pragma once
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "alerts/channels/http_channel.h"
#include "alerts/notice.h"

namespace mailcanary {

inline bool is_over(const Notice& notice) { return notice.kind == NoticeKind::resolved; }

// One of four by impact: none, minor, major, critical.
const char* by_impact(Impact impact, const char* none, const char* minor, const char* major, const char* critical);
const char* by_impact(const Notice& notice, const char* none, const char* minor, const char* major,
                      const char* critical);

std::string title_of(const Notice& notice, std::size_t most);  // one line
// Lines of safe text, at most `most` characters in all; a short form is the title's worth of it.
std::string text_of(const Notice& notice, Form form, std::size_t most);
std::string public_text_of(const Notice& notice, std::size_t most);
// The same with & < > escaped, for services that read HTML or mrkdwn.
std::string escaped(const std::string& text);

// What would format or link in Markdown is put behind a backslash.
std::string without_markdown(std::string_view text);

std::string opened_at(const Notice& notice);  // RFC 3339; when the incident began, as far as known

// A link that may stand in any service's field; empty when the notice has none that is clean.
std::string link_of(const Notice& notice);

}  // namespace mailcanary
