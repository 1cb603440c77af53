// The engine's part in the watch on real traffic: its incidents go the way of all others, to the same notices.
#include <algorithm>

#include "monitor/engine.h"
#include "monitor/traffic/traffic_incidents.h"

namespace mailcanary {

void Engine::mails_sent(SentReading reading, const std::string& fault) { traffic_.sent(std::move(reading), fault, record_); }

std::vector<Incident> Engine::canary_incidents() const {
  std::vector<Incident> open = open_incidents();
  std::erase_if(open, [](const Incident& incident) { return incident.of_traffic(); });
  return open;
}

// An incident that was ended while its rules fire was ended by hand.
void Engine::restore_traffic(const TrafficRecord& record, WallTime now) {
  traffic_.restore(record, facts_, now);
  for (const Incident& past : past_) {
    const AccountName& account = past.blame.account;
    const bool open = std::any_of(open_.begin(), open_.end(), [&](const auto& entry) {
      return entry.second.of_traffic() && entry.second.blame.account == account;
    });
    if (past.of_traffic() && !open && traffic_.fires(account)) traffic_.dismiss(account);
  }
}

void Engine::decide_traffic(WallTime now) {
  std::vector<Incident> open;
  for (const auto& [id, incident] : open_) {
    if (incident.of_traffic()) open.push_back(incident);
  }
  if (open.empty() && !traffic_.due(now)) return;
  std::set<AccountName> unreadable;
  for (const auto& [account, reader] : readers_) {
    if (reader.faulty_since) unreadable.insert(account);
  }
  const auto symptoms = traffic_.judge(unreadable, now, record_);
  auto changes = fold_traffic(config_, std::move(open), symptoms, now, make_id_);
  const std::vector<Incident> beside = open_incidents();
  for (auto& change : changes) follow(std::move(change), beside, Recording::of_changes, now);
}

}  // namespace mailcanary
