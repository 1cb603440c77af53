// How soon, how surely and how rightly trouble is told: the real engine in a fixed set of made-up worlds, four accounts
// at three providers in a mesh, every five minutes, with many seeds. Its peers are two plain strategies on the very same
// scheduled canaries: three failures in a row with a deadline of 60 s, and one canary that is refused or missing for an
// hour. Both alarm on each route by itself and blame nobody, so each alarm of theirs is a false one when no event
// touches its route.
// Expected of the engine: hard outage median <= 75 s, p95 <= 200 s; black hole median <= 120 s, p95 <= 240 s; 20% loss
// median <= 25 min; own network median <= 60 s; calm: at most 0.05 false incidents a route and year and 5% more
// canaries; blips: none; right culprit >= 95%, our own side >= 99%.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>

#include "config/load.h"
#include "core/log.h"
#include "core/units.h"
#include "monitor/simulate/score.h"
#include "monitor/simulate/simulation.h"

using namespace mailcanary;
using namespace std::chrono_literals;

namespace {

constexpr const char* config_text = R"(
secret: 0123456789012345678901234567890123456789
vantage: here
providers: {north: {}, south: {}, west: {}}
accounts:
  n1: {provider: north, address: n1@north.example, smtp: "smtps://north.example", imap: "imaps://north.example", password: x}
  n2: {provider: north, address: n2@north.example, smtp: "smtps://north.example", imap: "imaps://north.example", password: x}
  s: {provider: south, address: s@south.example, smtp: "smtps://south.example", imap: "imaps://south.example", password: x}
  w: {provider: west, address: w@west.example, smtp: "smtps://west.example", imap: "imaps://west.example", password: x}
routes: [{mesh: [n1, n2, s, w]}]
)";

constexpr const char* fair = R"("routes": {"default": {"median": "3s", "sigma": 0.6,
  "tail": {"share": 0.01, "median": "8m", "sigma": 0.4}, "loss": 0.001}})";
constexpr const char* greylisting = R"("routes": {"default": {"median": "3s", "sigma": 0.6,
  "tail": {"share": 0.015, "median": "8m", "sigma": 0.4}, "loss": 0.001, "defer": 0.005}})";

struct Scene {
  const char* name;
  const char* duration;
  const char* weather;
  std::string events;  // {AT}: when it begins; {P}, {Q}: two providers with one account; {A}: one of two accounts
  int per_seed = 1;    // how many times as many seeds
};

std::string event(const char* length, const char* scope, const char* effect) {
  return fmt::format(R"({{"at": "{{AT}}", "for": "{}", "scope": {{{}}}, "effect": {{{}}}}})", length, scope, effect);
}

