// How soon, how surely and how rightly trouble is told: the real engine in a fixed set of made-up worlds, four accounts
// at three providers in a mesh, every five minutes, with many seeds. Its peers are two plain strategies on the very same
// scheduled canaries: three failures in a row with a deadline of 60 s, and one canary that is refused or missing for an
// hour. Both alarm on each route by itself and blame nobody, so each alarm of theirs is a false one when no event
// touches its route.
// Each figure that is expected of the engine stands in scenes(), and is printed as met or NOT MET. The constants of the
// engine were chosen on lives 1 to 80; the default lives are others, from 1001 on.
// It takes some ten minutes on one core; --seeds and --calm-lives ask for more (twelve routes for sixty days are two route-years).
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <span>

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
  struct Expected {
    std::optional<Duration> median = std::nullopt, p95 = std::nullopt;  // of the time until it is told
    std::optional<double> right = std::nullopt;                         // share of culprits
    std::optional<double> falsely = std::nullopt;                       // incidents a route and year
    std::optional<double> confirming = std::nullopt;                    // canaries, to each scheduled one
  } expected = {};
  std::size_t told = 100;  // so many events, from the first, are to be told; more of them are the same one growing
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
      {"calm", "60d", fair, "", 1, {.falsely = 0.05, .confirming = 0.05}},
      {"calm, greylisting", "60d", greylisting, "", 1, {.falsely = 0.05, .confirming = 0.05}},
      {"hard outage at submission", "26h", fair, event("1h", R"("provider": "{P}", "leg": "submit")", R"("unreachable": 1)"), 4,
       {.median = 75s, .p95 = 200s, .right = 0.95}},
      {"submission refused", "26h", fair, event("1h", R"("provider": "{P}", "leg": "submit")", R"("reject": "554 5.7.1 no")"), 2,
       {.median = 75s, .p95 = 200s, .right = 0.95}},
      {"black hole inbound", "27h", fair, event("1h", R"("provider": "{P}", "leg": "inbound")", R"("loss": 1)"), 4,
       {.median = 120s, .p95 = 240s, .right = 0.95}},
      {"black hole outbound", "27h", fair, event("1h", R"("provider": "north", "leg": "outbound")", R"("loss": 1)"), 2,
       {.median = 120s, .p95 = 240s, .right = 0.95}},
      {"20% loss", "30h", fair, event("4h", R"("provider": "{P}", "leg": "inbound")", R"("loss": 0.2)"), 4,
       {.median = 25min, .right = 0.95}},
      {"own network down", "26h", fair, event("30m", R"("self": true)", R"("unreachable": 1)"), 4, {.median = 60s, .right = 0.99}},
      {"mailboxes unreadable", "26h", fair, event("1h", R"("provider": "{P}", "leg": "mailbox")", R"("unreachable": 1)"), 2,
       {.right = 0.95}},
      {"one bad account", "26h", fair, event("1h", R"("account": "{A}", "leg": "submit")", R"("reject": "554 5.7.1 suspended")"), 4,
       {.right = 0.95}},
      {"one bad path", "30h", fair, event("3h", R"("route": "{A}-{P}")", R"("loss": 1)"), 2, {.right = 0.95}},
      {"queue delay of days", "6d", fair, event("3d", R"("provider": "{P}")", R"("delay": "6h", "share": 0.7)"), 1, {.right = 0.95}},
      {"blips of two minutes", "56h", fair, blips, 1, {.falsely = 0}},
      {"flapping", "28h", fair, flaps, 1, {.right = 0.95}},
      {"two faults at once", "27h", fair,
       event("1h", R"("provider": "{P}", "leg": "submit")", R"("unreachable": 1)") + "," +
           event("1h", R"("provider": "{Q}", "leg": "inbound")", R"("loss": 1)"), 2},
      {"slow drift over weeks", "42d", fair, drifting, 1, {}, 1},
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
  int events = 0, falsely = 0, right = 0;
  std::int64_t canaries = 0, confirming = 0, notices = 0;
  int incidents = 0;
  double route_years = 0;
};

std::optional<Duration> time_of(std::vector<Duration> times, double share, int events) {
  std::sort(times.begin(), times.end());
  const auto rank = static_cast<std::size_t>(share * std::max(0, events - 1) + 0.5);
  return rank < times.size() ? std::optional(times[rank]) : std::nullopt;
}

std::string words_of(std::optional<Duration> time, int events) { return events == 0 ? "-" : time ? human_duration(*time) : "never"; }

double share_of(std::int64_t some, std::int64_t all) { return all == 0 ? 0 : static_cast<double>(some) / static_cast<double>(all); }

double confirming_of(const Tally& tally) { return share_of(tally.confirming, tally.canaries - tally.confirming); }

void print(const char* who, const Tally& tally) {
  const auto time = [&](double share) { return words_of(time_of(tally.found_after, share, tally.events), tally.events); };
  const std::string found = tally.events == 0 ? "-" : fmt::format("{}/{}", tally.found_after.size(), tally.events);
  fmt::print("  {:24} {:>8} {:>13} {:>13} {:>12.3f}", who, found, time(0.5), time(0.95), tally.falsely / tally.route_years);
}

