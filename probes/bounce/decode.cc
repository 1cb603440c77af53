#include "probes/bounce/decode.h"

#include <algorithm>
#include <memory>

#include <gmime/gmime.h>

#include "core/text.h"

namespace mailcanary::bounce {
namespace {

constexpr std::size_t max_content_type = 1024;

void start_gmime() {
  static const bool started = [] {
    g_mime_init();
    return true;
  }();
  static_cast<void>(started);
}

template <class T>
using Owned = std::unique_ptr<T, void (*)(void*)>;

// Half the world's mailers leave the quotes away, whatever the boundary holds.
std::string unquoted_boundary(std::string_view value) {
  const std::string small = lower(value);
  auto at = small.find("boundary=");
  if (at == std::string::npos) return {};
  at += 9;
  if (value.substr(at).starts_with('"')) return std::string(value.substr(at + 1, value.find('"', at + 1) - at - 1));
  return std::string(value.substr(at, value.find_first_of("; \t\r\n", at) - at));
}

}  // namespace

ContentType parse_content_type(const std::string& value) {
  if (value.empty() || value.size() > max_content_type) return {};
  start_gmime();
  GMimeContentType* parsed = g_mime_content_type_parse(nullptr, value.c_str());
  if (parsed == nullptr) return {};
  const Owned<GMimeContentType> held(parsed, [](void* type) { g_object_unref(type); });
  const Owned<char> name(g_mime_content_type_get_mime_type(parsed), g_free);
  ContentType type;
  type.name = lower(name.get());
  if (const char* charset = g_mime_content_type_get_parameter(parsed, "charset")) type.charset = lower(charset);
  if (type.name.starts_with("multipart/")) {
    type.boundary = unquoted_boundary(value);
    if (type.boundary.empty()) {
      if (const char* boundary = g_mime_content_type_get_parameter(parsed, "boundary")) type.boundary = boundary;
    }
  }
  return type;
}

std::string undo_encoding(std::string_view body, const std::string& encoding) {
  if (encoding.empty()) return std::string(body);
  start_gmime();
  const auto kind = g_mime_content_encoding_from_string(encoding.c_str());
  if (kind != GMIME_CONTENT_ENCODING_BASE64 && kind != GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE) return std::string(body);
  GMimeEncoding state;
  g_mime_encoding_init_decode(&state, kind);
  std::string out(g_mime_encoding_outlen(&state, body.size()), '\0');
  out.resize(g_mime_encoding_flush(&state, body.data(), body.size(), out.data()));
  out.erase(std::remove(out.begin(), out.end(), '\r'), out.end());
  return out;
}

std::string to_utf8(std::string text, const std::string& charset) {
  const bool plain =
      std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80 && c != '\x1b'; });
  if (plain || valid_utf8(text)) {
    const bool escapes = text.find('\x1b') != std::string::npos;  // ISO-2022: bytes that look like ASCII
    if (plain || !escapes) return text;
  }
  start_gmime();
  const char* name =
      charset.empty() || charset == "us-ascii" ? "iso-2022-jp" : g_mime_charset_iconv_name(charset.c_str());
  gsize length = 0;
  const Owned<char> converted(g_convert_with_fallback(text.data(), static_cast<gssize>(text.size()), "UTF-8", name, "?",
                                                      nullptr, &length, nullptr),
                              g_free);
  return converted ? std::string(converted.get(), length) : text;
}

std::string decode_words(const std::string& value) {
  if (value.find("=?") == std::string::npos) return value;
  start_gmime();
  const Owned<char> decoded(g_mime_utils_header_decode_text(nullptr, value.c_str()), g_free);
  return decoded ? std::string(decoded.get()) : value;
}

std::optional<WallTime> parse_date(const std::string& value) {
  if (value.empty()) return std::nullopt;
  start_gmime();
  GDateTime* date = g_mime_utils_header_decode_date(value.c_str());
  if (date == nullptr) return std::nullopt;
  const auto seconds = g_date_time_to_unix(date);
  g_date_time_unref(date);
  return WallTime(std::chrono::seconds(seconds));
}

std::string text_of_html(std::string_view html) {
  constexpr std::size_t max_text = 64 * 1024;
  constexpr std::string_view hidden[] = {"style", "script", "head", "title"};
  constexpr std::string_view breaking[] = {"br", "p",     "div", "tr",   "li",  "h",
                                           "td", "table", "/p",  "/div", "/tr", "pre"};
  const struct {
    std::string_view entity;
    char means;
  } entities[] = {{"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"&quot;", '"'}, {"&#39;", '\''}, {"&nbsp;", ' '}};
  html = html.substr(0, 4 * max_text);
  const std::string small = lower(html);
  std::string text;
  for (std::size_t i = 0; i < html.size() && text.size() < max_text;) {
    if (html[i] == '<') {
      const std::string_view tag = std::string_view(small).substr(i + 1, 12);
      const auto is = [tag](std::string_view name) {
        return tag.starts_with(name) &&
               (tag.size() == name.size() ||
                std::string_view(" />\n\t0123456789").find(tag[name.size()]) != std::string_view::npos);
      };
      if (std::any_of(std::begin(breaking), std::end(breaking), is)) text += '\n';
      const auto* name = std::find_if(std::begin(hidden), std::end(hidden), is);
      std::size_t end = i;
      if (name != std::end(hidden)) end = std::min(small.find("</" + std::string(*name), i), small.size());
      end = html.find('>', end);
      if (end == std::string_view::npos) break;
      i = end + 1;
      continue;
    }
    const auto* entity = html[i] != '&' ? std::end(entities)
                                        : std::find_if(std::begin(entities), std::end(entities), [&](const auto& row) {
                                            return std::string_view(small).substr(i, row.entity.size()) == row.entity;
                                          });
    if (entity != std::end(entities)) {
      text += entity->means;
      i += entity->entity.size();
    } else {
      text += html[i++];
    }
  }
  return text;
}

}  // namespace mailcanary::bounce
