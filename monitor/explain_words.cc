// What explain prints, for people and for programs.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "alerts/pipeline.h"
#include "core/text.h"
#include "core/units.h"
#include "monitor/explain.h"

namespace mailcanary {
namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const Json& value) { return value.dump(2, ' ', false, Json::error_handler_t::replace); }

std::string purpose_of(const Canary& canary) {
  return canary.purpose == CanaryPurpose::confirming ? "confirming" : "scheduled";
}

std::string canary_line(const Canary& canary) {
  std::string line = fmt::format("  {}  {}  {}  {:11}", canary.id.str(), format_time(canary.sent_at), canary.route.str(),
                                 name_of(canary.fate));
  if (canary.purpose == CanaryPurpose::confirming) line += "  confirming";
  if (canary.round_trip) line += "  " + human_duration(*canary.round_trip);
  if (!canary.reason.empty()) line += "  " + cut(one_line(canary.reason), 200);
  return line + "\n";
}

std::string notice_line(const Notice& notice) {
  return fmt::format("  {}  {}  {}, {}: {}{}\n", format_time(notice.created_at), notice.channel.str(), name_of(notice.kind),
                     name_of(notice.state), notice.reason, notice.last_error.empty() ? "" : " (" + notice.last_error + ")");
}

const char* words_of(ActKind kind) {
  switch (kind) {
    case ActKind::acknowledge: return "acknowledge";
    case ActKind::post: return "post";
    case ActKind::edit: return "edit";
    case ActKind::resolve: return "resolve";
    case ActKind::maintenance_add:
    case ActKind::maintenance_end:
    case ActKind::silence_add:
    case ActKind::silence_end: break;
  }
  return "other";
}

std::vector<std::string> quiet_lines(const Quiet& quiet) {
  std::vector<std::string> lines;
  if (!quiet.inhibited.empty()) lines.push_back("inhibited " + quiet.inhibited);
  if (!quiet.maintenance.empty()) lines.push_back("maintenance " + quiet.maintenance);
  for (const auto& silenced : quiet.silences) {
    std::string channels;
    for (const auto& channel : silenced.channels) channels += (channels.empty() ? ", only " : ", ") + channel.str();
    lines.push_back("silenced " + silenced.words + channels);
  }
  return lines;
}

template <class List, class Line>
std::string section(const char* title, const List& list, Line line) {
  std::string text;
  for (const auto& item : list) text += line(item);
  return text.empty() ? "" : fmt::format("\n{}\n{}", title, text);
}

std::string plain_line(const std::string& text) { return "  " + text + "\n"; }

Json canary_object(const Canary& canary) {
  return {{"id", canary.id.str()},   {"route", canary.route.str()},
          {"fate", name_of(canary.fate)}, {"purpose", purpose_of(canary)},
          {"sent_at", format_time(canary.sent_at)}, {"reason", canary.reason}};
}

template <class List, class Object>
Json array_of(const List& list, Object object) {
  Json array = Json::array();
  for (const auto& item : list) array.push_back(object(item));
  return array;
}

Json notice_object(const Notice& notice) {
  return {{"id", notice.id.str()},         {"at", format_time(notice.created_at)}, {"channel", notice.channel.str()},
          {"kind", name_of(notice.kind)},  {"state", name_of(notice.state)},       {"reason", notice.reason},
          {"attempts", notice.attempts},   {"last_error", notice.last_error}};
}

Json act_object(const Act& act) {
  return {{"id", act.id.str()},
          {"kind", words_of(act.kind)},
          {"who", act.who},
          {"at", format_time(act.at)},
          {"applied_at", act.applied_at ? Json(format_time(*act.applied_at)) : Json(nullptr)},
          {"outcome", act.outcome}};
}

}  // namespace

std::string explained_text(const IncidentExplained& explained) {
  const Incident& incident = explained.incident;
  std::string text = fmt::format("{}\n{} ({}), impact {}, since {}", incident.title, incident.id.str(), name_of(incident.status),
                                 name_of(incident.impact), format_time(incident.began_at));
  if (incident.resolved_at) text += " until " + format_time(*incident.resolved_at);
  text += fmt::format("\n\nrule         {}: {}\n", incident.rule, incident.reason);
  const IncidentCounts& counts = incident.counts;
  text += fmt::format("numbers      {} met it: {} failed ({} bounced, {} lost), {} overdue, {} arrived late\n",
                      count_noun(counts.canaries, "canary", "canaries"), counts.failed, counts.bounced, counts.lost,
                      counts.overdue, counts.delayed_arrived);
  text += fmt::format("culprit      {}\n", explained.culprit);
  if (!incident.first_error.empty()) text += fmt::format("first error  {}\n", incident.first_error);
  if (!incident.provider_says.empty()) text += fmt::format("{} says: {}\n", incident.blame.provider.str(), incident.provider_says);
  text += section("Canaries that decided it", explained.evidence, canary_line);
  text += section("Confirming canaries, sent to be certain sooner", explained.confirming, canary_line);
  text += section("Keeps quiet now", quiet_lines(explained.quiet), plain_line);
  std::vector<Notice> told, held;
  for (const auto& notice : explained.notices) (notice.state == NoticeState::held ? held : told).push_back(notice);
  text += section("Told", told, notice_line);
  text += section("Held back", held, notice_line);
  text += section("Done by people", explained.acts, [](const Act& act) {
    return fmt::format("  {}  {}: {}, {}\n", format_time(act.at), act.who, words_of(act.kind),
                       act.applied_at ? act.outcome : "waits for run or tick");
  });
  return text;
}

std::string explained_text(const RouteExplained& explained) {
  std::string text = fmt::format("{} is {}{}\n", explained.route.name.str(), name_of(explained.route.state),
                                 explained.route.reason.empty() ? "" : ": " + explained.route.reason);
  text += section("Rules, and what each sees now", explained.rules, plain_line);
  text += section("Incidents it belongs to", explained.incidents, [](const Incident& incident) {
    return fmt::format("  {}  {}: {}, rule {}\n", incident.id.str(), incident.title, name_of(incident.status), incident.rule);
  });
  text += section("Keeps quiet now", explained.quiet, plain_line);
  text += section("The newest canaries", explained.canaries, canary_line);
  return text;
}

std::string explained_json(const IncidentExplained& explained) {
  return text_of({{"incident", Json::parse(incident_json(explained.incident))},
                  {"culprit", explained.culprit},
                  {"evidence", array_of(explained.evidence, canary_object)},
                  {"confirming", array_of(explained.confirming, canary_object)},
                  {"quiet", quiet_lines(explained.quiet)},
                  {"notices", array_of(explained.notices, notice_object)},
                  {"acts", array_of(explained.acts, act_object)}});
}

std::string explained_json(const RouteExplained& explained) {
  return text_of({{"route", explained.route.name.str()},
                  {"state", name_of(explained.route.state)},
                  {"reason", explained.route.reason},
                  {"rules", explained.rules},
                  {"incidents", array_of(explained.incidents, [](const Incident& i) { return i.id.str(); })},
                  {"quiet", explained.quiet},
                  {"canaries", array_of(explained.canaries, canary_object)}});
}

}  // namespace mailcanary