std::vector<Scene> scenes() {
  std::string blips, flaps;
  for (int i = 0; i < 40; ++i) {
    blips += fmt::format(R"({}{{"at": "{}m", "for": "2m", "scope": {}, "effect": {{"delay": "30s"}}}})", i ? "," : "",
                         1440 + 47 * i, i % 2 ? R"({"provider": "north"})" : "{}");
  }
  for (int i = 0; i < 6; ++i) {
    flaps += fmt::format(R"({}{{"at": "{}m", "for": "10m", "scope": {{"provider": "{{P}}", "leg": "submit"}}, "effect": {{"unreachable": 1}}}})",
                         i ? "," : "", 1440 + 20 * i);
  }
  std::string drifting;
  for (int week = 0; week < 3; ++week) {
    drifting += fmt::format(R"({}{{"at": "{}d", "for": "{}d", "scope": {{"provider": "{{P}}", "leg": "inbound"}}, "effect": {{"slow": 1.6}}}})",
                            week ? "," : "", 14 + 7 * week, 28 - 7 * week);
  }
  return {
      {"calm", "30d", fair, "", 1},
      {"calm, greylisting", "30d", greylisting, "", 1},
      {"hard outage at submission", "26h", fair, event("1h", R"("provider": "{P}", "leg": "submit")", R"("unreachable": 1)"), 4},
      {"submission refused", "26h", fair, event("1h", R"("provider": "{P}", "leg": "submit")", R"("reject": "554 5.7.1 no")"), 2},
      {"black hole inbound", "27h", fair, event("1h", R"("provider": "{P}", "leg": "inbound")", R"("loss": 1)"), 4},
      {"black hole outbound", "27h", fair, event("1h", R"("provider": "north", "leg": "outbound")", R"("loss": 1)"), 2},
      {"20% loss", "30h", fair, event("4h", R"("provider": "{P}", "leg": "inbound")", R"("loss": 0.2)"), 2},
      {"own network down", "26h", fair, event("30m", R"("self": true)", R"("unreachable": 1)"), 4},
      {"mailboxes unreadable", "26h", fair, event("1h", R"("provider": "{P}", "leg": "mailbox")", R"("unreachable": 1)"), 1},
      {"one bad account", "26h", fair, event("1h", R"("account": "{A}", "leg": "submit")", R"("reject": "554 5.7.1 suspended")"), 2},
      {"one bad path", "30h", fair, event("3h", R"("route": "{A}-{P}")", R"("loss": 1)"), 1},
      {"queue delay of days", "6d", fair, event("3d", R"("provider": "{P}")", R"("delay": "6h", "share": 0.7)"), 1},
      {"blips of two minutes", "56h", fair, blips, 1},
      {"flapping", "28h", fair, flaps, 1},
      {"two faults at once", "27h", fair,
       event("1h", R"("provider": "{P}", "leg": "submit")", R"("unreachable": 1)") + "," +
           event("1h", R"("provider": "{Q}", "leg": "inbound")", R"("loss": 1)"), 1},
      {"slow drift over weeks", "42d", fair, drifting, 1},
  };
}

std::string filled(const Scene& scene, std::uint64_t seed) {
  std::string world = fmt::format(R"({{"duration": "{}", {}, "events": [{}]}})", scene.duration, scene.weather, scene.events);
  const bool even = seed % 2 == 0;
  const std::pair<std::string, std::string> marks[] = {
      {"{AT}", fmt::format("{}s", 86400 + (seed * 7919) % 3600)}, {"{P}", even ? "south" : "west"}, {"{Q}", even ? "west" : "south"},
      {"{A}", even ? "n1" : "n2"}};
  for (const auto& [mark, text] : marks) {
    for (std::size_t at; (at = world.find(mark)) != std::string::npos;) world.replace(at, mark.size(), text);
  }
  // A path is named by accounts.
  for (const auto& [wrong, right] : {std::pair{"-south\"", "-s\""}, {"-west\"", "-w\""}}) {
    for (std::size_t at; (at = world.find(wrong)) != std::string::npos;) world.replace(at, std::string_view(wrong).size(), right);
  }
  return world;
}

// One route's alarms by a plain strategy.
struct Alarms {
  struct Result {
    WallTime known_at;
    bool good;
  };
  std::vector<Result> results;
  std::vector<WallTime> raised(int in_a_row) const {
    std::vector<WallTime> at;
    std::vector<Result> ordered = results;
    std::sort(ordered.begin(), ordered.end(), [](const Result& a, const Result& b) { return a.known_at < b.known_at; });
    int bad = 0;
    for (const auto& result : ordered) {
      bad = result.good ? 0 : bad + 1;
      if (bad == in_a_row) at.push_back(result.known_at);
    }
    return at;
  }
};

struct Tally {
  std::vector<Duration> met_after;  // onset until the first scheduled canary that the event touches was sent
  std::vector<Duration> found_after;
  int events = 0, falsely = 0, right = 0, blamed = 0;
  std::int64_t canaries = 0, confirming = 0, notices = 0;
  int incidents = 0;
  double route_years = 0;
};

std::string time_of(std::vector<Duration> times, double share, int events) {
  if (events == 0) return "-";
  std::sort(times.begin(), times.end());
  const auto rank = static_cast<std::size_t>(share * (events - 1) + 0.5);
  return rank < times.size() ? human_duration(times[rank]) : "never";
}

