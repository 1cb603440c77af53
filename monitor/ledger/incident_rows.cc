#include "monitor/ledger/incident_rows.h"

#include <nlohmann/json.hpp>

namespace mailcanary {
namespace {

using Json = nlohmann::json;

std::string text_of(const Json& object) { return object.dump(-1, ' ', false, Json::error_handler_t::replace); }

template <class Time>
Json micros(const Time& time) {
  return time.time_since_epoch().count();
}
Json micros(const std::optional<WallTime>& time) { return time ? micros(*time) : Json(nullptr); }

std::optional<WallTime> time_from(const Json& value) {
  if (value.is_null()) return std::nullopt;
  return WallTime(Duration(value.get<std::int64_t>()));
}

template <class Id>
Json names(const std::vector<Id>& ids) {
  Json list = Json::array();
  for (const Id& id : ids) list.push_back(id.str());
  return list;
}

template <class Id>
std::vector<Id> ids_from(const Json& list) {
  std::vector<Id> ids;
  for (const Json& name : list) ids.emplace_back(name.get<std::string>());
  return ids;
}

Json to_json(const Incident& incident) {
  Json updates = Json::array();
  for (const auto& update : incident.updates)
    updates.push_back({{"at", micros(update.at)},
                       {"status", static_cast<int>(update.status)},
                       {"text", update.text},
                       {"public_text", update.public_text},
                       {"by", update.by}});
  const IncidentCounts& counts = incident.counts;
  return {{"key", incident.key},
          {"title", incident.title},
          {"impact", static_cast<int>(incident.impact)},
          {"began_at", micros(incident.began_at)},
          {"resolved_at", micros(incident.resolved_at)},
          {"acknowledged_at", micros(incident.acknowledged_at)},
          {"acknowledged_by", incident.acknowledged_by},
          {"status_by_hand", incident.status_by_hand ? Json(static_cast<int>(*incident.status_by_hand)) : Json(nullptr)},
          {"maintenance", incident.maintenance},
          {"provider_says", incident.provider_says},
          {"provider", incident.blame.provider.str()},
          {"account", incident.blame.account.str()},
          {"leg", static_cast<int>(incident.blame.leg)},
          {"self", incident.blame.self},
          {"routes", names(incident.routes)},
          {"failing", names(incident.failing)},
          {"components", names(incident.components)},
          {"rule", incident.rule},
          {"reason", incident.reason},
          {"first_error", incident.first_error},
          {"evidence", names(incident.evidence)},
          {"canaries", counts.canaries},
          {"failed", counts.failed},
          {"overdue", counts.overdue},
          {"delayed_arrived", counts.delayed_arrived},
          {"updates", updates}};
}

void read_details(const Json& object, Incident& incident) {
  object.at("key").get_to(incident.key);
  object.at("title").get_to(incident.title);
  incident.impact = static_cast<Impact>(object.at("impact").get<int>());
  incident.began_at = time_from(object.at("began_at")).value_or(incident.opened_at);
  incident.resolved_at = time_from(object.at("resolved_at"));
  incident.acknowledged_at = time_from(object.at("acknowledged_at"));
  // Rows of before know nothing of these.
  incident.acknowledged_by = object.value("acknowledged_by", "");
  if (const Json by_hand = object.value("status_by_hand", Json(nullptr)); !by_hand.is_null())
    incident.status_by_hand = static_cast<IncidentStatus>(by_hand.get<int>());
  incident.maintenance = object.value("maintenance", "");
  incident.provider_says = object.value("provider_says", "");
  incident.blame.provider = ProviderName(object.at("provider").get<std::string>());
  incident.blame.account = AccountName(object.at("account").get<std::string>());
  incident.blame.leg = static_cast<Leg>(object.at("leg").get<int>());
  object.at("self").get_to(incident.blame.self);
  incident.routes = ids_from<RouteName>(object.at("routes"));
  incident.failing = ids_from<RouteName>(object.at("failing"));
  incident.components = ids_from<ProviderName>(object.at("components"));
  object.at("rule").get_to(incident.rule);
  object.at("reason").get_to(incident.reason);
  object.at("first_error").get_to(incident.first_error);
  incident.evidence = ids_from<CanaryId>(object.at("evidence"));
  object.at("canaries").get_to(incident.counts.canaries);
  object.at("failed").get_to(incident.counts.failed);
  object.at("overdue").get_to(incident.counts.overdue);
  object.at("delayed_arrived").get_to(incident.counts.delayed_arrived);
  for (const Json& update : object.at("updates"))
    incident.updates.push_back({time_from(update.at("at")).value_or(incident.opened_at),
                                static_cast<IncidentStatus>(update.at("status").get<int>()),
                                update.at("text").get<std::string>(), update.at("public_text").get<std::string>(),
                                update.value("by", "")});
}

Json to_json(const Notice& notice) {
  return {{"incident_key", notice.incident_key},
          {"status", static_cast<int>(notice.status)},
          {"impact", static_cast<int>(notice.impact)},
          {"title", notice.title},
          {"text", notice.text},
          {"public_text", notice.public_text},
          {"url", notice.url},
          {"detail", notice.detail},
          {"reason", notice.reason},
          {"attempts", notice.attempts},
          {"next_attempt_at", micros(notice.next_attempt_at)},
          {"delivered_at", micros(notice.delivered_at)},
          {"last_error", notice.last_error},
          {"remote_ref", notice.remote_ref}};
}

void read_details(const Json& object, Notice& notice) {
  object.at("incident_key").get_to(notice.incident_key);
  notice.status = static_cast<IncidentStatus>(object.at("status").get<int>());
  notice.impact = static_cast<Impact>(object.at("impact").get<int>());
  object.at("title").get_to(notice.title);
  object.at("text").get_to(notice.text);
  notice.public_text = object.value("public_text", "");  // older rows have none
  object.at("url").get_to(notice.url);
  object.at("detail").get_to(notice.detail);
  object.at("reason").get_to(notice.reason);
  object.at("attempts").get_to(notice.attempts);
  notice.next_attempt_at = time_from(object.at("next_attempt_at"));
  notice.delivered_at = time_from(object.at("delivered_at"));
  object.at("last_error").get_to(notice.last_error);
  object.at("remote_ref").get_to(notice.remote_ref);
}

template <class Record>
void read_details(const Sql& sql, const std::string& text, const char* what, Record& record) {
  try {
    read_details(Json::parse(text), record);
  } catch (const Json::exception&) {
    throw SqlFailure(
        {ErrorKind::io, "read ledger " + sql.path() + ": the row of " + what + " " + record.id.str() + " is damaged"});
  }
}

std::vector<Incident> incidents_of(const Sql& sql, Query& query) {
  std::vector<Incident> incidents;
  while (query.next()) {
    Incident incident;
    incident.id = IncidentId(query.text(0));
    incident.status = static_cast<IncidentStatus>(query.number(1));
    incident.opened_at = WallTime(Duration(query.number(2)));
    incident.updated_at = WallTime(Duration(query.number(3)));
    read_details(sql, query.text(4), "incident", incident);
    incidents.push_back(std::move(incident));
  }
  return incidents;
}

std::vector<Notice> notices_of(const Sql& sql, Query& query) {
  std::vector<Notice> notices;
  while (query.next()) {
    Notice notice;
    notice.id = NoticeId(query.text(0));
    notice.incident = IncidentId(query.text(1));
    notice.channel = ChannelName(query.text(2));
    notice.sequence = static_cast<int>(query.number(3));
    notice.kind = static_cast<NoticeKind>(query.number(4));
    notice.state = static_cast<NoticeState>(query.number(5));
    notice.created_at = WallTime(Duration(query.number(6)));
    read_details(sql, query.text(7), "notice", notice);
    notices.push_back(std::move(notice));
  }
  return notices;
}

}  // namespace

void write_incident(Sql& sql, const Incident& incident) {
  const std::string details = text_of(to_json(incident));
  sql.use(
         "INSERT INTO incidents (id, status, opened_at, updated_at, details) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) "
         "DO "
         "UPDATE SET status = excluded.status, opened_at = excluded.opened_at, updated_at = excluded.updated_at, "
         "details = excluded.details")
      .with(incident.id.str(), static_cast<int>(incident.status), incident.opened_at, incident.updated_at, details)
      .run();
}

std::vector<Incident> read_incidents_since(Sql& sql, WallTime time) {
  auto query = sql.use(
      "SELECT id, status, opened_at, updated_at, details FROM incidents WHERE key IN (SELECT key FROM incidents "
      "WHERE status <> 3 UNION SELECT key FROM incidents WHERE updated_at >= ?) ORDER BY opened_at, key");
  query.with(time);
  return incidents_of(sql, query);
}

std::optional<Incident> read_incident(Sql& sql, const IncidentId& id) {
  auto query = sql.use("SELECT id, status, opened_at, updated_at, details FROM incidents WHERE id = ?");
  query.with(id.str());
  auto found = incidents_of(sql, query);
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

void write_notice(Sql& sql, const Notice& notice) {
  const std::string details = text_of(to_json(notice));
  sql.use(
         "INSERT INTO notices (id, incident, channel, sequence, kind, state, created_at, details) "
         "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET sequence = excluded.sequence, "
         "kind = excluded.kind, state = excluded.state, details = excluded.details")
      .with(notice.id.str(), notice.incident.str(), notice.channel.str(), notice.sequence,
            static_cast<int>(notice.kind), static_cast<int>(notice.state), notice.created_at, details)
      .run();
}

std::vector<Notice> read_queued_notices(Sql& sql) {
  auto query = sql.use(
      "SELECT id, incident, channel, sequence, kind, state, created_at, details FROM notices WHERE state = 0 "
      "ORDER BY created_at, key");
  return notices_of(sql, query);
}

std::vector<Notice> read_notices_of(Sql& sql, const IncidentId& id) {
  auto query = sql.use(
      "SELECT id, incident, channel, sequence, kind, state, created_at, details FROM notices WHERE incident = ? "
      "ORDER BY created_at, key");
  query.with(id.str());
  return notices_of(sql, query);
}

}  // namespace mailcanary
