// The feeds against the rules of RFC 4287, RSS 2.0 and JSON Feed 1.1, and what readers rely on: ids and dates that
// stay.
#include <algorithm>
#include <map>
#include <set>

#include <expat.h>
#include <nlohmann/json.hpp>

#include "alerts/status_site.h"
#include "core/text.h"
#include "tests/alerts/samples.h"
#include "tests/catch.h"

using namespace mailcanary;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

struct Element {
  std::string path;  // "feed/entry/id"
  std::map<std::string, std::string> attributes;
  std::string text;
};

// Every element of a document, in order; must be well-formed.
class Xml {
 public:
  explicit Xml(const std::string& document) {
    XML_Parser parser = XML_ParserCreate("utf-8");
    XML_SetUserData(parser, this);
    XML_SetElementHandler(parser, begin, end);
    XML_SetCharacterDataHandler(parser, characters);
    const auto status = XML_Parse(parser, document.data(), static_cast<int>(document.size()), 1);
    INFO(XML_ErrorString(XML_GetErrorCode(parser)));
    CHECK(status == XML_STATUS_OK);
    XML_ParserFree(parser);
  }
  std::vector<std::string> texts(const std::string& path) const {
    std::vector<std::string> found;
    for (const auto& element : elements)
      if (element.path == path) found.push_back(element.text);
    return found;
  }
  std::string text(const std::string& path) const {
    const auto found = texts(path);
    return found.size() == 1 ? found[0] : "<not exactly one>";
  }
  std::vector<Element> elements;

 private:
  static void begin(void* data, const char* name, const char** attributes) {
    auto& self = *static_cast<Xml*>(data);
    Element element{self.open_.empty() ? name : self.elements[self.open_.back()].path + "/" + name, {}, ""};
    for (; attributes[0]; attributes += 2) element.attributes[attributes[0]] = attributes[1];
    self.open_.push_back(self.elements.size());
    self.elements.push_back(std::move(element));
  }
  static void end(void* data, const char*) { static_cast<Xml*>(data)->open_.pop_back(); }
  static void characters(void* data, const char* text, int length) {
    auto& self = *static_cast<Xml*>(data);
    self.elements[self.open_.back()].text.append(text, static_cast<std::size_t>(length));
  }
  std::vector<std::size_t> open_;
};

struct Feeds {
  explicit Feeds(const StatusView& view)
      : files(render_site(view)),
        atom(files.at("history.atom")),
        rss(files.at("history.rss")),
        items(json::parse(files.at("feed.json"))) {}
  SiteFiles files;
  Xml atom, rss;
  json items;
};

Incident past_incident(int number, WallTime opened) {
  Incident incident = sample_past_delay();
  incident.id = IncidentId("01JDPAST00000000000000" + std::to_string(1000 + number));
  const Duration by = opened - incident.opened_at;
  incident.opened_at += by;
  incident.began_at += by;
  incident.updated_at += by;
  *incident.resolved_at += by;
  for (auto& update : incident.updates) update.at += by;
  return incident;
}

}  // namespace

TEST_CASE("the Atom feed keeps the rules of RFC 4287") {
  for (const auto& view : {sample_outage_view(), sample_all_well(), sample_unknown_view(), sample_hostile_view()}) {
    const Feeds feeds(view);
    const Xml& atom = feeds.atom;
    CHECK(atom.elements[0].attributes.at("xmlns") == "http://www.w3.org/2005/Atom");
    CHECK(atom.text("feed/id").starts_with("urn:uuid:"));
    CHECK_FALSE(atom.text("feed/title").empty());
    CHECK(parse_time(atom.text("feed/updated")));
    CHECK(atom.texts("feed/author/name").size() == 1);
    std::set<std::string> self;
    for (const auto& element : atom.elements)
      if (element.path == "feed/link") self.insert(element.attributes.at("rel"));
    CHECK(self == std::set<std::string>{"alternate", "self"});
    const std::size_t entries = atom.texts("feed/entry").size();
    for (const char* part : {"id", "title", "published", "updated", "content", "category"})
      CHECK(atom.texts("feed/entry/" + std::string(part)).size() == entries);
    const auto ids = atom.texts("feed/entry/id");
    CHECK(std::all_of(ids.begin(), ids.end(),
                      [](const auto& id) { return id.starts_with("urn:uuid:") && id.size() == 45; }));
    WallTime newest{};
    const auto updated = atom.texts("feed/entry/updated"), published = atom.texts("feed/entry/published");
    for (std::size_t i = 0; i < entries; ++i) {
      REQUIRE(parse_time(updated[i]));
      CHECK(parse_time(updated[i]).value() >= parse_time(published[i]).value());
      newest = std::max(newest, parse_time(updated[i]).value());
    }
    if (entries > 0) CHECK(parse_time(atom.text("feed/updated")).value() == newest);
  }
}

