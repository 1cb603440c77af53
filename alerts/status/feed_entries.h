// What a feed tells, before it is written in one of the three ways.
// Pure; any thread. Inside alerts/ only.
#pragma once
#include <string>
#include <vector>

#include "alerts/status_view.h"

namespace mailcanary {

struct FeedItem {
  std::string id;  // urn:uuid:…, from the event's own id alone: titles, states and addresses may change
  std::string title;
  std::string category;  // minor, major, critical, maintenance
  std::string link;      // empty: the page has no address
  WallTime published, updated;
  struct News {
    WallTime at;
    std::string state;  // "Resolved"
    std::string text;
  };
  std::vector<News> news;  // newest first; never empty
};

// Newest first: all that is open, everything of the last 30 days, and what is older up to fifty in all, so that a
// reader who comes once a day, or after a holiday, misses nothing.
std::vector<FeedItem> feed_entries(const StatusView& view);
std::string feed_id(const StatusView& view);
std::string stable_urn(std::string_view about);  // a UUID (RFC 9562, version 8) made of a digest

}  // namespace mailcanary
