// What all pages of the site are made of: their frame, escaped text, times.
// Pure; the same view gives the same bytes; any thread. For the pages of alerts/ and those of the operator.
#pragma once
#include <string>
#include <string_view>

#include "alerts/status/levels.h"
#include "alerts/status_view.h"

namespace mailcanary {

// Text from outside as HTML: one line, escaped. Fit for XML too, where it also leaves out what XML 1.0 forbids.
std::string html_text(std::string_view text);
std::string xml_text(std::string_view text);
std::string capital(std::string word);  // "investigating" → "Investigating"

// <time>, in the words of time_words: without the date on the day of `now`.
std::string time_html(WallTime time, WallTime now);
std::string time_html(WallTime time);  // with its date, so that the page need not be made anew tomorrow

struct PageFrame {
  const char* root = "";     // the way to the top of the site: "" or "../"
  const char* address = "";  // of this page, from the top: "history/index.html"
  std::string title;         // of the window
  std::string description;   // one sentence for search engines and previews
  Level level = Level::ok;   // of its icon
};
// The whole document around a page's <main>: `top` stands above it, within the landmark of the header.
std::string page_html(const StatusView& view, const PageFrame& frame, std::string_view top, std::string_view main);

// How often the site is made anew, and from when on it counts as old; whole seconds.
long refresh_seconds(const StatusView& view);
long stale_after_seconds(const StatusView& view);

const char* page_style();   // style.css
const char* page_script();  // script.js: follows what happens, and says so when the site has grown old

}  // namespace mailcanary
