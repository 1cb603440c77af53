// How bad something is, as page and API show it: one scale for components, incidents, days and the whole.
// Pure; any thread. Inside alerts/ only.
#pragma once
#include <string>
#include <string_view>

#include "alerts/status_view.h"

namespace mailcanary {

// In rising order but for `unknown`, which is outside the scale: neither healthy nor down.
// Maintenance is announced, so it is no trouble.
enum class Level { ok, maintenance, minor, major, critical, unknown };

Level level_of_impact(Impact impact);
Level level_of_status(std::string_view component_status);  // "partial_outage" → major
Level level_of_indicator(std::string_view indicator);      // "none" → ok; a word we do not know → unknown
// Not measured and not known to be broken: unknown. A known outage stays what it is.
Level level_of_component(const ComponentView& component);

const char* indicator_of(Level level);  // none, minor, major, critical, unknown
const char* words_of(Level level);      // "Operational", "Degraded performance", …, "Not measured"
const char* css_class_of(Level level);  // "ok", "minor", "major", "critical", "unknown"

}  // namespace mailcanary
