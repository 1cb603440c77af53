#include "alerts/status/feeds.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "alerts/incident_object.h"
#include "alerts/status/feed_entries.h"
#include "alerts/status/html.h"
#include "alerts/status/incident_parts.h"
#include "alerts/words.h"
#include "core/text.h"
#include "core/units.h"

namespace mailcanary {
namespace {

using nlohmann::ordered_json;

constexpr const char* about = "Incidents and maintenance of mail delivery, as measured by test messages";

// In the order and shape that readers of Statuspage's feeds know: the newest first, its state in <strong>.
std::string content_html(const FeedItem& entry) {
  std::string html;
  for (const auto& news : entry.news)
    html +=
        fmt::format("<p><small>{}</small><br><strong>{}</strong> - {}</p>",
                    time_words(news.at, news.at + std::chrono::hours(48)), html_text(news.state), html_text(news.text));
  return html;
}

std::string content_text(const FeedItem& entry) {
  std::string text;
  for (const auto& news : entry.news)
    text += fmt::format("{}{}, {}: {}", text.empty() ? "" : "\n\n", news.state,
                        time_words(news.at, news.at + std::chrono::hours(48)), one_line(news.text));
  return text;
}

WallTime last_news(const std::vector<FeedItem>& entries, const StatusView& view) {
  WallTime last{};
  for (const auto& component : view.components)
    if (component.since != WallTime{} && (last == WallTime{} || component.since < last)) last = component.since;
  for (const auto& entry : entries) last = std::max(last, entry.updated);
  return last;
}

std::string title_of(const FeedItem& entry) { return fmt::format("[{}] {}", entry.news.front().state, entry.title); }

std::string atom_entry(const FeedItem& entry) {
  std::string xml = fmt::format(
      "  <entry>\n    <id>{}</id>\n    <title>{}</title>\n    <published>{}</published>\n"
      "    <updated>{}</updated>\n",
      entry.id, xml_text(entry.title), format_time(entry.published), format_time(entry.updated));
  if (!entry.link.empty())
    xml += fmt::format("    <link rel=\"alternate\" type=\"text/html\" href=\"{}\"/>\n", xml_text(entry.link));
  return xml + fmt::format("    <category term=\"{}\"/>\n    <content type=\"html\">{}</content>\n  </entry>\n",
                           entry.category, xml_text(content_html(entry)));
}

std::string atom(const StatusView& view, const std::vector<FeedItem>& entries) {
  std::string xml = fmt::format(
      "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n  <id>{}</id>\n"
      "  <title>{}</title>\n  <subtitle>{}</subtitle>\n  <updated>{}</updated>\n  <author><name>{}</name></author>\n",
      feed_id(view), xml_text(view.title), about, format_time(last_news(entries, view)), xml_text(view.title));
  if (!view.url.empty())
    xml += fmt::format(
        "  <link rel=\"self\" type=\"application/atom+xml\" href=\"{}\"/>\n"
        "  <link rel=\"alternate\" type=\"text/html\" href=\"{}\"/>\n",
        xml_text(site_link(view.url, "history.atom")), xml_text(site_link(view.url, "index.html")));
  for (const auto& entry : entries) xml += atom_entry(entry);
  return xml + "</feed>\n";
}

// Readers of RSS seldom look again at an item they know, so its title says how it stands.
std::string rss_item(const FeedItem& entry) {
  std::string xml = fmt::format("    <item>\n      <title>{}</title>\n", xml_text(title_of(entry)));
  if (!entry.link.empty()) xml += fmt::format("      <link>{}</link>\n", xml_text(entry.link));
  return xml + fmt::format(
                   "      <guid isPermaLink=\"false\">{}</guid>\n      <pubDate>{}</pubDate>\n"
                   "      <category>{}</category>\n      <description>{}</description>\n    </item>\n",
                   entry.id, format_mail_date(entry.published), entry.category, xml_text(content_html(entry)));
}

std::string rss(const StatusView& view, const std::vector<FeedItem>& entries) {
  std::string xml = fmt::format(
      "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\">\n"
      "  <channel>\n    <title>{}</title>\n    <link>{}</link>\n    <description>{}</description>\n"
      "    <language>en</language>\n    <lastBuildDate>{}</lastBuildDate>\n    <ttl>5</ttl>\n",
      xml_text(view.title), xml_text(site_link(view.url, "index.html")), about,
      format_mail_date(last_news(entries, view)));
  if (!view.url.empty())
    xml += fmt::format("    <atom:link rel=\"self\" type=\"application/rss+xml\" href=\"{}\"/>\n",
                       xml_text(site_link(view.url, "history.rss")));
  for (const auto& entry : entries) xml += rss_item(entry);
  return xml + "  </channel>\n</rss>\n";
}

std::string json_feed(const StatusView& view, const std::vector<FeedItem>& entries) {
  ordered_json feed = {{"version", "https://jsonfeed.org/version/1.1"}, {"title", one_line(view.title)}};
  if (!view.url.empty()) {
    feed["home_page_url"] = site_link(view.url, "index.html");
    feed["feed_url"] = site_link(view.url, "feed.json");
  }
  feed["description"] = about;
  feed["language"] = "en";
  feed["authors"] = ordered_json::array({{{"name", one_line(view.title)}}});
  ordered_json items = ordered_json::array();
  for (const auto& entry : entries) {
    ordered_json item = {{"id", entry.id}};
    if (!entry.link.empty()) item["url"] = entry.link;
    item["title"] = one_line(entry.title);
    item["content_html"] = content_html(entry);
    item["content_text"] = content_text(entry);
    item["date_published"] = format_time(entry.published);
    item["date_modified"] = format_time(entry.updated);
    item["tags"] = ordered_json::array({entry.category});
    item["_mailcanary"] = {{"state", lower(entry.news.front().state)}};
    items.push_back(std::move(item));
  }
  feed["items"] = std::move(items);
  return json_text(feed, JsonStyle::readable) + "\n";
}

}  // namespace

SiteFiles render_feeds(const StatusView& view) {
  const auto entries = feed_entries(view);
  return {{"history.atom", atom(view, entries)},
          {"history.rss", rss(view, entries)},
          {"feed.json", json_feed(view, entries)}};
}

}  // namespace mailcanary
