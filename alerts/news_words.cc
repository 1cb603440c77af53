// What is new since a channel was told last, and the values that templates name.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "alerts/incident_object.h"
#include "alerts/notice_lines.h"
#include "alerts/pipeline.h"
#include "alerts/words.h"
#include "core/text.h"

namespace mailcanary {
namespace {

bool blames_the_same(const Notice& last, const Incident& incident) {
  const auto before = nlohmann::ordered_json::parse(last.detail, nullptr, false);
  return before.is_object() && before.contains("blames") && before["blames"] == incident_object(incident)["blames"];
}

std::string impact_news(const Notice& last, const Incident& incident) {
  if (last.impact == incident.impact) return {};
  return fmt::format("{}: impact is now {}, it was {}.", incident.impact > last.impact ? "Worse" : "Better",
                     name_of(incident.impact), name_of(last.impact));
}

std::string cause_news(const Notice& last, const Incident& incident) {
  const bool known = incident.status == IncidentStatus::identified;
  if (incident.status == IncidentStatus::monitoring)
    return last.status == IncidentStatus::monitoring ? "" : "Mail gets through again; it is watched until that is certain.";
  if (last.status == IncidentStatus::monitoring) return "It fails again: the recovery did not last.";
  if (known && last.status != IncidentStatus::identified) return fmt::format("The cause is known: {}.", where_words(incident.blame));
  if (!blames_the_same(last, incident)) return fmt::format("It looks different now: {}.", where_words(incident.blame));
  return {};
}

}  // namespace

std::string news_words(const Notice& last, const Incident& incident) {
  const std::string impact = impact_news(last, incident), cause = cause_news(last, incident);
  return impact.empty() || cause.empty() ? impact + cause : impact + " " + cause;
}

std::map<std::string, std::string> template_values(const Notice& notice, const Incident& incident, WallTime now) {
  std::map<std::string, std::string> values = {
      {"title", one_line(incident.title)},
      {"status", name_of(incident.status)},
      {"impact", name_of(incident.impact)},
      {"since", since_words(incident, now)},
      {"lasted", age_words(incident.began_at, incident.resolved_at.value_or(now))},
      {"public_text", notice.public_text},
      {"link", notice.url},
      {"kind", name_of(notice.kind)},
      {"text", notice.text},
      {"provider", incident.blame.provider.str()},
      {"key", incident.key},
      {"channel", notice.channel.str()},
  };
  for (const auto& line : notice_lines(notice.kind, incident, now)) values.try_emplace(line.field, line.words);
  return values;
}

}  // namespace mailcanary
