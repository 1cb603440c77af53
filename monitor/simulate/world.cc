#include "monitor/simulate/world.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <functional>

#include "config/map_reader.h"
#include "config/suggest.h"
#include "core/files.h"
#include "core/units.h"

namespace mailcanary {

namespace {

using namespace std::chrono_literals;

constexpr Duration longest_world = 24h * 3660;
constexpr std::size_t longest_file = 16u << 20;

struct ShareKey {
  const char* key;
  double Shares::*field;
};
constexpr std::array share_keys = {
    ShareKey{"loss", &Shares::loss},   ShareKey{"bounce", &Shares::bounce},
    ShareKey{"junk", &Shares::junk},   ShareKey{"unreachable", &Shares::unreachable},
    ShareKey{"defer", &Shares::defer}, ShareKey{"duplicate", &Shares::duplicate},
};

std::vector<std::string> keys_with_shares(std::vector<std::string> keys) {
  for (const auto& share : share_keys) keys.emplace_back(share.key);
  return keys;
}

MapReader reader_of(Report& report, YamlPtr node, std::string where, std::vector<std::string> keys) {
  return MapReader(report, std::move(node), Section::settings, std::move(where), std::move(keys));
}

void need(const MapReader& reader, std::string_view key, std::string_view example) {
  if (reader.is_map() && !reader.has(key))
    reader.report().error(reader.place(), fmt::format("{} has no {}; add \"{}\": {}", reader.where(), key, key, example));
}

std::optional<double> number_in(std::string_view text, double least, double most) {
  double number = 0;
  const auto [at, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || at != text.data() + text.size()) return std::nullopt;
  return number >= least && number <= most ? std::optional(number) : std::nullopt;
}

std::optional<double> read_share(const MapReader& reader, std::string_view key) {
  const auto text = reader.text(key);
  if (!text) return std::nullopt;
  if (const auto number = number_in(*text, 0, 1)) return number;  // programs write 1e-05 as well
  const auto share = parse_share(*text);
  if (share) return *share;
  reader.report().error(reader.place_of(key), fmt::format("{}: {}", key, share.error().message));
  return std::nullopt;
}

std::optional<double> read_number(const MapReader& reader, std::string_view key, double least, double most) {
  const auto text = reader.text(key);
  if (!text) return std::nullopt;
  if (const auto number = number_in(*text, least, most)) return number;
  reader.report().error(reader.place_of(key), fmt::format("{}: {} will not do; write a number from {} to {}", key,
                                                          in_quotes(*text), least, most));
  return std::nullopt;
}

template <class T>
void take(T& target, const std::optional<T>& value) {
  if (value) target = *value;
}

void read_shares(const MapReader& reader, Shares& shares) {
  for (const auto& share : share_keys) take(shares.*share.field, read_share(reader, share.key));
}

FairWeather read_fair(Report& report, const YamlEntry& entry, FairWeather fair) {
  const auto reader = reader_of(report, entry.value, fmt::format("routes {}", in_quotes(entry.key)),
                                keys_with_shares({"median", "sigma", "tail"}));
  take(fair.median, reader.duration("median", 1ms, 24h * 30));
  take(fair.sigma, read_number(reader, "sigma", 0, 5));
  read_shares(reader, fair.shares);
  if (const auto node = reader.value("tail")) {
    const auto tail = reader_of(report, node, "tail of " + reader.where(), {"share", "median", "sigma"});
    fair.tail = {};
    need(tail, "share", "0.01");
    take(fair.tail.share, read_share(tail, "share"));
    take(fair.tail.median, tail.duration("median", 1ms, 24h * 30));
    take(fair.tail.sigma, read_number(tail, "sigma", 0, 5));
  }
  return fair;
}

// A name that the config must know.
template <class Name, class List, class NameOf>
void read_known(const MapReader& reader, const char* key, const List& list, NameOf name_of_item, Name& target) {
  const auto name = reader.name(key);
  if (!name) return;
  std::vector<std::string> known;
  for (const auto& item : list) known.push_back(name_of_item(item).str());
  if (std::find(known.begin(), known.end(), *name) != known.end()) {
    target = Name(*name);
  } else {
    reader.report().error(reader.place_of(key), fmt::format("the configuration has no {} named {}; {}", key,
                                                            in_quotes(*name), suggest(*name, known, "there is none")));
  }
}

std::optional<Leg> leg_from(std::string_view text) {
  for (const Leg leg : {Leg::submit, Leg::outbound, Leg::inbound, Leg::mailbox}) {
    if (text == name_of(leg)) return leg;
  }
  return std::nullopt;
}

WorldScope read_scope(Report& report, const MapReader& event, const Config& config) {
  WorldScope scope;
  const auto node = event.value("scope");
  if (!node) return scope;
  const auto reader = reader_of(report, node, "scope of " + event.where(), {"provider", "account", "route", "leg", "self"});
  read_known(reader, "provider", config.providers, [](const Provider& p) { return p.name; }, scope.provider);
  read_known(reader, "account", config.accounts, [](const Account& a) { return a.name; }, scope.account);
  read_known(reader, "route", config.routes, [](const Route& r) { return r.name; }, scope.route);
  take(scope.self, reader.flag("self"));
  if (const auto leg = reader.text("leg")) {
    if (const auto known = leg_from(*leg)) {
      scope.leg = *known;
    } else {
      report.error(reader.place_of("leg"), fmt::format("no leg is named {}; {}", in_quotes(*leg),
                                                       suggest(*leg, {"submit", "outbound", "inbound", "mailbox"}, "")));
    }
  }
  if (scope.self && (reader.has("provider") || reader.has("account") || reader.has("route"))) {
    report.error(reader.place(), fmt::format("{} names our own network and a part of the world; make two events of it",
                                             reader.where()));
  }
  if (scope.self && (scope.leg == Leg::outbound || scope.leg == Leg::inbound)) {
    report.error(reader.place_of("leg"), fmt::format("{}: our own network reaches to submit and mailbox only; name one of "
                                                     "them, or remove leg", reader.where()));
  }
  return scope;
}

bool is_reply(std::string_view text) {
  const auto digit = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '9'; };
  return text.size() >= 3 && (text[0] == '4' || text[0] == '5') && digit(1) && digit(2) &&
         (text.size() == 3 || text[3] == ' ');
}

WorldEffect read_effect(Report& report, const MapReader& event, const WorldScope& scope) {
  WorldEffect effect;
  const auto node = event.value("effect");
  if (!node) return effect;
  const auto reader = reader_of(report, node, "effect of " + event.where(),
                                keys_with_shares({"reject", "delay", "slow", "share"}));
  read_shares(reader, effect.shares);
  take(effect.delay, reader.duration("delay", 1ms, longest_world));
  take(effect.slow, read_number(reader, "slow", 0.01, 10000));
  take(effect.share, read_share(reader, "share"));
  if (const auto reply = reader.text("reject")) {
    if (is_reply(*reply)) {
      effect.reject = *reply;
    } else {
      report.error(reader.place_of("reject"), fmt::format("reject: {} is no reply of a server that refuses; write a code "
                                                          "of 400 to 599 and words, \"550 5.7.30 no\"", in_quotes(*reply)));
    }
  }
  const bool shared = reader.has("reject") || reader.has("delay") || reader.has("slow");
  if (reader.has("share") && !shared)
    report.error(reader.place_of("share"), fmt::format("share of {} goes with reject, delay or slow; give the others "
                                                       "their share directly, \"loss\": 0.2", reader.where()));
  if (reader.is_map() && node->entries.empty())
    report.error(reader.place(), fmt::format("{} is empty; say what happens, {{\"loss\": 1.0}}", reader.where()));
  for (const char* key : {"bounce", "junk", "duplicate"}) {
    if (scope.self && reader.has(key))
      report.error(reader.place_of(key), fmt::format("our own network cannot {} mail; use unreachable, loss, delay or slow",
                                                     key));
  }
  return effect;
}

WorldEvent read_event(Report& report, YamlPtr node, std::size_t number, const Config& config, Duration world) {
  WorldEvent event;
  const auto reader = reader_of(report, std::move(node), fmt::format("event {}", number), {"at", "for", "scope", "effect"});
  need(reader, "at", "\"3d4h\"");
  need(reader, "for", "\"2h\"");
  need(reader, "scope", "{\"provider\": NAME}");
  need(reader, "effect", "{\"loss\": 1.0}");
  take(event.at, reader.duration("at", 0s, longest_world));
  take(event.length, reader.duration("for", 1ms, longest_world));
  if (world > Duration::zero() && event.at >= world) {
    report.error(reader.place_of("at"), fmt::format("{} begins at {}, when the world is over; make duration longer than {}",
                                                    reader.where(), format_duration(event.at), format_duration(event.at)));
  }
  event.scope = read_scope(report, reader, config);
  event.effect = read_effect(report, reader, event.scope);
  return event;
}

}  // namespace

