// The feeds: Atom (RFC 4287), RSS 2.0 and JSON Feed 1.1. One entry an incident or announced maintenance, rewritten in
// place: its id and the time it was published never move, and `updated` moves only when people were told something. No
// feed says when it was made, so without news its bytes stay the same.
// Pure; any thread. Inside alerts/ only.
#pragma once
#include "alerts/status_site.h"

namespace mailcanary {

SiteFiles render_feeds(const StatusView& view);  // history.atom, history.rss, feed.json

}  // namespace mailcanary
