#include "alerts/status/badges.h"

#include <fmt/format.h>

#include "alerts/status/html.h"
#include "alerts/status/incident_parts.h"
#include "alerts/status/levels.h"
#include "core/text.h"

namespace mailcanary {
namespace {

constexpr std::size_t longest_name = 40;

// Each dark enough for white text (4.5 to 1).
const char* colour_of(Level level) {
  switch (level) {
    case Level::ok: return "#1a7f4b";
    case Level::maintenance: return "#1f5fa8";
    case Level::minor: return "#8a5d00";
    case Level::major: return "#b8470f";
    case Level::critical: return "#b3211b";
    case Level::unknown: return "#5f6873";
  }
  return "#5f6873";
}

std::size_t characters_in(std::string_view utf8) {
  std::size_t count = 0;
  for (const char c : utf8) count += (static_cast<unsigned char>(c) & 0xc0) != 0x80 ? 1 : 0;
  return count;
}

// Which font draws it is not ours to know, so the text is told how long it is.
std::size_t width_of(std::string_view text) { return characters_in(text) * 65 / 10; }

std::string badge(std::string_view name, Level level) {
  const std::string left = cut(one_line(name), longest_name), right = lower(words_of(level));
  const std::size_t a = width_of(left), b = width_of(right), split = a + 16, whole = split + b + 16;
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"20\" viewBox=\"0 0 {0} 20\" role=\"img\" "
      "aria-label=\"{1}: {2}\">\n<title>{1}: {2}</title>\n",
      whole, xml_text(left), right);
  svg += fmt::format(
      "<clipPath id=\"r\"><rect width=\"{}\" height=\"20\" rx=\"4\"/></clipPath>\n<g clip-path=\"url(#r)\">"
      "<rect width=\"{}\" height=\"20\" fill=\"#3c434b\"/><rect x=\"{}\" width=\"{}\" height=\"20\" "
      "fill=\"{}\"/></g>\n",
      whole, split, split, whole - split, colour_of(level));
  return svg + fmt::format(
                   "<g fill=\"#fff\" font-family=\"Verdana,DejaVu Sans,Geneva,sans-serif\" font-size=\"11\">"
                   "<text x=\"8\" y=\"14\" textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\">{}</text><text "
                   "x=\"{}\" y=\"14\" textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\">{}</text></g>\n</svg>\n",
                   a, xml_text(left), split + 8, b, right);
}

}  // namespace

SiteFiles render_badges(const StatusView& view) {
  SiteFiles files;
  const Level overall = level_of_indicator(view.indicator);
  files["badge.svg"] = badge(view.title, overall);
  for (const auto& component : view.components)
    files["badges/" + file_name_of(component.id) + ".svg"] = badge(component.name, level_of_component(component));
  return files;
}

}  // namespace mailcanary