void print(const char* who, const Tally& tally) {
  fmt::print("  {:26} found {:4}/{:<4} median {:>12}  p95 {:>12}  false {:8.3f} a route and year", who, tally.found_after.size(),
             tally.events, time_of(tally.found_after, 0.5, tally.events), time_of(tally.found_after, 0.95, tally.events),
             tally.falsely / tally.route_years);
}

void print_incidents(const World& world, const Simulation& simulation, const Scores& scores) {
  for (std::size_t i = 0; i < simulation.incidents.size(); ++i) {
    const Incident& incident = simulation.incidents[i].incident;
    const auto of = scores.event_of[i];
    const WallTime onset = of ? world.start + world.events[*of].at : world.start;
    std::string routes;
    for (const auto& [route, at] : simulation.incidents[i].joined) routes += " " + route.str();
    fmt::print("    {} after {}, {} long, {}, blames {}/{}/{}{}:{}\n", of ? "opened" : "FALSE", human_duration(incident.opened_at - onset),
               human_duration(incident.resolved_at.value_or(simulation.ended) - incident.opened_at), incident.title,
               incident.blame.provider.str(), incident.blame.account.str(), name_of(incident.blame.leg),
               incident.blame.self ? " self" : "", routes);
    for (const auto& update : incident.updates)
      fmt::print("      {} {}: {}\n", human_duration(update.at - onset), name_of(update.status), update.text.substr(0, update.text.find('\n')));
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("how soon, how surely and how rightly trouble is told");
  int seeds = 10;
  std::string only;
  bool verbose = false;
  app.add_flag("--verbose", verbose, "each incident, too");
  app.add_option("--seeds", seeds, "lives of each world; some worlds are lived more often");
  app.add_option("--only", only, "worlds whose name begins so");
  CLI11_PARSE(app, argc, argv);
  set_log_level(LogLevel::error);  // warnings are of worlds that are not

  const Loaded loaded = load_config_text(config_text, "mesh.yaml", LoadEffect::read_only);
  if (!loaded.ok()) return 1;
  const Config& config = loaded.config;
  for (const Scene& scene : scenes()) {
    if (!std::string_view(scene.name).starts_with(only)) continue;
    Tally ours, three, hour;
    const auto began = std::chrono::steady_clock::now();
    Duration lived{};
    for (int seed = 1; seed <= seeds * scene.per_seed; ++seed) {
      const LoadedWorld made = load_world_text(filled(scene, static_cast<std::uint64_t>(seed)), config);
      for (const auto& diagnostic : made.diagnostics) fmt::print(stderr, "{}\n", to_text(diagnostic, scene.name));
      if (!made.ok()) return 1;
      const World& world = made.world;
      lived += world.duration;
      std::vector<Alarms> by_deadline(config.routes.size()), by_hour(config.routes.size());
      SimulationOptions options;
      options.seed = static_cast<std::uint64_t>(seed);
      const Weather weather(config, world, 0);
      std::vector<std::optional<Duration>> met(world.events.size());
      options.on_sent = [&](const CanaryNumber& canary, WallTime sent_at, const Passage& passage) {
        if (canary.purpose != CanaryPurpose::scheduled) return;
        for (std::size_t e = 0; e < met.size(); ++e) {
          const bool touched = world.events[e].scope.self || weather.touches(e, canary.route);
          if (!met[e] && touched && sent_at >= weather.begin_of(e)) met[e] = sent_at - weather.begin_of(e);
        }
        const auto note = [&](Alarms& alarms, Duration patience) {
          std::optional<WallTime> arrived;
          for (const auto& copy : passage.copies) {
            if (copy.kind == Sighting::Kind::canary) arrived = std::min(arrived.value_or(copy.readable_at), copy.readable_at);
          }
          if (passage.verdict != SubmitOutcome::Verdict::accepted)
            alarms.results.push_back({passage.answered_at, false});
          else if (arrived && *arrived - sent_at <= patience)
            alarms.results.push_back({*arrived, true});
          else
            alarms.results.push_back({sent_at + patience, false});
        };
        note(by_deadline[canary.route], 60s);
        note(by_hour[canary.route], 1h);
      };
      const auto simulation = simulate(config, world, options);
      if (!simulation) {
        fmt::print(stderr, "{}\n", simulation.error().message);
        return 1;
      }
      const Scores scores = judge(config, world, *simulation);
      const double years = static_cast<double>(config.routes.size()) * std::chrono::duration<double>(world.duration).count() / (365.25 * 86400);
      const bool harmless = std::string_view(scene.name).starts_with("blips");
      for (const auto& of_event : scores.events) {
        ++ours.events;
        if (of_event.opened_after) ours.found_after.push_back(*of_event.opened_after);
        if (of_event.blame_right) ++ours.blamed;
        if (of_event.blame_right.value_or(false)) ++ours.right;
      }
      ours.falsely += harmless ? static_cast<int>(simulation->incidents.size()) : scores.false_incidents;
      ours.incidents += static_cast<int>(simulation->incidents.size());
      ours.canaries += simulation->canaries;
      ours.confirming += simulation->confirming;
      for (const auto& [kind, count] : simulation->notices) ours.notices += count;
      for (const auto& after : met) {
        if (after) ours.met_after.push_back(*after);
      }
      for (std::size_t e = 0; verbose && e < met.size(); ++e) {
        if (met[e] && scores.events[e].opened_after)
          fmt::print("    seed {}: first met after {}, told {} later\n", seed, human_duration(*met[e]),
                     human_duration(*scores.events[e].opened_after - *met[e]));
      }
      if (verbose) print_incidents(world, *simulation, scores);
      const auto compare = [&](Tally& tally, const std::vector<Alarms>& alarms, int in_a_row) {
        std::vector<std::optional<Duration>> found(world.events.size());
        for (std::size_t route = 0; route < alarms.size(); ++route) {
          for (const WallTime at : alarms[route].raised(in_a_row)) {
            bool meant = false;
            for (std::size_t e = 0; e < world.events.size(); ++e) {
              const bool self = world.events[e].scope.self;
              if (harmless || (!self && !weather.touches(e, route))) continue;
              if (at < weather.begin_of(e) || at > weather.end_of(e) + world.events[e].effect.delay + 90min) continue;
              meant = true;
              const Duration after = at - weather.begin_of(e);
              found[e] = std::min(found[e].value_or(after), after);
            }
            if (!meant) ++tally.falsely;
          }
        }
        tally.events += static_cast<int>(found.size());
        for (const auto& after : found) {
          if (after) tally.found_after.push_back(*after);
        }
      };
      compare(three, by_deadline, 3);
      compare(hour, by_hour, 1);
      for (Tally* tally : {&ours, &three, &hour}) tally->route_years += years;
    }
    const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    fmt::print("{}  ({} lives, {:.0f} thousand times real time)\n", scene.name, seeds * scene.per_seed,
               std::chrono::duration<double>(lived).count() / took / 1000);
    print("mailcanary", ours);
    fmt::print("\n  {:26} first met by a canary: median {}\n", "", time_of(ours.met_after, 0.5, static_cast<int>(ours.met_after.size())));
    fmt::print("  {:26} culprit right {}/{}, {:.1f}% confirming canaries, {} incidents, {:.1f} notices a life\n", "",
               ours.right, ours.blamed, 100.0 * static_cast<double>(ours.confirming) / static_cast<double>(std::max<std::int64_t>(1, ours.canaries - ours.confirming)),
               ours.incidents, static_cast<double>(ours.notices) / (seeds * scene.per_seed));
    print("three in a row, 60 s", three);
    fmt::print("\n");
    print("one missing for an hour", hour);
    fmt::print("\n");
    std::fflush(stdout);
  }
  return 0;
}
