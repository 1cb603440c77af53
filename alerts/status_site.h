// The static status site: pages, feeds, badges and the Statuspage-shaped api/v2 files, from one StatusView.
// Rendering is pure; the same view gives the same bytes. Publishing writes only files that changed, each atomically.
#pragma once
#include <filesystem>
#include <map>
#include <string>

#include "alerts/status_view.h"
#include "core/result.h"

namespace mailcanary {

using SiteFiles = std::map<std::string, std::string>;  // "index.html" → bytes

// index.html with style.css and script.js, incidents/ID.html, history/*.html, the feeds, the badges, api/v2/*, and
// live.json: what a page that is being looked at asks for. Only index.html and live.json hold the time of making, so
// all others stay the same until there is news.
SiteFiles render_site(const StatusView& view);
Result<void> publish_site(const SiteFiles& files, const std::filesystem::path& dir);
// The Content-Security-Policy of the pages: nothing from outside, nothing within the text.
std::string site_policy();
// What anybody's page may read: the API, the feeds, the badges.
bool is_for_everybody(std::string_view path);
// "text/html; charset=utf-8" and so on, by the path's ending.
std::string content_type_of(std::string_view path);

}  // namespace mailcanary
