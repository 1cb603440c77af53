#include <filesystem>

#include <nlohmann/json.hpp>

#include "alerts/status_site.h"
#include "tests/alerts/samples.h"
#include "tests/catch.h"

using namespace mailcanary;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

ComponentView component(const char* name, const char* status, bool unknown = false) {
  ComponentView view;
  view.id = view.name = name;
  view.status = status;
  view.unknown = unknown;
  return view;
}

Incident open_incident(Impact impact, const char* title) {
  Incident incident;
  incident.title = title;
  incident.impact = impact;
  return incident;
}

constexpr const char* ok = "operational";

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto found = text.find(part); found != std::string::npos; found = text.find(part, found + 1)) ++count;
  return count;
}

}  // namespace

TEST_CASE("the whole is as bad as its worst part, and never well when something is not measured") {
  struct Row {
    std::vector<ComponentView> components;
    std::vector<Incident> incidents;
    const char* indicator;
    const char* description;
  };
  Incident own = open_incident(Impact::major, "Our own network is down");
  own.blame.self = true;
  Incident over = open_incident(Impact::critical, "Long past");
  over.status = IncidentStatus::resolved;
  const Row rows[] = {
      {{}, {}, "unknown", "Nothing is being measured yet"},
      {{component("A", ok)}, {}, "none", "All systems operational"},
      {{component("A", ok)}, {over}, "none", "All systems operational"},
      {{component("A", ok), component("B", ok, true)},
       {},
       "unknown",
       "All measured systems operational; 1 of 2 is not being measured"},
      {{component("A", ok, true), component("B", ok, true)},
       {},
       "unknown",
       "Delivery is not being measured at the moment"},
      {{component("A", "degraded_performance"), component("B", ok)}, {}, "minor", "Degraded performance: A"},
      {{component("A", "partial_outage"), component("B", "degraded_performance")}, {}, "major", "Partial outage: A, B"},
      {{component("A", "major_outage"), component("B", ok, true)}, {}, "critical", "Major outage: A"},
      {{component("A", "major_outage", true)}, {}, "critical", "Major outage: A"},
      {{component("A", "major_outage"), component("B", "major_outage"), component("C", "partial_outage"),
        component("D", ok)},
       {},
       "critical",
       "Major outage at 3 of 4 providers"},
      {{component("A", ok)}, {open_incident(Impact::minor, "Certificates end soon")}, "minor", "Certificates end soon"},
      {{component("A", ok)}, {own}, "unknown", "Our own network is down"},
      {{component("A", "partial_outage")}, {own}, "major", "Partial outage: A"},
  };
  for (const auto& row : rows) {
    const Overall overall = overall_of(row.components, row.incidents);
    CAPTURE(row.description);
    CHECK(overall.indicator == row.indicator);
    CHECK(overall.description == row.description);
  }
}

TEST_CASE("the site is pages, API, feeds and badges, and the same view gives the same bytes") {
  const SiteFiles files = render_site(sample_outage_view());
  std::string names;
  for (const auto& [name, bytes] : files) names += name + "\n";
  CHECK(names ==
        "api/v2/components.json\napi/v2/incidents.json\napi/v2/incidents/unresolved.json\n"
        "api/v2/scheduled-maintenances.json\napi/v2/scheduled-maintenances/active.json\n"
        "api/v2/scheduled-maintenances/upcoming.json\napi/v2/status.json\napi/v2/summary.json\n"
        "badge.svg\nbadges/example-mail.svg\nbadges/fastmail.svg\nbadges/newcomer.svg\nfeed.json\n"
        "history.atom\nhistory.rss\nhistory/2026-06.html\nhistory/2026-07.html\nhistory/2026-08.html\n"
        "history/2026-09.html\nhistory/2026-10.html\nhistory/2026-11.html\nhistory/index.html\n"
        "incidents/01JDCAVV00SAMPLEDE1AY00001.html\nincidents/01JDF0Q8M0SAMPLE0UTAGE0001.html\nindex.html\n"
        "live.json\nscript.js\nstyle.css\n");
  CHECK(render_site(sample_outage_view()) == files);
}

TEST_CASE("while nothing happens, only the page and what it follows are made anew") {
  StatusView later = sample_outage_view();
  later.generated_at += 20min;
  const SiteFiles before = render_site(sample_outage_view()), after = render_site(later);
  std::string changed;
  for (const auto& [name, bytes] : after)
    if (before.at(name) != bytes) changed += name + " ";
  CHECK(changed == "index.html live.json ");
}

