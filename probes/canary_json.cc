#include <chrono>
#include <cstdint>

#include <nlohmann/json.hpp>

#include "core/units.h"
#include "probes/canary.h"

namespace mailcanary {
namespace {

// Ordered, so that people find the fields where the documentation lists them.
using Json = nlohmann::ordered_json;

Json time_or_null(const std::optional<WallTime>& time) { return time ? Json(format_time(*time)) : Json(nullptr); }
Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

// Milliseconds; whole ones as integers, since that is what most readers expect to see.
Json millis_or_null(const std::optional<Duration>& time) {
  if (!time) return nullptr;
  const std::int64_t micros = time->count();
  if (micros % 1000 == 0) return micros / 1000;
  return static_cast<double>(micros) / 1000.0;
}

Json stages_json(const std::vector<StageRecord>& stages) {
  Json all = Json::array();
  for (const StageRecord& stage : stages) {
    all.push_back(
        {{"name", name_of(stage.stage)}, {"ms", millis_or_null(stage.took)}, {"error", text_or_null(stage.error)}});
  }
  return all;
}

Json json_of(const std::vector<Hop>& hops) {
  Json all = Json::array();
  for (const Hop& hop : hops) {
    all.push_back({{"from", hop.from},
                   {"by", hop.by},
                   {"at", time_or_null(hop.at)},
                   {"delay_ms", millis_or_null(hop.delay)},
                   {"protocol", hop.protocol},
                   {"tls", hop.tls},
                   {"note", hop.note}});
  }
  return all;
}

Json json_of(const Verdicts& verdicts) {
  return {{"spf", verdicts.spf}, {"dkim", verdicts.dkim}, {"dmarc", verdicts.dmarc}};
}

// Names from outside may hold bytes that are no UTF-8; they become U+FFFD instead of an exception.
std::string text_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

const char* name_of(BounceReport::Kind kind) {
  switch (kind) {
    case BounceReport::Kind::failed: return "failed";
    case BounceReport::Kind::delayed: return "delayed";
    case BounceReport::Kind::delivered: return "delivered";
    case BounceReport::Kind::relayed: return "relayed";
    case BounceReport::Kind::expanded: return "expanded";
    case BounceReport::Kind::other: break;
  }
  return "none";
}

Json bounce_json(const std::optional<BounceReport>& bounce) {
  if (!bounce) return nullptr;
  return {{"kind", name_of(bounce->kind)},
          {"recipient", bounce->recipient},
          {"action", bounce->action},
          {"status", bounce->status},
          {"reply", bounce->reply},
          {"reason", bounce->reason},
          {"hard", bounce->hard},
          {"diagnostic", bounce->diagnostic},
          {"reporting_mta", bounce->reporting_mta},
          {"remote_mta", bounce->remote_mta}};
}

}  // namespace

std::string canary_json(const Canary& canary) {
  const bool seen = canary.arrival_source != ArrivalSource::none;
  const Json json = {
      {"id", canary.id.str()},
      {"route", canary.route.str()},
      {"from", canary.from.str()},
      {"to", canary.to.str()},
      {"vantage", canary.vantage},
      {"sent_at", format_time(canary.sent_at)},
      {"accepted_at", time_or_null(canary.accepted_at)},
      {"arrived_at", time_or_null(canary.arrived_at)},
      {"arrival_source", seen ? Json(name_of(canary.arrival_source)) : Json(nullptr)},
      {"resolution_ms", millis_or_null(canary.resolution)},
      {"seen_at", time_or_null(canary.seen_at)},
      {"round_trip_ms", millis_or_null(canary.round_trip)},
      {"fate", name_of(canary.fate)},
      {"reason", canary.reason},
      {"duplicates", canary.duplicates},
      {"folder", canary.folder},
      {"stages", stages_json(canary.stages)},
      {"smtp_reply", canary.smtp_reply},
      {"hops", json_of(canary.hops)},
      {"verdicts", json_of(canary.verdicts)},
      {"bounce", bounce_json(canary.bounce)},
      {"changes", canary.changes}};
  return text_of(json);
}

std::string hops_json(const std::vector<Hop>& hops) { return text_of(json_of(hops)); }
std::string verdicts_json(const Verdicts& verdicts) { return text_of(json_of(verdicts)); }

}  // namespace mailcanary
