#include "alerts/status_site.h"

#include <system_error>

#include "alerts/status/api_v2.h"
#include "alerts/status/page.h"
#include "core/crypto.h"
#include "core/files.h"

namespace mailcanary {
namespace {

bool already_there(const std::filesystem::path& path, std::string_view bytes) {
  const auto present = read_file(path, bytes.size() + 1);
  return present && *present == bytes;
}

Result<void> make_folder(const std::filesystem::path& folder) {
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  if (failure) return Error{ErrorKind::io, "make folder " + folder.string() + ": " + failure.message()};
  return {};
}

}  // namespace

SiteFiles render_site(const StatusView& view) {
  // What lies wholly inside maintenance is what was announced, and no incident for the public.
  StatusView shown = view;
  std::erase_if(shown.incidents, [](const Incident& incident) { return !incident.maintenance.empty(); });
  SiteFiles files = render_api_v2(shown);
  files["index.html"] = render_page(shown);
  return files;
}

Result<void> publish_site(const SiteFiles& files, const std::filesystem::path& dir) {
  for (const auto& [name, bytes] : files) {
    const auto path = dir / name;
    if (already_there(path, bytes)) continue;
    if (auto made = make_folder(path.parent_path()); !made) return made;
    if (auto written = write_file_atomically(path, bytes, FileMode::world_readable); !written) return written;
  }
  return {};
}

std::string site_policy() {
  return "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-" + to_base64(sha256(page_script())) +
         "'; img-src data:; base-uri 'none'; form-action 'none'";
}

std::string content_type_of(std::string_view path) {
  if (path.ends_with(".html")) return "text/html; charset=utf-8";
  if (path.ends_with(".json")) return "application/json; charset=utf-8";
  if (path.ends_with(".xml") || path.ends_with(".atom") || path.ends_with(".rss"))
    return "application/xml; charset=utf-8";
  if (path.ends_with(".svg")) return "image/svg+xml";
  if (path.ends_with(".txt")) return "text/plain; charset=utf-8";
  return "application/octet-stream";
}

}  // namespace mailcanary