TEST_CASE("a site on which nothing has happened yet is the same bytes each time, but for the page that says when") {
  StatusView view;
  view.title = "Example Mail";
  view.indicator = "none";
  view.description = "All systems operational";
  view.generated_at = at("2026-11-24T13:00:00Z");
  StatusView later = view;
  later.generated_at += 20min;
  const SiteFiles before = render_site(view), after = render_site(later);
  for (const auto& [name, bytes] : after) {
    CAPTURE(name);
    if (name != "index.html" && name != "live.json") CHECK(before.at(name) == bytes);
  }
}

TEST_CASE("customers read where test messages are sent from only when it was named for them") {
  StatusView view = sample_all_well();
  CHECK(render_site(view).at("index.html").find("Real test messages are sent from fra1 through") != std::string::npos);
  view.public_vantage.clear();
  CHECK(render_site(view).at("index.html").find("Real test messages are sent through") != std::string::npos);
}

TEST_CASE("a page that is followed hears of a new version when what it shows changes, and only then") {
  const auto version_of = [](const StatusView& view) {
    return json::parse(render_site(view).at("live.json"))["version"].get<std::string>();
  };
  StatusView view = sample_all_well();
  const std::string before = version_of(view);
  view.generated_at += 30s;
  CHECK(version_of(view) == before);
  view.components[0].p95 = 9s;
  CHECK(version_of(view) != before);
}

TEST_CASE("what is unknown is never shown as healthy") {
  const StatusView view = sample_unknown_view();
  const SiteFiles files = render_site(view);
  const json summary = json::parse(files.at("api/v2/summary.json"));
  CHECK(summary["status"]["indicator"] == "minor");
  CHECK(summary["status"]["description"] == "All measured systems operational; 1 of 3 is not being measured");
  CHECK(summary["components"][1]["status"] == "degraded_performance");
  CHECK(summary["components"][1]["description"] == "Not measured at the moment: our own resolver does not answer");
  const json status = json::parse(status_json(view));
  CHECK(status["status"]["indicator"] == "unknown");
  CHECK(status["components"][1]["status"] == "unknown");
  const std::string& page = files.at("index.html");
  CHECK(page.find("class=\"banner unknown\"") != std::string::npos);
  CHECK(page.find("Not measured at the moment: our own resolver does not answer") != std::string::npos);
}

TEST_CASE("indicators and component states in the API are Statuspage's words only") {
  for (const auto& view :
       {sample_all_well(), sample_outage_view(), sample_unknown_view(), sample_hostile_view(), StatusView{}}) {
    const json summary = json::parse(render_site(view).at("api/v2/summary.json"));
    const std::string indicator = summary["status"]["indicator"];
    CHECK((indicator == "none" || indicator == "minor" || indicator == "major" || indicator == "critical"));
    for (const auto& each : summary["components"]) {
      const std::string status = each["status"];
      CHECK((status == "operational" || status == "degraded_performance" || status == "partial_outage" ||
             status == "major_outage" || status == "under_maintenance"));
    }
  }
}

TEST_CASE("ids stay the same while names, states and times change") {
  const auto ids_of = [](const StatusView& view) {
    const SiteFiles files = render_site(view);
    const json incidents = json::parse(files.at("api/v2/incidents.json"));
    std::string ids =
        incidents["page"]["id"].get<std::string>() + " " + incidents["incidents"][0]["id"].get<std::string>();
    const json updates = incidents["incidents"][0]["incident_updates"];
    ids += " " + updates[updates.size() - 1]["id"].get<std::string>();
    const json summary = json::parse(files.at("api/v2/summary.json"));
    for (const auto& each : summary["components"]) ids += " " + each["id"].get<std::string>();
    return ids;
  };
  StatusView view = sample_outage_view();
  const std::string before = ids_of(view);
  view.title = "Another title";
  view.generated_at += 3h;
  view.incidents[0].title = "Another name";
  view.incidents[0].updates.push_back({view.generated_at, IncidentStatus::monitoring, "t", "p"});
  view.components[0].name = "Another name";
  CHECK(ids_of(view) == before);
  view.url = "https://other.example";
  CHECK(ids_of(view) != before);
}