TEST_CASE("the RSS feed keeps the rules of RSS 2.0") {
  for (const auto& view : {sample_outage_view(), sample_all_well(), sample_unknown_view(), sample_hostile_view()}) {
    const Xml rss(Feeds(view).rss);
    CHECK(rss.elements[0].attributes.at("version") == "2.0");
    for (const char* part : {"title", "link", "description"})
      CHECK_FALSE(rss.text("rss/channel/" + std::string(part)).empty());
    const std::size_t items = rss.texts("rss/channel/item").size();
    for (const char* part : {"title", "link", "guid", "pubDate", "description"})
      CHECK(rss.texts("rss/channel/item/" + std::string(part)).size() == items);
    for (const auto& element : rss.elements)
      if (element.path.ends_with("item/guid")) CHECK(element.attributes.at("isPermaLink") == "false");
  }
  const Xml rss(Feeds(sample_outage_view()).rss);
  CHECK(rss.texts("rss/channel/item/title")[0] == "[Identified] Example Mail: mail is not accepted");
  CHECK(rss.texts("rss/channel/item/pubDate")[0] == "Tue, 24 Nov 2026 12:58:30 +0000");
}

TEST_CASE("the JSON feed keeps the rules of JSON Feed 1.1") {
  for (const auto& view : {sample_outage_view(), sample_all_well(), sample_unknown_view(), sample_hostile_view()}) {
    const json feed = Feeds(view).items;
    CHECK(feed["version"] == "https://jsonfeed.org/version/1.1");
    CHECK(feed["title"].is_string());
    CHECK(feed["feed_url"].get<std::string>().ends_with("/feed.json"));
    REQUIRE(feed["items"].is_array());
    std::set<std::string> ids;
    for (const auto& item : feed["items"]) {
      ids.insert(item["id"].get<std::string>());
      CHECK(item["content_html"].is_string());
      CHECK(item["content_text"].is_string());
      CHECK(parse_time(item["date_published"].get<std::string>()));
      CHECK(parse_time(item["date_modified"].get<std::string>()));
      CHECK(item["tags"].is_array());
    }
    CHECK(ids.size() + (feed["title"].get<std::string>().find("alert") != std::string::npos ? 2 : 0) >=
          feed["items"].size());  // in the hostile view several things have one id
  }
}

TEST_CASE("the three feeds tell the same, the newest first, each with all its news") {
  const Feeds feeds(sample_outage_view());
  const auto ids = feeds.atom.texts("feed/entry/id");
  CHECK(ids == feeds.rss.texts("rss/channel/item/guid"));
  std::vector<std::string> json_ids;
  for (const auto& item : feeds.items["items"]) json_ids.push_back(item["id"]);
  CHECK(ids == json_ids);
  CHECK(feeds.atom.texts("feed/entry/title") ==
        std::vector<std::string>{"Example Mail: mail is not accepted", "Mail to Fastmail is delayed",
                                 "Move to new storage", "Renewal of certificates"});
  const std::string content = feeds.atom.texts("feed/entry/content")[1];
  CHECK(content.starts_with("<p><small>23 Nov 2026, 11:40 UTC</small><br><strong>Resolved</strong> - "));
  CHECK(content.find("<strong>Monitoring</strong>") < content.find("<strong>Investigating</strong>"));
}

TEST_CASE("ids and publishing dates stay, whatever else changes") {
  const auto lasting = [](const StatusView& view) {
    const Xml atom(Feeds(view).atom);
    std::vector<std::string> all = atom.texts("feed/entry/id");
    const auto published = atom.texts("feed/entry/published");
    all.insert(all.end(), published.begin(), published.end());
    return all;
  };
  StatusView view = sample_outage_view();
  const auto before = lasting(view);
  view.title = "Another title";
  view.url = "https://elsewhere.example/mail";
  view.generated_at = at("2026-11-28T03:00:00Z");
  view.incidents[0].title = "Another name";
  view.incidents[0].impact = Impact::minor;
  view.incidents[0].updates.push_back({view.generated_at, IncidentStatus::resolved, "t", "p"});
  view.incidents[0].status = IncidentStatus::resolved;
  CHECK(lasting(view) == before);
}

