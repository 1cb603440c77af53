// Incidents month by month: history/2026-11.html, and an index of the months. An incident belongs to the month in
// which it was opened.
#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>

#include "alerts/status/page.h"
#include "alerts/words.h"
#include "core/text.h"

namespace mailcanary {
namespace {

using namespace std::chrono_literals;
using Month = std::chrono::year_month;

constexpr std::array names = {"January", "February", "March",     "April",   "May",      "June",
                              "July",    "August",   "September", "October", "November", "December"};

Month month_of(WallTime time) {
  const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(time));
  return date.year() / date.month();
}

WallTime begin_of(Month month) { return std::chrono::sys_days(month / 1); }

std::string words_of(Month month) {
  return fmt::format("{} {}", names[static_cast<unsigned>(month.month()) - 1], static_cast<int>(month.year()));
}

std::string address_of(Month month) {
  return fmt::format("{}-{:02}.html", static_cast<int>(month.year()), static_cast<unsigned>(month.month()));
}

// Newest first. Only months of which every incident is known; none from before anything was measured.
std::vector<Month> months_of(const StatusView& view) {
  WallTime begin = view.generated_at;
  for (const auto& component : view.components)
    if (component.since != WallTime{}) begin = std::min(begin, component.since);
  for (const auto& incident : view.incidents) begin = std::min(begin, incident.opened_at);
  std::vector<Month> months;
  for (Month month = month_of(view.generated_at); months.empty() || month >= month_of(begin);
       month -= std::chrono::months(1)) {
    if (!months.empty() && begin_of(month) < view.history_from) break;
    months.push_back(month);
  }
  return months;
}

using ByMonth = std::map<Month, std::vector<const Incident*>>;  // each newest first

ByMonth by_month(const StatusView& view) {
  ByMonth incidents;
  for (const auto& incident : view.incidents) incidents[month_of(incident.opened_at)].push_back(&incident);
  for (auto& [month, list] : incidents)
    std::stable_sort(list.begin(), list.end(),
                     [](const Incident* a, const Incident* b) { return a->opened_at > b->opened_at; });
  return incidents;
}

std::string list_html(const std::vector<const Incident*>& incidents, const StatusView& view) {
  std::string html, day;
  for (const auto* incident : incidents) {
    if (const auto date = date_words(incident->opened_at); date != day) {
      html +=
          fmt::format("{}<h2 class=\"day\">{}</h2>\n<ul class=\"lines card\">\n", day.empty() ? "" : "</ul>\n", date);
      day = date;
    }
    html += incident_line_html(*incident, view, "../");
  }
  return html + "</ul>\n";
}

std::string month_page(Month month, const std::vector<Month>& months, const ByMonth& incidents,
                       const StatusView& view) {
  const std::string words = words_of(month), address = "history/" + address_of(month);
  PageFrame frame;
  frame.root = "../";
  frame.address = address.c_str();
  frame.title = "Incidents in " + words + ": " + view.title;
  frame.description = "Incidents in " + words;
  std::string main = fmt::format("<h1>{}</h1>\n", words);
  const auto found = incidents.find(month);
  main += found == incidents.end() ? "<p class=\"card soft\">There was no incident in this month.</p>\n"
                                   : list_html(found->second, view);
  const auto here = std::find(months.begin(), months.end(), month);
  main += "<nav class=\"turn\" aria-label=\"Months\">\n";
  if (here + 1 != months.end())
    main += fmt::format("<a rel=\"prev\" href=\"{}\">{}</a>\n", address_of(here[1]), words_of(here[1]));
  main += "<a href=\"index.html\">All months</a>\n";
  if (here != months.begin())
    main += fmt::format("<a rel=\"next\" href=\"{}\">{}</a>\n", address_of(here[-1]), words_of(here[-1]));
  return page_html(view, frame, "", main + "</nav>\n");
}

std::string count_words(const ByMonth& incidents, Month month) {
  const auto found = incidents.find(month);
  return found == incidents.end() ? "no incident"
                                  : count_noun(static_cast<long long>(found->second.size()), "incident", "incidents");
}

std::string index_page(const std::vector<Month>& months, const ByMonth& incidents, const StatusView& view) {
  PageFrame frame;
  frame.root = "../";
  frame.address = "history/index.html";
  frame.title = "Incident history: " + view.title;
  frame.description = "Incidents month by month";
  std::string main = "<h1>Incident history</h1>\n";
  bool any_shown = false;
  for (const Month month : months) {
    const auto found = incidents.find(month);
    main += fmt::format("<section class=\"month\">\n<h2><a href=\"{}\">{}</a> <span class=\"soft\">{}</span></h2>\n",
                        address_of(month), words_of(month), count_words(incidents, month));
    if (found != incidents.end()) {
      main += "<ul class=\"lines card\">\n";
      constexpr std::size_t most = 3;
      for (std::size_t i = 0; i < std::min(most, found->second.size()); ++i)
        main += incident_line_html(*found->second[i], view, "../");
      main += "</ul>\n";
      if (found->second.size() > most)
        main += fmt::format("<p class=\"more\"><a href=\"{}\">All {} of {}</a></p>\n", address_of(month),
                            count_words(incidents, month), words_of(month));
      any_shown = true;
    }
    main += "</section>\n";
  }
  if (!any_shown) main += "<p class=\"soft\">There was no incident yet.</p>\n";
  return page_html(view, frame, "", main);
}

}  // namespace

SiteFiles render_history_pages(const StatusView& view) {
  const auto months = months_of(view);
  const auto incidents = by_month(view);
  SiteFiles files;
  for (const Month month : months) files["history/" + address_of(month)] = month_page(month, months, incidents, view);
  files["history/index.html"] = index_page(months, incidents, view);
  return files;
}

}  // namespace mailcanary
