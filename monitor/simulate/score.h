// What a simulation proved: which incident tells of which event, how soon, and whether it blames the right place.
//
// An incident tells of an event when it was open while the event went on (or soon after: canaries take their time) and
// shares a route with the event's scope. One that tells of none is false. It blames the right place when what it blames
// (our own network; an account; all accounts of a provider) holds exactly the accounts of the event's scope, and the leg
// is the event's, if that has one. For one route: when it blames nobody and names that route alone, or blames a place
// that this route alone passes.
// Pure; any thread.
#pragma once
#include <optional>
#include <vector>

#include "monitor/simulate/simulation.h"

namespace mailcanary {

struct EventScore {
  WallTime onset;
  std::optional<Duration> opened_after;    // onset until one of its routes fails in an incident
  std::optional<bool> blame_right;         // nothing: no incident
  std::optional<Duration> resolved_after;  // its end until its last incident is resolved; negative: before
};

struct Scores {
  std::vector<std::optional<std::size_t>> event_of;  // one an incident
  std::vector<EventScore> events;
  int false_incidents = 0;
};
Scores judge(const Config& config, const World& world, const Simulation& simulation);

}  // namespace mailcanary
