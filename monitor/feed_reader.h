// The newest entry of an Atom (RFC 4287) or RSS 2.0 feed; libexpat reads the XML. Feeds are written by others: entities
// and document types are refused, text is bounded.
// Pure; any thread.
#pragma once
#include <string>
#include <string_view>

#include "core/result.h"

namespace mailcanary {

struct FeedEntry {
  std::string title, date;  // as the feed has them; empty: it has no entry, or none with a title or date
};
// The first one: feeds begin with the newest. protocol: this is no feed, or not well-formed up to there.
Result<FeedEntry> newest_feed_entry(std::string_view xml);

}  // namespace mailcanary
