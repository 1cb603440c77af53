// A month's replay with an outage of three days, as customers of a large provider lived through in 2022: nine of ten
// mails into one provider come six hours late. What people would have been told is looked at as a whole.
// Expected: one incident and no false one, the right culprit, at most 12 updates, "delayed, not lost" said once canaries
// trickle in, and the end only when the event is over and the last route is well.
//
//   bench/month [--seed N] [--days D]
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "bench/kit/bench.h"
#include "config/load.h"
#include "core/units.h"
#include "monitor/simulate/score.h"
#include "monitor/simulate/simulation.h"

namespace {

using namespace mailcanary;
using namespace mailcanary::bench;
using namespace std::chrono_literals;

constexpr const char* mesh = R"(
secret: "0123456789012345678901234567890123456789"
vantage: here
providers: {acme: {}, bolt: {}, corp: {}}
accounts:
  a1: {provider: acme, address: a1@acme.example, smtp: "smtps://acme.example", imap: "imaps://acme.example", password: x}
  a2: {provider: acme, address: a2@acme.example, smtp: "smtps://acme.example", imap: "imaps://acme.example", password: x}
  b: {provider: bolt, address: b@bolt.example, smtp: "smtps://bolt.example", imap: "imaps://bolt.example", password: x}
  c: {provider: corp, address: c@corp.example, smtp: "smtps://corp.example", imap: "imaps://corp.example", password: x}
routes: [{mesh: [a1, a2, b, c]}]
)";

std::string world_of(int days) {
  return fmt::format(R"({{"duration": "{}d", "start": "2026-01-01T00:00:00Z",
    "routes": {{"default": {{"median": "3s", "sigma": 0.5}}}},
    "events": [{{"at": "{}d", "for": "3d", "scope": {{"provider": "corp", "leg": "inbound"}},
                "effect": {{"delay": "6h", "share": 0.9}}}}]}})", days, days / 3);
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t seed = 1;
  int days = 30;
  CLI::App app("A month with an outage of three days");
  app.add_option("--seed", seed, "of the world's luck")->capture_default_str();
  app.add_option("--days", days, "length of the replay")->check(CLI::Range(6, 90))->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  const Loaded config = load_config_text(mesh, "mesh.yaml", LoadEffect::read_only);
  const LoadedWorld world = load_world_text(world_of(days), config.config);
  if (!config.ok() || !world.ok()) die("the mesh or its world cannot be read");
  SimulationOptions options;
  options.seed = seed;
  Simulation lived;
  const Cost cost = measure([&] { lived = value_or_die(simulate(config.config, world.world, options)); });
  const Scores scores = judge(config.config, world.world, lived);

  fmt::print("{} days, {} canaries ({} confirming), in {:.1f} s: {:.0f} times real time\n", days, lived.canaries, lived.confirming,
             cost.wall, days * 86400 / cost.wall);
  int updates = 0, delayed = 0;
  for (const auto& [kind, count] : lived.notices) {
    fmt::print("  {} {}\n", count, name_of(kind));
    if (kind == NoticeKind::updated) updates = count;
  }
  double resolved_after = -1;
  const WallTime end = world.world.start + 24h * (days / 3) + 72h;
  for (const auto& [incident, joined] : lived.incidents) {
    fmt::print("\n{} ({}, {} routes), began {}\n", incident.title, name_of(incident.impact), incident.routes.size(), format_time(incident.began_at));
    for (const auto& update : incident.updates) {
      fmt::print("  {} {}: {}\n", format_time(update.at), name_of(update.status), update.text);
      if (update.text.find("delayed, not lost") != std::string::npos) ++delayed;
    }
    if (incident.resolved_at) resolved_after = std::max(resolved_after, seconds(*incident.resolved_at - end));
  }
  fmt::print("\n");
  Expectations expectations;
  expectations.at_most("incidents", static_cast<double>(lived.incidents.size()), 1, "");
  expectations.at_least("incidents", static_cast<double>(lived.incidents.size()), 1, "");
  expectations.at_most("false incidents", scores.false_incidents, 0, "");
  expectations.at_least("right culprit", scores.events.at(0).blame_right == true ? 1 : 0, 1, "");
  expectations.at_most("updates", updates, 12, "");
  expectations.at_least("updates that say delayed, not lost", delayed, 1, "");
  expectations.at_least("closed, after the end of the event", resolved_after, 0, "s");
  return lived.books.faults.empty() ? expectations.exit_code() : 1;
}
