#include "alerts/status_site.h"

#include <cerrno>
#include <fstream>
#include <system_error>

#include <nlohmann/json.hpp>

#include "alerts/incident_object.h"
#include "alerts/status/api_v2.h"
#include "alerts/status/badges.h"
#include "alerts/status/feeds.h"
#include "alerts/status/page.h"
#include "core/crypto.h"
#include "core/files.h"
#include "core/units.h"

namespace mailcanary {
namespace {

using std::filesystem::perms;
constexpr perms readable_by_all = perms::owner_read | perms::owner_write | perms::group_read | perms::others_read;

bool already_there(const std::filesystem::path& path, std::string_view bytes) {
  const auto present = read_file(path, bytes.size() + 1);
  return present && *present == bytes;
}

// A reader sees the old or the new file. Not synced, as a thousand syncs would take longer than all the rest: what a
// power cut breaks is mended by the next publication.
Result<void> replace_file(const std::filesystem::path& path, std::string_view bytes) {
  const auto beside = path.parent_path() / ("." + path.filename().string() + ".new");
  std::ofstream file(beside, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  std::error_code failure = file ? std::error_code() : std::error_code(errno, std::generic_category());
  if (!failure) std::filesystem::permissions(beside, readable_by_all, failure);
  if (!failure) std::filesystem::rename(beside, path, failure);
  if (!failure) return {};
  std::error_code ignored;
  std::filesystem::remove(beside, ignored);
  return Error{ErrorKind::io, "write " + path.string() + ": " + failure.message()};
}

Result<void> make_folder(const std::filesystem::path& folder) {
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  if (failure) return Error{ErrorKind::io, "make folder " + folder.string() + ": " + failure.message()};
  return {};
}

// The page without the moment it was made.
std::string lasting_part(const std::string& page) {
  const auto from = page.find("<time id=\"made\""), to = page.find("</time>", from);
  return to == std::string::npos ? page : page.substr(0, from) + page.substr(to);
}

// A page follows this file, and fetches itself anew when `version` is another one.
std::string live_json(const StatusView& view, const SiteFiles& files) {
  std::string all;
  for (const auto& [name, bytes] : files) all += sha256(name == "index.html" ? lasting_part(bytes) : bytes);
  return json_text({{"generated_at", format_time(view.generated_at)},
                    {"version", to_hex(sha256(all).substr(0, 8))},
                    {"indicator", view.indicator},
                    {"description", view.description},
                    {"refresh_s", refresh_seconds(view)},
                    {"stale_after_s", stale_after_seconds(view)}},
                   JsonStyle::compact) +
         "\n";
}

}  // namespace

SiteFiles render_site(const StatusView& view) {
  // What lies wholly inside maintenance is what was announced, and no incident for the public.
  StatusView shown = view;
  std::erase_if(shown.incidents, [](const Incident& incident) { return !incident.maintenance.empty(); });
  SiteFiles files = render_api_v2(shown);
  files.merge(render_feeds(shown));
  files.merge(render_badges(shown));
  files.merge(render_incident_pages(shown));
  files.merge(render_history_pages(shown));
  files["style.css"] = page_style();
  files["script.js"] = page_script();
  files["index.html"] = render_page(shown);
  files["live.json"] = live_json(shown, files);
  return files;
}

Result<void> publish_site(const SiteFiles& files, const std::filesystem::path& dir) {
  for (const auto& [name, bytes] : files) {
    const auto path = dir / name;
    if (already_there(path, bytes)) continue;
    if (auto made = make_folder(path.parent_path()); !made) return made;
    if (auto written = replace_file(path, bytes); !written) return written;
  }
  return {};
}

std::string site_policy() {
  return "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri "
         "'none'; form-action 'self'";
}

bool is_for_everybody(std::string_view path) {
  return path.starts_with("api/") || path == "feed.json" || path.ends_with(".atom") || path.ends_with(".rss") ||
         path.ends_with(".svg");
}

std::string content_type_of(std::string_view path) {
  struct {
    const char* ending;
    const char* type;
  } const types[] = {
      {".html", "text/html; charset=utf-8"},
      {"feed.json", "application/feed+json; charset=utf-8"},
      {".json", "application/json; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".atom", "application/atom+xml; charset=utf-8"},
      {".rss", "application/rss+xml; charset=utf-8"},
      {".xml", "application/xml; charset=utf-8"},
      {".svg", "image/svg+xml"},
      {".txt", "text/plain; charset=utf-8"},
  };
  for (const auto& type : types)
    if (path.ends_with(type.ending)) return type.type;
  return "application/octet-stream";
}

}  // namespace mailcanary