TEST_CASE("an entry is updated when people are told something, not when the page is made or a canary counted") {
  StatusView view = sample_outage_view();
  const auto updated = [&] { return Feeds(view).atom.texts("feed/entry/updated"); };
  const auto before = updated();
  CHECK(before[0] == "2026-11-24T13:02:10.000Z");
  view.generated_at += 2h;
  view.incidents[0].updated_at += 1h;
  view.incidents[0].counts.canaries += 20;
  CHECK(updated() == before);
  view.incidents[0].updates.push_back({at("2026-11-24T14:30:00Z"), IncidentStatus::monitoring, "t", "p"});
  CHECK(updated()[0] == "2026-11-24T14:30:00.000Z");
}

TEST_CASE("maintenance is told when it is announced, when it begins and when it is over") {
  StatusView view = sample_all_well();
  view.incidents.clear();
  view.past_maintenance.clear();
  const auto states = [&](const char* now) {
    view.generated_at = at(now);
    const json item = Feeds(view).items["items"][0];
    return item["_mailcanary"]["state"].get<std::string>() + " since " + item["date_modified"].get<std::string>();
  };
  CHECK(states("2026-11-27T13:00:00Z") == "scheduled since 2026-11-20T09:15:00.000Z");
  CHECK(states("2026-11-28T02:00:00Z") == "in progress since 2026-11-28T02:00:00.000Z");
  std::swap(view.maintenance, view.past_maintenance);
  CHECK(states("2026-11-28T04:00:00Z") == "completed since 2026-11-28T04:00:00.000Z");
}

TEST_CASE("maintenance that is called off before it begins is told as cancelled, and was never in progress") {
  StatusView view = sample_all_well();
  view.incidents.clear();
  view.maintenance.clear();
  view.past_maintenance = {{"01JDCANCELLED", "New disks", "We replace disks.", view.generated_at + 24h, view.generated_at - 1h,
                            {"example-mail"}, view.generated_at - 5h}};
  const Feeds feeds(view);
  REQUIRE(feeds.items["items"].size() == 1);
  CHECK(feeds.items["items"][0]["title"] == "New disks");
  const std::string text = feeds.items["items"][0]["content_text"];
  CHECK(text.find("Cancelled, ") != std::string::npos);
  CHECK(text.find("Scheduled, ") != std::string::npos);
  CHECK(text.find("In progress") == std::string::npos);
  const auto api = nlohmann::json::parse(render_site(view).at("api/v2/scheduled-maintenances.json"))["scheduled_maintenances"];
  REQUIRE(api.size() == 1);
  CHECK(api[0]["status"] == "completed");
  CHECK(api[0]["incident_updates"].size() == 2);
}

TEST_CASE("a feed keeps what is open, what ended within 30 days, and fifty entries at least") {
  StatusView view = sample_all_well();
  view.incidents.clear();
  view.maintenance.clear();
  view.past_maintenance.clear();
  const auto entries = [&] { return Feeds(view).items["items"].size(); };
  for (int i = 0; i < 70; ++i) view.incidents.push_back(past_incident(i, view.generated_at - 1h * (24 + i)));
  CHECK(entries() == 70);
  view.generated_at += 24h * 60;
  CHECK(entries() == 50);
  Incident open = sample_outage();
  open.opened_at = at("2026-01-01T00:00:00Z");
  view.incidents.push_back(open);
  CHECK(entries() == 51);
}

TEST_CASE("a site without an address has feeds without links, and still all they must have") {
  StatusView view = sample_outage_view();
  view.url.clear();
  const Feeds feeds(view);
  CHECK(feeds.atom.texts("feed/link").empty());
  CHECK(feeds.atom.texts("feed/entry/link").empty());
  CHECK(feeds.rss.text("rss/channel/link") == "index.html");
  CHECK_FALSE(feeds.items.contains("feed_url"));
  CHECK(feeds.atom.texts("feed/entry").size() == 4);
}

TEST_CASE("names and texts with what XML forbids leave the feeds and badges well-formed") {
  StatusView view = sample_outage_view();
  view.title = view.components[0].name = view.incidents[0].title = "a\x01\xEF\xBF\xBE\xEF\xBF\xBF]]>&<!-- \xED\xA0\x80";
  const SiteFiles files = render_site(view);
  for (const auto& [name, bytes] : files)
    if (name.ends_with(".svg") || name.ends_with(".atom") || name.ends_with(".rss")) Xml{bytes};
}

TEST_CASE("a badge says in words how its component stands") {
  const SiteFiles files = render_site(sample_outage_view());
  const auto says = [&](const char* file) { return Xml(files.at(file)).text("svg/title"); };
  CHECK(says("badge.svg") == "Example Mail status: major outage");
  CHECK(says("badges/example-mail.svg") == "Example Mail: major outage");
  CHECK(says("badges/fastmail.svg") == "Fastmail: operational");
  CHECK(says("badges/newcomer.svg") == "Newcomer Post: not measured");
}
