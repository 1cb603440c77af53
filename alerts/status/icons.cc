#include "alerts/status/icons.h"

namespace mailcanary {
namespace {

struct Look {
  const char* icon;
  const char* shape;   // for the tab: filled, 16 by 16
  const char* colour;  // percent-encoded
};

// aria-hidden: the words stand beside it.
#define MAILCANARY_ICON(paths)                                                                                  \
  "<svg viewBox=\"0 0 24 24\" aria-hidden=\"true\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"2.6\" " \
  "stroke-linecap=\"round\" stroke-linejoin=\"round\">" paths "</svg>"

Look look_of(Level level) {
  switch (level) {
    case Level::ok:
      return {MAILCANARY_ICON("<circle cx=\"12\" cy=\"12\" r=\"10\"/><path d=\"m7.5 12.5 3 3 6-7\"/>"),
              "%3Ccircle cx='8' cy='8' r='7'/%3E", "%231a7f4b"};
    case Level::maintenance:
      return {MAILCANARY_ICON("<circle cx=\"12\" cy=\"12\" r=\"10\"/><path d=\"M12 6.5V12l3.5 2.5\"/>"),
              "%3Ccircle cx='8' cy='8' r='7'/%3E", "%231f5fa8"};
    case Level::minor:
      return {MAILCANARY_ICON("<path d=\"M12 3 22 20.5H2Z\"/><path d=\"M12 10v4.5M12 17.5v.1\"/>"),
              "%3Cpath d='M8 1 15 14H1Z'/%3E", "%23dfa81b"};
    case Level::major:
      return {MAILCANARY_ICON("<path d=\"M12 1.8 22.2 12 12 22.2 1.8 12Z\"/><path d=\"M12 7.5v5.5M12 16.4v.1\"/>"),
              "%3Cpath d='M8 0 16 8 8 16 0 8Z'/%3E", "%23e2711d"};
    case Level::critical:
      return {
          MAILCANARY_ICON("<path d=\"M8 2h8l6 6v8l-6 6H8l-6-6V8Z\"/><path d=\"m8.7 8.7 6.6 6.6M15.3 8.7l-6.6 6.6\"/>"),
          "%3Cpath d='M5 1h6l4 4v6l-4 4H5l-4-4V5Z'/%3E", "%23c9302c"};
    case Level::unknown: break;
  }
  return {MAILCANARY_ICON("<circle cx=\"12\" cy=\"12\" r=\"10\" stroke-dasharray=\"4 3.85\"/>"
                          "<path d=\"M9.2 9.3a2.8 2.8 0 1 1 4 2.9c-.8.4-1.2.9-1.2 1.8M12 17.3v.1\"/>"),
          "%3Ccircle cx='8' cy='8' r='5' fill='none' stroke-width='3' stroke='%235f6873'/%3E", "%235f6873"};
}

#undef MAILCANARY_ICON

}  // namespace

const char* icon_svg(Level level) { return look_of(level).icon; }

const char* brand_svg() {
  return "<svg viewBox=\"0 0 24 24\" aria-hidden=\"true\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.8\" "
         "stroke-linecap=\"round\" stroke-linejoin=\"round\"><path d=\"M3 17.5c6.5 1.5 13-1 14.5-8.5L21 7.6 17.6 6"
         "A4 4 0 0 0 10 7.5c0 2.5-3 4-7 4.5 1.5 2 4 3 6.5 2.5\"/><path d=\"M14 6.6v.1M10 17.6 9 21M13.5 16.3 "
         "13 20\"/></svg>";
}

std::string favicon_uri(Level level) {
  const Look look = look_of(level);
  return std::string("data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16' fill='") +
         look.colour + "'%3E" + look.shape + "%3C/svg%3E";
}

}  // namespace mailcanary
