#include "monitor/traffic/traffic_incidents.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/text.h"

namespace mailcanary {
namespace {

// Numbers move with every bounce; the record follows them at this pace.
constexpr Duration fresh_numbers = std::chrono::minutes(1);

std::string key_of(const AccountName& account) {
  std::string key;
  for (const char c : lower(account.str())) key += ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) ? c : '-';
  return key.substr(0, 40) + ".bounces";
}

const TrafficSymptom& gravest(const std::vector<const TrafficSymptom*>& symptoms) {
  return **std::max_element(symptoms.begin(), symptoms.end(),
                            [](const TrafficSymptom* a, const TrafficSymptom* b) { return a->impact < b->impact; });
}

Incident open_incident(const Config& config, const TrafficSymptom& symptom, WallTime now, const IdMaker& make_id) {
  Incident incident;
  incident.id = IncidentId(make_id(now));
  incident.key = key_of(symptom.account->name);
  incident.impact = Impact::none;
  incident.opened_at = now;
  incident.began_at = symptom.began_at;
  incident.blame.account = symptom.account->name;
  incident.components = {symptom.account->provider};
  const Provider* provider = config.provider(symptom.account->provider);
  incident.title = symptom.rule->domain.empty() ? fmt::format("Mail from {} bounces", provider ? provider->title : symptom.account->provider.str())
                                                : fmt::format("Mail to {} bounces", symptom.rule->domain);
  return incident;
}

NoticeKind notice_of(IncidentChange::Kind kind) {
  if (kind == IncidentChange::Kind::opened) return NoticeKind::opened;
  return kind == IncidentChange::Kind::resolved ? NoticeKind::resolved : NoticeKind::updated;
}

}  // namespace

std::vector<IncidentChange> fold_traffic(const Config& config, std::vector<Incident> open, const std::vector<TrafficSymptom>& symptoms,
                                         WallTime now, const IdMaker& make_id) {
  using Kind = IncidentChange::Kind;
  std::vector<IncidentChange> changes;
  for (auto& incident : open) changes.push_back({Kind::none, std::move(incident)});
  for (const TrafficSymptom& symptom : symptoms) {
    const bool known = std::any_of(changes.begin(), changes.end(), [&](const IncidentChange& change) {
      return change.incident.blame.account == symptom.account->name;
    });
    if (!known) changes.push_back({Kind::opened, open_incident(config, symptom, now, make_id)});
  }
  for (auto& change : changes) {
    Incident& incident = change.incident;
    std::vector<const TrafficSymptom*> mine;
    for (const TrafficSymptom& symptom : symptoms) {
      if (symptom.account->name == incident.blame.account) mine.push_back(&symptom);
    }
    if (mine.empty()) {
      incident.status = IncidentStatus::resolved;
      incident.resolved_at = now;
      change.kind = Kind::resolved;
    } else {
      const TrafficSymptom& symptom = gravest(mine);
      const bool graver = symptom.impact > incident.impact;
      if (graver && change.kind == Kind::none) change.kind = Kind::changed;
      const bool new_words = !symptom.reason.empty() && symptom.reason != incident.reason;
      if (!graver && change.kind == Kind::none && new_words && now - incident.updated_at >= fresh_numbers)
        change.kind = Kind::progressed;
      if (change.kind == Kind::none) continue;
      incident.impact = std::max(incident.impact, symptom.impact);
      incident.rule = symptom.rule->name;
      if (!symptom.reason.empty()) incident.reason = symptom.reason;
      incident.status = std::max(incident.status, incident.status_by_hand.value_or(incident.status));
    }
    incident.updated_at = now;
    if (change.kind == Kind::progressed) continue;
    incident.updates.push_back({now, incident.status, notice_text(notice_of(change.kind), incident, now), public_text(incident, now)});
  }
  return changes;
}

}  // namespace mailcanary