void print_figures(const Scene::Expected& expected, const Tally& ours) {
  const auto line = [](bool met, const std::string& words) { fmt::print("    {:8} {}\n", met ? "met:" : "NOT MET:", words); };
  const auto time = [&](std::optional<Duration> limit, double share, const char* name) {
    if (!limit) return;
    const auto took = time_of(ours.found_after, share, ours.events);
    line(took && *took <= *limit, fmt::format("{} {} (at most {})", name, words_of(took, ours.events), human_duration(*limit)));
  };
  time(expected.median, 0.5, "median");
  time(expected.p95, 0.95, "p95");
  if (expected.right)
    line(share_of(ours.right, ours.events) >= *expected.right,
         fmt::format("culprit right in {:.1f}% (at least {:.0f}%)", 100 * share_of(ours.right, ours.events), 100 * *expected.right));
  if (expected.falsely)
    line(ours.falsely <= *expected.falsely * ours.route_years,
         fmt::format("{:.3f} false incidents a route and year (at most {}); {} in {:.1f} route-years", ours.falsely / ours.route_years,
                     *expected.falsely, ours.falsely, ours.route_years));
  if (expected.confirming)
    line(confirming_of(ours) <= *expected.confirming,
         fmt::format("{:.1f}% confirming canaries (at most {:.0f}%)", 100 * confirming_of(ours), 100 * *expected.confirming));
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
  int seeds = 3, first_seed = 1001, calm_lives = 0;
  std::string only;
  bool verbose = false;
  app.add_flag("--verbose", verbose, "each incident, too");
  app.add_option("--seeds", seeds, "lives of each world; some worlds are lived more often");
  app.add_option("--calm-lives", calm_lives, "lives of the calm worlds, when they are to be more");
  app.add_option("--first-seed", first_seed, "of the first life; the next ones follow");
  app.add_option("--only", only, "the world of this name, or worlds whose name begins so");
  CLI11_PARSE(app, argc, argv);
  set_log_level(LogLevel::error);  // warnings are of worlds that are not

  const Loaded loaded = load_config_text(config_text, "mesh.yaml", LoadEffect::read_only);
  if (!loaded.ok()) return 1;
  const Config& config = loaded.config;
  const std::vector<Scene> all = scenes();
  for (const Scene& scene : all) {
    const bool named = std::any_of(all.begin(), all.end(), [&](const Scene& one) { return one.name == only; });
    if (named ? scene.name != only : !std::string_view(scene.name).starts_with(only)) continue;
    const bool calm = scene.events.empty();
    const int lives = calm && calm_lives > 0 ? calm_lives : seeds * scene.per_seed;
    Tally ours, three, hour;
    const auto began = std::chrono::steady_clock::now();
    Duration lived{};
    for (int seed = first_seed; seed < first_seed + lives; ++seed) {
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
      const std::size_t to_be_told = std::min(scene.told, scores.events.size());
      for (std::size_t e = 0; e < to_be_told; ++e) {
        const EventScore& of_event = scores.events[e];
        ++ours.events;
        if (of_event.opened_after) ours.found_after.push_back(*of_event.opened_after);
        if (of_event.blame_right.value_or(false)) ++ours.right;
      }
      ours.falsely += harmless ? static_cast<int>(simulation->incidents.size()) : scores.false_incidents;
      ours.incidents += static_cast<int>(simulation->incidents.size());
      ours.canaries += simulation->canaries;
      ours.confirming += simulation->confirming;
      for (const auto& [kind, count] : simulation->notices) ours.notices += count;
      for (const auto& after : std::span(met).first(to_be_told)) {
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
        found.resize(to_be_told);
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
    fmt::print("{} ({} lives from {} on, {:.0f} thousand times real time)\n", scene.name, lives, first_seed,
               std::chrono::duration<double>(lived).count() / took / 1000);
    fmt::print("  {:24} {:>8} {:>13} {:>13} {:>12} {:>8} {:>11}\n", "", "found", "median", "p95", "false/r.year", "culprit", "confirming");
    print("mailcanary", ours);
    fmt::print(" {:>8} {:>10.1f}%\n", ours.found_after.empty() ? "-" : fmt::format("{:.0f}%", 100 * share_of(ours.right, ours.events)),
               100 * confirming_of(ours));
    print("three in a row, 60 s", three);
    fmt::print(" {:>8} {:>11}\n", "-", "-");
    print("one missing for an hour", hour);
    fmt::print(" {:>8} {:>11}\n", "-", "-");
    fmt::print("  {:24} {:>8} {:>13}   {} incidents, {:.1f} notices a life\n", "first canary met it", "",
               words_of(time_of(ours.met_after, 0.5, static_cast<int>(ours.met_after.size())), static_cast<int>(ours.met_after.size())),
               ours.incidents, static_cast<double>(ours.notices) / lives);
    print_figures(scene.expected, ours);
    std::fflush(stdout);
  }
  return 0;
}
