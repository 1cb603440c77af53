// A month with an outage of three days, as it happened to Rackspace's customers: mail into one provider is held up for
// hours while the rest works. What people were told is looked at as a whole.
#include <fmt/format.h>

#include "core/units.h"
#include "tests/catch.h"
#include "tests/monitor/simulated.h"

using namespace mailcanary;
using namespace mailcanary::test;
using namespace std::chrono_literals;

namespace {

const char* const month = R"({"duration": "30d", "start": "2026-01-01T00:00:00Z",
  "routes": {"default": {"median": "3s", "sigma": 0.5}},
  "events": [{"at": "10d", "for": "3d", "scope": {"provider": "corp", "leg": "inbound"}, "effect": {"delay": "6h", "share": 0.9}}]})";

std::string told(const Simulation& simulation) {
  std::string text;
  for (const auto& [kind, count] : simulation.notices) text += fmt::format("{} {} ", count, name_of(kind));
  return text;
}

}  // namespace

TEST_CASE("a month's replay with an outage of three days is one incident, told without a storm, and closed when all is well") {
  const Lived lived = live(month);
  INFO(told(lived.simulation));
  REQUIRE(lived.simulation.incidents.size() == 1);
  CHECK(lived.scores.false_incidents == 0);
  const Incident& incident = lived.simulation.incidents.front().incident;
  for (const auto& update : incident.updates) UNSCOPED_INFO(format_time(update.at) + " " + name_of(update.status) + ": " + update.text);

  CHECK(lived.scores.events.at(0).blame_right == true);
  CHECK(incident.routes.size() == 3);  // all ways into corp
  // Opened and resolved once; updates when something has changed, a few a day.
  CHECK(lived.simulation.notices.at(NoticeKind::opened) == 1);
  CHECK(lived.simulation.notices.at(NoticeKind::resolved) == 1);
  const auto updates = lived.simulation.notices.find(NoticeKind::updated);
  REQUIRE(updates != lived.simulation.notices.end());
  CHECK(updates->second <= 12);

  int delayed = 0;
  for (const auto& update : incident.updates) delayed += update.text.find("delayed, not lost") != std::string::npos;
  CHECK(delayed > 0);

  // Not before the event ended; and then nothing more was late on any route.
  REQUIRE(incident.resolved_at);
  CHECK(*incident.resolved_at >= lived.world.start + 13 * 24h);
  CHECK(*incident.resolved_at <= lived.world.start + 13 * 24h + 8h);
  CHECK(incident.failing.empty());
  CHECK(lived.count(Fate::lost) == 0);
  CHECK(lived.simulation.books.faults.empty());
}
