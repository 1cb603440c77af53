// The incident as a JSON object, for the places that build larger documents around it.
// Pure; any thread. Inside alerts/ only.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "alerts/incident.h"

namespace mailcanary {

nlohmann::ordered_json incident_object(const Incident& incident);
// True when `detail` (an incident_json of before) says the same of title, status, impact and culprit as the incident
// does now. Unreadable text says nothing, so it is never the same.
bool same_news(std::string_view detail, const Incident& incident);

// True when it says the same numbers too.
bool same_counts(std::string_view detail, const Incident& incident);

// JSON text of a value. Broken UTF-8 becomes U+FFFD instead of an exception: names and replies come from outside.
enum class JsonStyle { compact, readable };
std::string json_text(const nlohmann::ordered_json& value, JsonStyle style);

nlohmann::ordered_json json_time(const std::optional<WallTime>& time);  // null when absent
nlohmann::ordered_json json_milliseconds(const std::optional<Duration>& time);

}  // namespace mailcanary
