// When people are not told of an incident although it is open: its provider is under maintenance, somebody has silenced
// it, or it follows from another incident. Canaries are sent and counted all the same.
// Does not: know where maintenance and silences come from, or decide that something is wrong.
// Pure; any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "alerts/incident.h"
#include "config/config.h"
#include "core/result.h"

namespace mailcanary {

struct Maintenance {
  std::string id;  // of the act that announced it
  std::string name;
  WallTime from, until;
  Scope scope;
  std::string text;  // for the page: what is done
  std::string who;   // who announced it; empty: the configuration
  MaintenanceRule::Slo slo = MaintenanceRule::Slo::exclude;
  bool in_force(WallTime now) const { return from <= now && now < until; }
};

// One condition of a silence. All keys of a silence must match; of several values of one key, any.
struct Matcher {
  enum class Key { provider, account, route, impact, incident, channel } key = Key::provider;
  std::string value;
  bool operator==(const Matcher&) const = default;
};
const char* name_of(Matcher::Key key);
// "impact=minor". invalid_input says which keys there are; that the value stands for something is the caller's to check.
Result<Matcher> parse_matcher(std::string_view text);
std::string to_text(const std::vector<Matcher>& matchers);  // "provider=rackspace impact=minor"

struct Silence {
  std::string id;  // of the act that made it
  WallTime from, until;
  std::vector<Matcher> matchers;
  std::string comment, who;
  bool in_force(WallTime now) const { return from <= now && now < until; }
};

// What keeps one incident quiet at one moment. Words are for Notice::reason.
struct Quiet {
  std::string inhibited;    // "by 01J… (Example Mail does not accept mail)"; empty: it follows from no other one
  std::string maintenance;  // "disk replacement until 04:00 UTC"; empty: not wholly inside one
  struct Silenced {
    std::string words;                  // "until 14:00 UTC by alice: known"
    std::vector<ChannelName> channels;  // empty: all
  };
  std::vector<Silenced> silences;
};

// True when the scope holds every route of the incident and, where a culprit is named, the culprit as well. A fault of
// our own side is inside a scope of everything only: it is nobody's maintenance.
bool wholly_inside(const Config& config, const Scope& scope, const Incident& incident);
bool holds_route(const Config& config, const Scope& scope, const Route& route);
// By name, by all of its accounts, or by a scope of everything.
bool holds_provider(const Config& config, const Scope& scope, const ProviderName& provider);

// `open`: all open incidents, this one too.
Quiet quiet_for(const Config& config, const Incident& incident, const std::vector<Maintenance>& maintenance,
                const std::vector<Silence>& silences, const std::vector<Incident>& open, WallTime now);

}  // namespace mailcanary