const FairWeather& World::fair_on(const RouteName& route) const {
  const auto found = fair_routes.find(route);
  return found == fair_routes.end() ? fair : found->second;
}

LoadedWorld load_world_text(std::string_view text, const Config& config) {
  Report report;
  LoadedWorld loaded;
  World& world = loaded.world;
  world.start = WallTime(std::chrono::sys_days(std::chrono::year(2026) / 1 / 1));
  const YamlPtr root = parse_yaml(report, text);
  if (root == nullptr) return {std::move(world), report.take()};

  const auto top = reader_of(report, root, "the world", {"duration", "start", "routes", "events"});
  need(top, "duration", "\"30d\"");
  take(world.duration, top.duration("duration", 1s, longest_world));
  if (const auto start = top.text("start")) {
    if (const auto time = parse_time(*start)) {
      world.start = *time;
    } else {
      report.error(top.place_of("start"), fmt::format("start: {}", time.error().message));
    }
  }
  const auto routes = top.named_entries("routes");
  const auto is_default = [](const YamlEntry& entry) { return entry.key == "default"; };
  if (const auto fair = std::find_if(routes.begin(), routes.end(), is_default); fair != routes.end())
    world.fair = read_fair(report, *fair, {});
  std::vector<std::string> known = {"default"};
  for (const auto& route : config.routes) known.push_back(route.name.str());
  for (const auto& entry : routes) {
    if (is_default(entry)) continue;
    if (std::find(known.begin(), known.end(), entry.key) == known.end())
      report.error(entry.place, fmt::format("the configuration has no route named {}; {}", in_quotes(entry.key),
                                            suggest(entry.key, known, "there is none")));
    world.fair_routes[RouteName(entry.key)] = read_fair(report, entry, world.fair);
  }
  const auto events = top.list("events");
  for (std::size_t i = 0; i < events.size(); ++i)
    world.events.push_back(read_event(report, events[i], i, config, world.duration));
  return {std::move(world), report.take()};
}

LoadedWorld load_world(const std::filesystem::path& file, const Config& config) {
  const auto text = read_file(file, longest_file);
  if (text) return load_world_text(*text, config);
  LoadedWorld loaded;
  loaded.diagnostics.push_back({Diagnostic::Severity::error, 0, 0,
                                text.error().message + "; give the path of a world, see 'mailcanary simulate --help'"});
  return loaded;
}

}  // namespace mailcanary
