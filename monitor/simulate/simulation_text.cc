#include "monitor/simulate/simulation_text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

#include "core/text.h"
#include "core/units.h"

namespace mailcanary {

namespace {

using nlohmann::ordered_json;

ordered_json text_or_null(const std::string& text) { return text.empty() ? ordered_json(nullptr) : ordered_json(text); }

ordered_json seconds_or_null(const std::optional<Duration>& time) {
  if (!time) return nullptr;
  return static_cast<double>(std::chrono::round<std::chrono::milliseconds>(*time).count()) / 1000;
}

template <class T>
ordered_json value_or_null(const std::optional<T>& value) {
  return value ? ordered_json(*value) : ordered_json(nullptr);
}

ordered_json blames(const Blame& blame) {
  return {{"provider", text_or_null(blame.provider.str())},
          {"account", text_or_null(blame.account.str())},
          {"leg", blame.leg == Leg::unknown ? ordered_json(nullptr) : ordered_json(name_of(blame.leg))},
          {"self", blame.self}};
}

std::string signed_duration(Duration time) {
  if (time < Duration::zero()) return human_duration(-time) + " before its end";
  return human_duration(time) + " after its end";
}

std::string scope_text(const WorldScope& scope) {
  std::string text;
  const auto add = [&](std::string_view what, std::string_view name) {
    if (name.empty()) return;
    if (!text.empty()) text += ", ";
    text += fmt::format("{}{}{}", what, what.empty() ? "" : " ", name);
  };
  if (scope.self) add("", "our own network");
  add("provider", scope.provider.str());
  add("account", scope.account.str());
  add("route", scope.route.str());
  if (scope.leg != Leg::unknown) add("leg", name_of(scope.leg));
  return text.empty() ? "everything" : text;
}

std::string effect_text(const WorldEffect& effect) {
  std::string text;
  const auto add = [&](std::string part) { text += (text.empty() ? "" : ", ") + part; };
  const auto share = [&](const char* name, double value) {
    if (value > 0) add(fmt::format("{} {}", name, format_share(value)));
  };
  share("loss", effect.shares.loss);
  share("bounce", effect.shares.bounce);
  share("junk", effect.shares.junk);
  share("unreachable", effect.shares.unreachable);
  share("defer", effect.shares.defer);
  share("duplicate", effect.shares.duplicate);
  if (!effect.reject.empty()) add("reject \"" + effect.reject + "\"");
  if (effect.delay > Duration::zero()) add("delay " + format_duration(effect.delay));
  if (effect.slow != 1) add(fmt::format("slow {:g}", effect.slow));
  if (effect.share < 1) add("share " + format_share(effect.share));
  return text;
}

std::string blame_text(const Blame& blame) {
  if (blame.self) return "blames our own network";
  std::string text;
  if (!blame.provider.empty()) text += " " + blame.provider.str();
  if (!blame.account.empty()) text += " " + blame.account.str();
  if (text.empty()) return "blames nobody";
  return "blames" + text + (blame.leg == Leg::unknown ? "" : fmt::format(" ({})", name_of(blame.leg)));
}

std::string event_line(const EventScore& of_event) {
  if (!of_event.opened_after) return "no incident";
  std::string text = fmt::format("incident after {}, {}", human_duration(*of_event.opened_after),
                                 *of_event.blame_right ? "the right place blamed" : "the right place not blamed");
  return text + (of_event.resolved_after ? ", resolved " + signed_duration(*of_event.resolved_after) : ", still open");
}

}  // namespace

std::string simulation_json(const Simulation& simulation, const Scores& scores) {
  ordered_json incidents = ordered_json::array(), events = ordered_json::array();
  for (std::size_t i = 0; i < simulation.incidents.size(); ++i) {
    const Incident& incident = simulation.incidents[i].incident;
    ordered_json routes = ordered_json::array();
    for (const auto& route : incident.routes) routes.push_back(route.str());
    const auto resolved = incident.resolved_at ? ordered_json(format_time(*incident.resolved_at)) : ordered_json(nullptr);
    incidents.push_back({{"id", incident.id.str()},
                         {"name", incident.title},
                         {"opened_at", format_time(incident.opened_at)},
                         {"resolved_at", resolved},
                         {"impact", name_of(incident.impact)},
                         {"routes", routes},
                         {"blames", blames(incident.blame)},
                         {"event", value_or_null(scores.event_of[i])}});
  }
  for (std::size_t e = 0; e < scores.events.size(); ++e) {
    const EventScore& of_event = scores.events[e];
    events.push_back({{"index", e},
                      {"onset", format_time(of_event.onset)},
                      {"opened_after_s", seconds_or_null(of_event.opened_after)},
                      {"blame_right", value_or_null(of_event.blame_right)},
                      {"resolved_after_s", seconds_or_null(of_event.resolved_after)}});
  }
  const ordered_json all = {{"canaries", simulation.canaries}, {"confirming", simulation.confirming},
                            {"incidents", incidents},          {"events", events},
                            {"false_incidents", scores.false_incidents}};
  return all.dump(2, ' ', false, ordered_json::error_handler_t::replace);
}

std::string simulation_text(const Config& config, const World& world, const Simulation& simulation,
                            const Scores& scores) {
  std::vector<std::pair<WallTime, std::string>> timeline;
  for (std::size_t e = 0; e < world.events.size(); ++e) {
    const WorldEvent& event = world.events[e];
    timeline.emplace_back(scores.events[e].onset,
                          fmt::format("event {} for {}: {}: {}\n{:26}{}", e, format_duration(event.length),
                                      scope_text(event.scope), effect_text(event.effect), "", event_line(scores.events[e])));
  }
  for (std::size_t i = 0; i < simulation.incidents.size(); ++i) {
    const Incident& incident = simulation.incidents[i].incident;
    const std::string of = scores.event_of[i] ? fmt::format("event {}", *scores.event_of[i]) : "of no event: false";
    timeline.emplace_back(
        incident.opened_at,
        fmt::format("incident ({}): {}\n{:26}{}, {} of {}, {}", of, incident.title, "", name_of(incident.impact),
                    count_noun(static_cast<long long>(incident.routes.size()), "route", "routes"), config.routes.size(),
                    blame_text(incident.blame)));
    if (incident.resolved_at) timeline.emplace_back(*incident.resolved_at, "resolved: " + incident.title);
  }
  std::stable_sort(timeline.begin(), timeline.end(), [](const auto& a, const auto& b) { return a.first < b.first; });

  std::string text;
  for (const auto& [at, line] : timeline) text += fmt::format("{}  {}\n", format_time(at), line);
  if (!timeline.empty()) text += "\n";
  text += fmt::format("{} on {} in {}, {} of them confirming\n", count_noun(simulation.canaries, "canary", "canaries"),
                      count_noun(static_cast<long long>(config.routes.size()), "route", "routes"),
                      format_duration(world.duration), simulation.confirming);
  std::string fates;
  for (const auto& [fate, count] : simulation.books.by_fate) {
    if (count > 0) fates += fmt::format("{}{} {}", fates.empty() ? "" : ", ", count, name_of(fate));
  }
  text += fmt::format("fates    {}; the books {}\n", fates.empty() ? "none" : fates,
                      simulation.books.faults.empty() ? "balance" : "do NOT balance");
  for (const auto& fault : simulation.books.faults) text += "         " + fault + "\n";
  std::string notices;
  for (const auto& [kind, count] : simulation.notices)
    notices += fmt::format("{}{} {}", notices.empty() ? "" : ", ", count, name_of(kind));
  text += fmt::format("notices  {}\n", notices.empty() ? "none" : notices);
  text += fmt::format("{}, {}\n", count_noun(static_cast<long long>(simulation.incidents.size()), "incident", "incidents"),
                      scores.false_incidents == 0 ? "none of them false" : fmt::format("{} of them false", scores.false_incidents));
  return text;
}

}  // namespace mailcanary
