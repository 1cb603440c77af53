#include "monitor/published_site.h"

#include <zlib.h>

#include "monitor/web_syntax.h"

namespace mailcanary {
namespace {

// What fits into one packet anyway gains nothing.
constexpr std::size_t too_small = 1200;

PublishedFile make_file(const std::string& path, const std::string& bytes) {
  PublishedFile file{content_type_of(path), std::make_shared<const std::string>(bytes), nullptr, entity_tag(bytes)};
  if (bytes.size() < too_small) return file;
  std::string compressed = gzip_of(bytes);
  if (!compressed.empty() && compressed.size() < bytes.size())
    file.gzip = std::make_shared<const std::string>(std::move(compressed));
  return file;
}

}  // namespace

std::string gzip_of(std::string_view bytes) {
  constexpr int gzip_format = 16 + MAX_WBITS, memory = 8;
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip_format, memory, Z_DEFAULT_STRATEGY) != Z_OK)
    return {};
  std::string out(deflateBound(&stream, static_cast<uLong>(bytes.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int done = deflate(&stream, Z_FINISH);
  out.resize(done == Z_STREAM_END ? stream.total_out : 0);
  deflateEnd(&stream);
  return out;
}

std::shared_ptr<const PublishedSite> make_published_site(const SiteFiles& files, const PublishedSite& before) {
  auto site = std::make_shared<PublishedSite>();
  for (const auto& [path, bytes] : files) {
    const auto known = before.find(path);
    const bool same = known != before.end() && *known->second.body == bytes;
    site->emplace(path, same ? known->second : make_file(path, bytes));
  }
  return site;
}

}  // namespace mailcanary
