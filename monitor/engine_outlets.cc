// What the engine says to those who tell: how things stand for a channel; and the counters behind the metrics, which
// outlive a process that lives for one turn (`tick`).
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <ranges>

#include "monitor/engine.h"

namespace mailcanary {
namespace {

using Json = nlohmann::json;

// A trouble of ours that the next canary or two no longer meet is none to call anybody for.
constexpr Duration unmeasured_patience = std::chrono::minutes(10);

constexpr const char* tally_prefix = "tally.";

Json json_of(const RoundTripBuckets& buckets) { return {{"counts", buckets.counts}, {"sum", buckets.sum_seconds}}; }

void read(const Json& json, RoundTripBuckets& buckets) {
  if (!json.is_object() || !json.contains("counts") || !json["counts"].is_array() || !json.contains("sum")) return;
  if (json["counts"].size() != buckets.counts.size() || !json["sum"].is_number()) return;
  for (std::size_t i = 0; i < buckets.counts.size(); ++i)
    if (json["counts"][i].is_number_unsigned()) buckets.counts[i] = json["counts"][i].get<std::uint64_t>();
  buckets.sum_seconds = json["sum"].get<double>();
}

}  // namespace

Standing Engine::standing(const ChannelName& channel) const {
  Standing standing;
  for (const auto& [id, incident] : open_) {
    const auto list = notices_.find(id);
    if (list == notices_.end()) continue;
    for (const auto& notice : std::views::reverse(list->second)) {
      if (notice.channel != channel || notice.state == NoticeState::held) continue;
      standing.open.push_back(notice);
      standing.open.back().remote_ref = remote_ref(id, channel);
      break;
    }
  }
  std::stable_sort(standing.open.begin(), standing.open.end(),
                   [](const Notice& a, const Notice& b) { return a.impact > b.impact; });
  const auto known = [](const auto& entry) { return entry.second.state != RouteState::unknown; };
  if (!routes_.empty() && std::none_of(routes_.begin(), routes_.end(), known)) {
    standing.unknown = unmeasured_words({{routes_.begin()->first, routes_.begin()->second.reason, now_}}, 1);
  } else {
    standing.unknown = unmeasured_words(unmeasured(now_), routes_.size());
  }
  return standing;
}

std::vector<Unmeasured> Engine::unmeasured(WallTime now) const {
  std::vector<Unmeasured> found;
  for (const auto& [name, memory] : routes_) {
    if (memory.state != RouteState::unknown) continue;
    const auto last = std::find_if(memory.seen.rbegin(), memory.seen.rend(), [](const Observation& o) { return counts(o); });
    const WallTime since = last == memory.seen.rend() ? began_at_ : last->sent_at;
    if (now - since > memory.route->every + unmeasured_patience) found.push_back({name, memory.reason, since});
  }
  return found;
}

void Engine::keep_tallies() {
  const auto keep = [&](const std::string& what, const Json& value) {
    const std::string key = tally_prefix + what, text = value.dump();
    if (std::string& known = facts_[key]; known != text) record_.facts[key] = known = text;
  };
  for (const auto& [name, memory] : routes_) {
    Json fates = Json::object();
    for (const auto& [fate, count] : memory.settled) fates[std::to_string(static_cast<int>(fate))] = count;
    if (!fates.empty()) keep("route." + name.str(), {{"fates", fates}, {"times", json_of(memory.round_trips)}});
  }
  Json stages = Json::array(), notices = Json::array();
  for (const auto& [key, times] : stage_times_) stages.push_back({key.first.str(), static_cast<int>(key.second), json_of(times)});
  for (const auto& [key, count] : notices_ended_) notices.push_back({key.first.str(), static_cast<int>(key.second), count});
  keep("stages", stages);
  keep("notices", notices);
}

void Engine::restore_tallies() {
  const auto tally = [&](const std::string& what) {
    const auto fact = facts_.find(tally_prefix + what);
    return fact == facts_.end() ? Json() : Json::parse(fact->second, nullptr, false);
  };
  const auto is_row = [](const Json& row) {
    return row.is_array() && row.size() == 3 && row[0].is_string() && row[1].is_number_integer();
  };
  for (auto& [name, memory] : routes_) {
    const Json known = tally("route." + name.str());
    if (!known.is_object() || !known.contains("fates") || !known["fates"].is_object()) continue;
    for (const auto& [fate, count] : known["fates"].items())
      if (count.is_number_integer()) memory.settled[static_cast<Fate>(std::atoi(fate.c_str()))] = count.get<std::int64_t>();
    if (known.contains("times")) read(known["times"], memory.round_trips);
  }
  for (const Json& row : tally("stages"))
    if (is_row(row)) read(row[2], stage_times_[{ProviderName(row[0].get<std::string>()), static_cast<Stage>(row[1].get<int>())}]);
  for (const Json& row : tally("notices"))
    if (is_row(row) && row[2].is_number_integer())
      notices_ended_[{ChannelName(row[0].get<std::string>()), static_cast<NoticeState>(row[1].get<int>())}] = row[2].get<std::int64_t>();
}

}  // namespace mailcanary
