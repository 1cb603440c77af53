// The static status site: index.html and the Statuspage-shaped api/v2 files, from one StatusView.
// Rendering is pure; the same view gives the same bytes. Publishing writes only files that changed, each atomically.
#pragma once
#include <filesystem>
#include <map>
#include <string>

#include "alerts/status_view.h"
#include "core/result.h"

namespace mailcanary {

using SiteFiles = std::map<std::string, std::string>;  // "index.html" → bytes

// index.html, api/v2/{summary,status,components,incidents}.json, api/v2/incidents/unresolved.json.
SiteFiles render_site(const StatusView& view);
Result<void> publish_site(const SiteFiles& files, const std::filesystem::path& dir);
// The Content-Security-Policy of the pages: nothing from outside, and one script of our own, by its hash.
std::string site_policy();
// "text/html; charset=utf-8" and so on, by the path's ending.
std::string content_type_of(std::string_view path);

}  // namespace mailcanary
