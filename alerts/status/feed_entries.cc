#include "alerts/status/feed_entries.h"

#include <algorithm>

#include <fmt/format.h>

#include "alerts/status/html.h"
#include "alerts/status/incident_parts.h"
#include "core/crypto.h"

namespace mailcanary {
namespace {

using namespace std::chrono_literals;

constexpr Duration kept = 24h * 30;
constexpr std::size_t kept_entries = 50;

FeedItem entry_of(const Incident& incident, const StatusView& view) {
  FeedItem entry{stable_urn("incident " + incident.id.str()),
                  incident.title,
                  name_of(incident.impact),
                  incident_link(view.url, incident.id),
                  incident.opened_at,
                  incident.opened_at,
                  {}};
  const auto updates = public_updates(incident);
  for (auto update = updates.rbegin(); update != updates.rend(); ++update) {
    entry.news.push_back({update->at, capital(name_of(update->status)), update->public_text});
    entry.updated = std::max(entry.updated, update->at);
  }
  return entry;
}

FeedItem entry_of(const MaintenanceView& maintenance, const StatusView& view) {
  const WallTime announced = begin_of(Phase::scheduled, maintenance);
  FeedItem entry{stable_urn("maintenance " + maintenance.id),
                  maintenance.name,
                  "maintenance",
                  view.url.empty() ? "" : site_link(view.url, "index.html"),
                  announced,
                  announced,
                  {}};
  for (const Phase phase : phases_of(maintenance, view.generated_at)) {
    entry.news.push_back({begin_of(phase, maintenance), words_of_phase(phase, maintenance), words_about(maintenance)});
    entry.updated = std::max(entry.updated, begin_of(phase, maintenance));
  }
  return entry;
}

}  // namespace

std::string stable_urn(std::string_view about) {
  std::string bytes = sha256(about).substr(0, 16);
  bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x80);  // version 8: made in a way of one's own
  bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);  // the variant of RFC 9562
  const std::string hex = to_hex(bytes);
  return fmt::format("urn:uuid:{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                     hex.substr(16, 4), hex.substr(20));
}

std::string feed_id(const StatusView& view) { return stable_urn("feed " + (view.url.empty() ? view.title : view.url)); }

std::vector<FeedItem> feed_entries(const StatusView& view) {
  std::vector<std::pair<FeedItem, bool>> all;  // with: must it stay, however many there are
  const auto is_recent = [&](WallTime end) { return end >= view.generated_at - kept; };
  for (const auto& incident : view.incidents)
    all.emplace_back(entry_of(incident, view), incident.open() || is_recent(end_of(incident)));
  for (const auto& maintenance : view.past_maintenance)
    all.emplace_back(entry_of(maintenance, view), is_recent(maintenance.until));
  for (const auto& maintenance : view.maintenance) all.emplace_back(entry_of(maintenance, view), true);
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& a, const auto& b) { return a.first.published > b.first.published; });
  std::vector<FeedItem> entries;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (i < kept_entries || all[i].second) entries.push_back(std::move(all[i].first));
  return entries;
}

}  // namespace mailcanary