TEST_CASE("the list of unresolved incidents has the open ones, that of all at most fifty") {
  StatusView view = sample_outage_view();
  for (int i = 0; i < 60; ++i) {
    view.incidents.push_back(sample_past_delay());
    view.incidents.back().id = IncidentId("01JDCAVV00SAMPLE0000000" + std::to_string(100 + i));
  }
  const SiteFiles files = render_site(view);
  CHECK(json::parse(files.at("api/v2/incidents/unresolved.json"))["incidents"].size() == 1);
  CHECK(json::parse(files.at("api/v2/incidents.json"))["incidents"].size() == 50);
}

TEST_CASE("an incident tells when it began to mend, unless it fell back") {
  StatusView view = sample_outage_view();
  const auto monitoring_at = [&](IncidentStatus status) {
    view.incidents[0].status = status;
    return json::parse(render_site(view).at("api/v2/incidents.json"))["incidents"][0]["monitoring_at"];
  };
  view.incidents[0].updates.push_back({at("2026-11-24T13:04:00Z"), IncidentStatus::monitoring, "t", "p"});
  CHECK(monitoring_at(IncidentStatus::monitoring) == "2026-11-24T13:04:00.000Z");
  CHECK(monitoring_at(IncidentStatus::resolved) == "2026-11-24T13:04:00.000Z");
  CHECK(monitoring_at(IncidentStatus::identified).is_null());
}

TEST_CASE("hostile names, texts and addresses cannot break out of a page, a feed or a badge") {
  int pages = 0;
  for (const auto& [name, page] : render_site(sample_hostile_view())) {
    if (name.ends_with(".json") || name.ends_with(".js") || name.ends_with(".css")) continue;
    CAPTURE(name);
    ++pages;
    CHECK(count_of(page, "<script") == std::size_t(name.ends_with(".html") ? 1 : 0));  // our own
    CHECK(page.find("alert(1)</") == std::string::npos);
    CHECK(page.find('\x1b') == std::string::npos);
    CHECK(page.find("\xE2\x80\xAE") == std::string::npos);  // right-to-left override
    CHECK(page.find('\xFF') == std::string::npos);
  }
  CHECK(pages > 10);
  CHECK(render_site(sample_hostile_view())
            .at("index.html")
            .find("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;") != std::string::npos);
}

TEST_CASE("no id can lead a file out of the site") {
  StatusView view = sample_outage_view();
  view.components[0].id = "../../etc/passwd";
  view.components[1].id = ".hidden";
  view.incidents[0].id = IncidentId("/etc/cron.d/x");
  for (const auto& [name, bytes] : render_site(view)) {
    CAPTURE(name);
    CHECK(name.find("..") == std::string::npos);
    CHECK(name.find("etc") == std::string::npos);
    CHECK(name.find("/.") == std::string::npos);
  }
}

TEST_CASE("hostile names, texts and addresses cannot break the JSON") {
  const StatusView view = sample_hostile_view();
  for (const auto& [name, bytes] : render_site(view))
    if (name.ends_with(".json")) CHECK_FALSE(json::parse(bytes, nullptr, false).is_discarded());
  CHECK_FALSE(json::parse(status_json(view), nullptr, false).is_discarded());
}

TEST_CASE("nothing that is for the operator alone reaches the public site") {
  for (const auto& [name, bytes] : render_site(sample_outage_view())) {
    CAPTURE(name);
    for (const char* secret :
         {"shop-watch", "192.0.2.7", "mx1.example.net", "too many connections", "450 4.3.2", "first_error", "evidence"})
      CHECK(bytes.find(secret) == std::string::npos);
  }
}

TEST_CASE("pages load nothing from elsewhere, and hold neither script nor style") {
  const SiteFiles files = render_site(sample_outage_view());
  for (const auto& [name, page] : files) {
    if (!name.ends_with(".html")) continue;
    CAPTURE(name);
    CHECK(count_of(page, "src=") == 1);
    CHECK(count_of(page, "script.js\" defer></script>") == 1);
    CHECK(count_of(page, "<link rel=\"stylesheet\"") == 1);
    for (const char* never : {"url(", "<style", "style=", " onclick", "href=\"http", "unsafe"})
      CHECK(page.find(never) == std::string::npos);
    CHECK(page.find("default-src &#39;none&#39;; style-src &#39;self&#39;; script-src &#39;self&#39;;") !=
          std::string::npos);
    CHECK(page.find("<html lang=\"en\">") != std::string::npos);
    CHECK(page.find("<meta name=\"viewport\"") != std::string::npos);
    CHECK(count_of(page, "<h1") == 1);
  }
  CHECK(files.at("style.css").find("url(") == std::string::npos);
  CHECK(files.at("style.css").find("@import") == std::string::npos);
}

