// An exercise: a made-up incident goes through the real channels, marked in every text, so that people see what will
// reach them and the operator sees what does not.
// Does not: touch the ledger (so it counts as no incident anywhere), or pages that customers read unless asked to.
// Threads: the calling thread runs the loop.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "alerts/notice.h"
#include "config/config.h"
#include "core/event_loop.h"

namespace mailcanary {

struct DrillScenario {
  const char* name;
  std::vector<NoticeKind> kinds;  // what each channel hears, in order; it ends with `resolved`, so nothing is left behind
  const char* says;
};
const std::vector<DrillScenario>& drill_scenarios();
const DrillScenario* drill_scenario(std::string_view name);  // null: unknown

struct DrillOptions {
  enum class Pages { spared, included } pages = Pages::spared;  // status pages that customers read
  Duration patience = std::chrono::seconds(30);                 // with one notice on one channel, retries included
  std::string by;                                               // who started it
};

struct DrillStep {
  NoticeKind kind = NoticeKind::opened;
  Duration took{};
  int attempts = 0;
};
struct DrillResult {  // of one channel
  ChannelName channel;
  std::string kind;
  enum class End { told, failed, spared } end = End::told;
  std::vector<DrillStep> steps;  // those that got through
  std::string fault;             // why the next one did not; safe one-line text
};

// The channels that `notify` names, each on its own way at the same time; in the order of the configuration.
std::vector<DrillResult> run_drill(EventLoop& loop, const Config& config, const DrillScenario& scenario, const DrillOptions& options);

// A notice of the exercise: EXERCISE stands in its title, its text, its public text and its incident.
Notice exercise_notice(NoticeKind kind, const ChannelName& channel, const Incident& incident, const std::string& by, WallTime now);
// What it is about: the first provider, critical.
Incident exercise_incident(const Config& config, WallTime now);

}  // namespace mailcanary
