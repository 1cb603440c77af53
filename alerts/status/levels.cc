#include "alerts/status/levels.h"

namespace mailcanary {

Level level_of_impact(Impact impact) {
  switch (impact) {
    case Impact::none: return Level::ok;
    case Impact::minor: return Level::minor;
    case Impact::major: return Level::major;
    case Impact::critical: return Level::critical;
  }
  return Level::unknown;
}

Level level_of_status(std::string_view component_status) {
  for (const Impact impact : {Impact::none, Impact::minor, Impact::major, Impact::critical})
    if (component_status == component_status_of(impact)) return level_of_impact(impact);
  if (component_status == maintenance_status) return Level::maintenance;
  return Level::minor;  // whatever else is not "operational"
}

Level level_of_indicator(std::string_view indicator) {
  for (const Level level : {Level::ok, Level::minor, Level::major, Level::critical})
    if (indicator == indicator_of(level)) return level;
  return Level::unknown;
}

Level level_of_component(const ComponentView& component) {
  const Level level = level_of_status(component.status);
  return component.unknown && level == Level::ok ? Level::unknown : level;
}

const char* indicator_of(Level level) {
  switch (level) {
    case Level::ok:
    case Level::maintenance: return "none";
    case Level::minor: return "minor";
    case Level::major: return "major";
    case Level::critical: return "critical";
    case Level::unknown: return "unknown";
  }
  return "unknown";
}

const char* words_of(Level level) {
  switch (level) {
    case Level::ok: return "Operational";
    case Level::maintenance: return "Under maintenance";
    case Level::minor: return "Degraded performance";
    case Level::major: return "Partial outage";
    case Level::critical: return "Major outage";
    case Level::unknown: return "Not measured";
  }
  return "Not measured";
}

const char* css_class_of(Level level) {
  switch (level) {
    case Level::ok: return "ok";
    case Level::maintenance: return "maintenance";
    case Level::minor: return "minor";
    case Level::major: return "major";
    case Level::critical: return "critical";
    case Level::unknown: return "unknown";
  }
  return "unknown";
}

}  // namespace mailcanary
