// The published files ready to be served: with their type, their tag and compressed. That is done once a publication,
// not once a request, and only for what changed. Threads: plain values; any.
#pragma once
#include <map>
#include <memory>
#include <string>

#include "alerts/status_site.h"

namespace mailcanary {

struct PublishedFile {
  std::string type;  // Content-Type
  std::shared_ptr<const std::string> body;
  std::shared_ptr<const std::string> gzip;  // null: it would not pay
  std::string tag;                          // strong entity tag of the body
};
using PublishedSite = std::map<std::string, PublishedFile, std::less<>>;  // by path: "index.html"

std::shared_ptr<const PublishedSite> make_published_site(const SiteFiles& files, const PublishedSite& before);
// In gzip format (RFC 1952), without a time, so that the same bytes give the same bytes.
std::string gzip_of(std::string_view bytes);

}  // namespace mailcanary