TEST_CASE("every address that a page names within the site is a file of the site") {
  for (const auto& view : {sample_outage_view(), sample_all_well(), sample_unknown_view(), StatusView{}}) {
    const SiteFiles files = render_site(view);
    int links = 0;
    for (const auto& [name, page] : files) {
      if (!name.ends_with(".html")) continue;
      const auto folder = std::filesystem::path(name).parent_path();
      for (const std::string attribute : {"href=\"", "src=\""}) {
        for (auto at = page.find(attribute); at != std::string::npos; at = page.find(attribute, at + 1)) {
          const auto from = at + attribute.size();
          const std::string target = page.substr(from, page.find('"', from) - from);
          if (target.starts_with("data:") || target.starts_with("#")) continue;
          CAPTURE(name, target);
          CHECK(files.contains((folder / target).lexically_normal().string()));
          ++links;
        }
      }
    }
    CHECK(links > 20);
  }
}

TEST_CASE("the page renews itself as often as it is made, within reason") {
  struct Row {
    Duration refresh;
    const char* seconds;
  };
  const Row rows[] = {{0s, "2"}, {5s, "5"}, {30s, "30"}, {24h, "300"}};
  for (const auto& row : rows) {
    StatusView view = sample_all_well();
    view.refresh = row.refresh;
    CHECK(render_site(view)
              .at("index.html")
              .find(std::string("http-equiv=\"refresh\" content=\"") + row.seconds + "\"") != std::string::npos);
  }
}

TEST_CASE("past incidents leave the page after 15 days, open ones never") {
  StatusView view = sample_outage_view();
  const auto shows = [&](const char* what) {
    return render_site(view).at("index.html").find(what) != std::string::npos;
  };
  CHECK(shows("Mail to Fastmail is delayed"));
  view.generated_at = at("2026-12-08T11:40:00Z");
  CHECK(shows("Mail to Fastmail is delayed"));
  view.generated_at += 1s;
  CHECK_FALSE(shows("Mail to Fastmail is delayed"));
  CHECK(shows("Example Mail: mail is not accepted"));
}

TEST_CASE("days count back from today, wherever they stand in the list") {
  StatusView view = sample_all_well();
  ComponentView& only = view.components[0];
  view.components.resize(1);
  DayBar today, old, future;
  today.day = at("2026-11-24T00:00:00Z");
  today.delivered = 3;
  old.day = today.day - 24h * 90;  // one day too old
  future.day = today.day + 24h;    // a clock that was set back
  old.failed = future.failed = 5;
  only.days = {old, today, future};
  const std::string page = render_site(view).at("index.html");
  CHECK(count_of(page, "<rect ") == 90);
  CHECK(page.find("<rect class=\"ok\" x=\"890\" y=\"8\" width=\"7\" height=\"32\"><title>24 Nov 2026: 3 of 3 "
                  "arrived</title>") != std::string::npos);
  CHECK(page.find("100% of 3 test messages arrived") != std::string::npos);
}

TEST_CASE("a provider of whom no hour is known yet has no empty pictures") {
  StatusView view = sample_all_well();
  CHECK(count_of(render_site(view).at("index.html"), "<figure>") == 6);
  view.components[0].by_hour.clear();
  CHECK(count_of(render_site(view).at("index.html"), "<figure>") == 6);
  view.components[0].by_day.clear();
  CHECK(count_of(render_site(view).at("index.html"), "<figure>") == 4);
}

TEST_CASE("a view with nothing in it renders") {
  const SiteFiles files = render_site(StatusView{});
  CHECK(files.at("index.html").find("Nothing is being measured yet.") != std::string::npos);
  CHECK(json::parse(status_json(StatusView{}))["routes"].empty());
}

TEST_CASE("files have the content type of their ending") {
  CHECK(content_type_of("index.html") == "text/html; charset=utf-8");
  CHECK(content_type_of("api/v2/summary.json") == "application/json; charset=utf-8");
  CHECK(content_type_of("history.atom") == "application/atom+xml; charset=utf-8");
  CHECK(content_type_of("history.rss") == "application/rss+xml; charset=utf-8");
  CHECK(content_type_of("feed.json") == "application/feed+json; charset=utf-8");
  CHECK(content_type_of("badges/x.svg") == "image/svg+xml");
  CHECK(content_type_of("what.ever") == "application/octet-stream");
}
