#include "alerts/status/html.h"

#include <algorithm>

#include <fmt/format.h>

#include "alerts/status/icons.h"
#include "alerts/status_site.h"
#include "alerts/words.h"
#include "core/text.h"
#include "core/units.h"

namespace mailcanary {
namespace {

using namespace std::chrono_literals;

std::string head_html(const StatusView& view, const PageFrame& frame) {
  std::string html = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  html += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
  html += fmt::format("<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n", html_text(site_policy()));
  html += "<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"color-scheme\" content=\"light dark\">\n";
  html += fmt::format("<noscript><meta http-equiv=\"refresh\" content=\"{}\"></noscript>\n", refresh_seconds(view));
  html += fmt::format("<title>{}</title>\n<meta name=\"description\" content=\"{}\">\n", html_text(frame.title),
                      html_text(frame.description));
  html += fmt::format("<link rel=\"icon\" href=\"{}\">\n", favicon_uri(frame.level));
  html += fmt::format("<link rel=\"stylesheet\" href=\"{}style.css\">\n", frame.root);
  struct {
    const char* type;
    const char* file;
  } const feeds[] = {{"application/atom+xml", "history.atom"},
                     {"application/rss+xml", "history.rss"},
                     {"application/feed+json", "feed.json"}};
  for (const auto& feed : feeds)
    html += fmt::format("<link rel=\"alternate\" type=\"{}\" title=\"{}\" href=\"{}{}\">\n", feed.type,
                        html_text(view.title), frame.root, feed.file);
  return html + fmt::format("<script src=\"{}script.js\" defer></script>\n</head>\n", frame.root);
}

std::string footer_html(const StatusView& view, const PageFrame& frame) {
  const auto link = [&](const char* file, const char* words) {
    return fmt::format("<a href=\"{}{}\">{}</a>", frame.root, file, words);
  };
  std::string html = "<footer class=\"wrap\">\n<p>";
  html += "Real test messages are sent ";
  if (!view.public_vantage.empty()) html += "from " + html_text(view.public_vantage) + " ";
  html += "through each provider and looked for in the mailbox where they must arrive.</p>\n";
  html += "<dl>\n<div><dt>Follow</dt><dd>" + link("history.atom", "Atom") + link("history.rss", "RSS") +
          link("feed.json", "JSON Feed") + "</dd></div>\n";
  html += "<div><dt>For programs</dt><dd>" + link("api/v2/summary.json", "Summary") +
          link("api/v2/status.json", "Status") + link("api/v2/components.json", "Components") +
          link("api/v2/incidents.json", "Incidents") + link("api/v2/scheduled-maintenances.json", "Maintenance") +
          link("badge.svg", "Badge") + "</dd></div>\n";
  return html + "</dl>\n</footer>\n";
}

}  // namespace

std::string html_text(std::string_view text) { return escape_html(one_line(text)); }

std::string xml_text(std::string_view text) {
  std::string escaped = html_text(text);
  // The two characters above U+FFFD in the first plane; one_line has dealt with all others that XML forbids.
  for (const std::string_view forbidden : {"\xEF\xBF\xBE", "\xEF\xBF\xBF"})
    for (auto at = escaped.find(forbidden); at != std::string::npos; at = escaped.find(forbidden, at + 1))
      escaped.replace(at, forbidden.size(), "\xEF\xBF\xBD");
  return escaped;
}

std::string capital(std::string word) {
  if (!word.empty() && word[0] >= 'a' && word[0] <= 'z') word[0] = static_cast<char>(word[0] - 'a' + 'A');
  return word;
}

std::string time_html(WallTime time, WallTime now) {
  return fmt::format("<time datetime=\"{}\">{}</time>", format_time(time), time_words(time, now));
}

std::string time_html(WallTime time) { return time_html(time, time + 48h); }

long refresh_seconds(const StatusView& view) {
  return static_cast<long>(
      std::chrono::round<std::chrono::seconds>(std::clamp<Duration>(view.refresh, 2s, 300s)).count());
}

// Several makings missed, and long enough not to blame a reader's clock that is a little off.
long stale_after_seconds(const StatusView& view) { return std::max(10 * refresh_seconds(view), 600L); }

std::string page_html(const StatusView& view, const PageFrame& frame, std::string_view top, std::string_view main) {
  std::string html = head_html(view, frame);
  html += fmt::format("<body data-root=\"{}\" data-page=\"{}\">\n<a class=\"skip\" href=\"#main\">To the content</a>\n",
                      frame.root, frame.address);
  html += "<header class=\"wrap\">\n<div class=\"top\">\n";
  html += fmt::format("<a class=\"brand\" href=\"{}index.html\">{}{}</a>\n", frame.root, brand_svg(),
                      html_text(view.title));
  html += fmt::format(
      "<nav aria-label=\"Site\"><a href=\"{0}index.html\"{1}>Status</a>"
      "<a href=\"{0}history/index.html\"{2}>History</a></nav>\n</div>\n",
      frame.root, std::string_view(frame.address) == "index.html" ? " aria-current=\"page\"" : "",
      std::string_view(frame.address) == "history/index.html" ? " aria-current=\"page\"" : "");
  html +=
      "<p id=\"stale\" role=\"alert\" hidden>This page has not been renewed for a while: the monitor that makes it "
      "may be down, and what it shows may no longer be so.</p>\n";
  html += "<p id=\"news\" class=\"unseen\" role=\"status\"></p>\n";
  html += std::string(top) + "</header>\n<main id=\"main\" class=\"wrap\" tabindex=\"-1\">\n" + std::string(main) +
          "</main>\n";
  return html + footer_html(view, frame) + "</body>\n</html>\n";
}

}  // namespace mailcanary
