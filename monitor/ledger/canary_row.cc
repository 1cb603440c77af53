#include "monitor/ledger/canary_row.h"

#include <nlohmann/json.hpp>

#include "monitor/ledger/id_key.h"

namespace mailcanary {
namespace {

using Json = nlohmann::json;

// Lists instead of objects with names: there may be a hundred million of these texts.
Json micros(const std::optional<Duration>& time) { return time ? Json(time->count()) : Json(nullptr); }
Json micros(const std::optional<WallTime>& time) {
  return time ? Json(time->time_since_epoch().count()) : Json(nullptr);
}

std::optional<Duration> duration(const Json& value) {
  if (value.is_null()) return std::nullopt;
  return Duration(value.get<std::int64_t>());
}

Json to_json(const StageRecord& stage) {
  Json list = {static_cast<int>(stage.stage), micros(stage.took)};
  if (!stage.error.empty()) list.push_back(stage.error);
  return list;
}

StageRecord stage_from(const Json& list) {
  StageRecord stage{static_cast<Stage>(list.at(0).get<int>()), duration(list.at(1)), {}};
  if (list.size() > 2) stage.error = list[2].get<std::string>();
  return stage;
}

Json to_json(const Hop& hop) {
  return {hop.from, hop.by, hop.protocol, hop.note, micros(hop.at), micros(hop.delay), hop.tls};
}

Hop hop_from(const Json& list) {
  Hop hop;
  hop.from = list.at(0).get<std::string>();
  hop.by = list.at(1).get<std::string>();
  hop.protocol = list.at(2).get<std::string>();
  hop.note = list.at(3).get<std::string>();
  if (const auto at = duration(list.at(4))) hop.at = WallTime(*at);
  hop.delay = duration(list.at(5));
  hop.tls = list.at(6).get<std::string>();
  return hop;
}

Json to_json(const BounceReport& bounce) {
  return {static_cast<int>(bounce.kind),
          bounce.hard,
          bounce.recipient,
          bounce.action,
          bounce.status,
          bounce.reply,
          bounce.reason,
          bounce.diagnostic,
          bounce.reporting_mta,
          bounce.remote_mta};
}

BounceReport bounce_from(const Json& list) {
  BounceReport bounce;
  bounce.kind = static_cast<BounceReport::Kind>(list.at(0).get<int>());
  bounce.hard = list.at(1).get<bool>();
  std::size_t at = 2;
  for (std::string* field : {&bounce.recipient, &bounce.action, &bounce.status, &bounce.reply, &bounce.reason,
                             &bounce.diagnostic, &bounce.reporting_mta, &bounce.remote_mta})
    *field = list.at(at++).get<std::string>();
  return bounce;
}

// The fourth place is there only when a filter said something; rows of earlier versions have three.
Verdicts verdicts_from(const Json& list) {
  Verdicts verdicts{list.at(0).get<std::string>(), list.at(1).get<std::string>(), list.at(2).get<std::string>()};
  if (list.size() > 3) verdicts.spam = list[3].get<std::string>();
  return verdicts;
}

void put_verdicts(Json& object, const Verdicts& verdicts) {
  Json list = {verdicts.spf, verdicts.dkim, verdicts.dmarc};
  if (!verdicts.spam.empty()) list.push_back(verdicts.spam);
  if (list != Json{"", "", ""}) object["verdicts"] = std::move(list);
}

void put_text(Json& object, const char* name, const std::string& text) {
  if (!text.empty()) object[name] = text;
}

template <class Item>
void put_list(Json& object, const char* name, const std::vector<Item>& items) {
  for (const Item& item : items) object[name].push_back(to_json(item));
}

void read_all(const Json& object, Canary& canary) {
  canary.reason = object.value("reason", "");
  canary.folder = object.value("folder", "");
  canary.smtp_reply = object.value("reply", "");
  if (const auto stages = object.find("stages"); stages != object.end())
    for (const Json& stage : *stages) canary.stages.push_back(stage_from(stage));
  if (const auto hops = object.find("hops"); hops != object.end())
    for (const Json& hop : *hops) canary.hops.push_back(hop_from(hop));
  if (const auto verdicts = object.find("verdicts"); verdicts != object.end())
    canary.verdicts = verdicts_from(*verdicts);
  if (const auto changes = object.find("changes"); changes != object.end())
    canary.changes = changes->get<std::vector<std::string>>();
  if (const auto bounce = object.find("bounce"); bounce != object.end()) canary.bounce = bounce_from(*bounce);
  canary.purpose = static_cast<CanaryPurpose>(object.value("purpose", 0));
}

}  // namespace

std::optional<std::string> canary_details(const Canary& canary) {
  Json object;
  put_text(object, "reason", canary.reason);
  put_text(object, "folder", canary.folder);
  put_text(object, "reply", canary.smtp_reply);
  put_list(object, "stages", canary.stages);
  put_list(object, "hops", canary.hops);
  put_verdicts(object, canary.verdicts);
  if (!canary.changes.empty()) object["changes"] = canary.changes;
  if (canary.bounce) object["bounce"] = to_json(*canary.bounce);
  if (canary.purpose != CanaryPurpose::scheduled) object["purpose"] = static_cast<int>(canary.purpose);
  if (object.is_null()) return std::nullopt;
  return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool read_canary_details(std::string_view details, Canary& canary) {
  const Json object = Json::parse(details, nullptr, false);
  if (!object.is_object()) return false;
  try {
    read_all(object, canary);
  } catch (const Json::exception&) {
    return false;
  }
  return true;
}

std::string select_canaries(std::string_view rest) {
  constexpr std::string_view what =
      "SELECT c.id, c.sent_at, c.fate, c.accepted_after, c.arrived_after, c.seen_after, c.settled_after, c.round_trip, "
      "c.arrival_source, c.resolution, c.clock_skew, c.duplicates, c.details, l.route, l.from_account, l.to_account, "
      "l.vantage, l.late_after, l.lost_after FROM canaries c JOIN lanes l ON l.key = c.lane ";
  return std::string(what).append(rest);
}

Canary read_canary_row(const Sql& sql, const Query& row, RowDetails wanted) {
  Canary canary;
  canary.id = canary_id({row.text(0), row.is_blob(0)});
  canary.sent_at = WallTime(Duration(row.number(1)));
  canary.fate = static_cast<Fate>(row.number(2));
  const auto after_sent = [&](int column) -> std::optional<WallTime> {
    const auto after = row.maybe_number(column);
    if (!after) return std::nullopt;
    return canary.sent_at + Duration(*after);
  };
  const auto time = [&](int column) -> std::optional<Duration> {
    const auto value = row.maybe_number(column);
    if (!value) return std::nullopt;
    return Duration(*value);
  };
  canary.accepted_at = after_sent(3);
  canary.arrived_at = after_sent(4);
  canary.seen_at = after_sent(5);
  canary.settled_at = after_sent(6);
  canary.round_trip = time(7);
  canary.arrival_source = static_cast<ArrivalSource>(row.number(8));
  canary.resolution = time(9);
  canary.clock_skew = time(10);
  canary.duplicates = static_cast<int>(row.number(11));
  const std::string details = row.text(12);
  canary.route = RouteName(row.text(13));
  canary.from = AccountName(row.text(14));
  canary.to = AccountName(row.text(15));
  canary.vantage = row.text(16);
  canary.late_after = Duration(row.number(17));
  canary.lost_after = Duration(row.number(18));
  const bool known_fate = canary.fate >= Fate::pending && canary.fate <= Fate::unknown;
  const bool left_out = wanted == RowDetails::of_failed && arrived(canary.fate) &&
                        details.find("\"purpose\"") == std::string::npos;
  if (!known_fate || (!details.empty() && !left_out && !read_canary_details(details, canary)))
    throw SqlFailure(
        {ErrorKind::io, "read ledger " + sql.path() + ": the row of canary " + canary.id.str() + " is damaged"});
  return canary;
}

}  // namespace mailcanary
