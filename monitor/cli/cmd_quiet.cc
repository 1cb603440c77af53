// The commands that keep quiet by intent: maintenance and silence.
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>

#include "config/suggest.h"
#include "core/text.h"
#include "core/units.h"
#include "monitor/cli/commands.h"
#include "monitor/cli/desk.h"
#include "monitor/maintenance.h"

namespace mailcanary {

namespace {

using Json = nlohmann::ordered_json;

struct Flags {
  std::filesystem::path file;
  std::string name, from = "now", length, text;
  std::vector<std::string> providers, accounts, routes, matchers;
  bool json = false;
};

int complain_use(const std::string& message) { return complain(message, exit_usage); }

template <class List, class NameOf>
std::vector<std::string> names_of(const List& list, NameOf name_of_item) {
  std::vector<std::string> names;
  for (const auto& item : list) names.push_back(name_of_item(item));
  return names;
}
template <class List>
std::vector<std::string> names_of(const List& list) {
  return names_of(list, [](const auto& item) { return item.name.str(); });
}

// What is wrong with a name that ought to stand for something; empty: nothing.
std::string unknown(std::string_view what, const std::string& name, const std::vector<std::string>& known) {
  if (std::find(known.begin(), known.end(), name) != known.end()) return "";
  return fmt::format("no {} is named {}; {}", what, cut(one_line(name), 64), suggest(name, known, "there is none"));
}

template <class Name>
std::string take_names(std::string_view what, const std::vector<std::string>& given, const std::vector<std::string>& known,
                       std::vector<Name>& names) {
  for (const auto& name : given) {
    if (const auto wrong = unknown(what, name, known); !wrong.empty()) return wrong;
    names.emplace_back(name);
  }
  return "";
}

std::string take_scope(const Config& config, const Flags& flags, Scope& scope) {
  std::string wrong = take_names("provider", flags.providers, names_of(config.providers), scope.providers);
  if (wrong.empty()) wrong = take_names("account", flags.accounts, names_of(config.accounts), scope.accounts);
  if (wrong.empty()) wrong = take_names("route", flags.routes, names_of(config.routes), scope.routes);
  return wrong;
}

// A silence that matches nothing is worse than none: its matchers are checked. An incident may be abbreviated.
std::string check(Desk& desk, Matcher& matcher) {
  const Config& config = desk.config;
  switch (matcher.key) {
    case Matcher::Key::provider: return unknown("provider", matcher.value, names_of(config.providers));
    case Matcher::Key::account: return unknown("account", matcher.value, names_of(config.accounts));
    case Matcher::Key::route: return unknown("route", matcher.value, names_of(config.routes));
    case Matcher::Key::channel: return unknown("channel", matcher.value, names_of(config.channels));
    case Matcher::Key::impact: return unknown("impact", matcher.value, {"minor", "major", "critical"});
    case Matcher::Key::incident: {
      auto incident = incident_named(*desk.store, matcher.value);
      if (!incident) return incident.error().message;
      matcher.value = incident->id.str();
      return "";
    }
  }
  return "";
}

std::string list_text(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::string scope_text(const Scope& scope) {
  if (scope.everything()) return "everything";
  std::string text;
  const auto add = [&](const char* what, const auto& names) {
    if (names.empty()) return;
    text += fmt::format("{}{} {}", text.empty() ? "" : "; ", what,
                        list_text(names_of(names, [](const auto& name) { return name.str(); })));
  };
  add("provider", scope.providers);
  add("account", scope.accounts);
  add("route", scope.routes);
  return text;
}

const char* state_of(WallTime from, WallTime now) { return from <= now ? "now" : "to come"; }

int add_maintenance_now(const Flags& flags) {
  auto desk = open_desk(flags.file, DeskWork::act);
  if (!desk) return desk.exit_code;
  const auto length = parse_length(flags.length);
  if (!length) return complain(length.error());
  const auto from = parse_moment(flags.from, desk->now);
  if (!from) return complain_use("--from: " + from.error().message);
  Maintenance maintenance;
  maintenance.name = one_line(flags.name);
  maintenance.from = *from;
  maintenance.until = *from + *length;
  maintenance.text = one_line(flags.text);
  maintenance.who = user_name();
  if (const auto wrong = take_scope(desk->config, flags, maintenance.scope); !wrong.empty()) return complain_use(wrong);
  if (maintenance.until <= desk->now) return complain_use("this maintenance would be over already; give a later --from");
  const Act act = act_of(maintenance, desk->now);
  if (auto written = write_act(*desk, act); !written) return complain(written.error());
  std::puts(fmt::format("maintenance {} of {}, from {} until {}: {}", maintenance.name, scope_text(maintenance.scope),
                        format_time(maintenance.from), format_time(maintenance.until), act.id.str()).c_str());
  return exit_done;
}

int list_maintenance(const Flags& flags) {
  auto desk = open_desk(flags.file, DeskWork::look);
  if (!desk) return desk.exit_code;
  auto acts = desk->store->quiet_acts(desk->now);
  if (!acts) return complain(acts.error());
  const auto all = maintenance_between(desk->config, *acts, desk->now, desk->now + maintenance_ahead);
  if (flags.json) {
    Json list = Json::array();
    for (const auto& m : all)
      list.push_back({{"id", m.id}, {"name", m.name}, {"from", format_time(m.from)}, {"until", format_time(m.until)},
                      {"in_force", m.in_force(desk->now)},
                      {"providers", names_of(m.scope.providers, [](const auto& n) { return n.str(); })},
                      {"accounts", names_of(m.scope.accounts, [](const auto& n) { return n.str(); })},
                      {"routes", names_of(m.scope.routes, [](const auto& n) { return n.str(); })},
                      {"text", m.text}, {"by", m.who.empty() ? Json(nullptr) : Json(m.who)}});
    std::puts(list.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
    return exit_done;
  }
  if (all.empty()) std::puts("no maintenance is announced");
  for (const auto& m : all)
    std::puts(fmt::format("{:7}  {}  {} until {}  {}  ({}{})", state_of(m.from, desk->now), m.id, format_time(m.from),
                          format_time(m.until), m.name, scope_text(m.scope), m.who.empty() ? "" : "; by " + m.who).c_str());
  return exit_done;
}

template <class Window>
const Window* named(const std::vector<Window>& windows, const std::string& name, std::string& wrong) {
  std::vector<const Window*> found;
  for (const auto& window : windows) {
    bool hit = window.id == name;
    if constexpr (std::is_same_v<Window, Maintenance>) hit = hit || window.name == name;
    if (!hit && name.size() >= 4) hit = istarts_with(window.id, name);
    if (hit) found.push_back(&window);
  }
  if (found.size() == 1) return found.front();
  wrong = found.empty() ? "none is called " + cut(one_line(name), 64) : "several are called " + cut(one_line(name), 64) + "; give the id";
  return nullptr;
}

template <class Window>
int end_early(const Flags& flags, const char* what, std::vector<Window> (*in)(const std::vector<Act>&)) {
  auto desk = open_desk(flags.file, DeskWork::act);
  if (!desk) return desk.exit_code;
  auto acts = desk->store->quiet_acts(desk->now);
  if (!acts) return complain(acts.error());
  std::vector<Window> windows = in(*acts);
  std::erase_if(windows, [&](const Window& window) { return window.until <= desk->now; });
  std::string wrong;
  const Window* window = named(windows, flags.name, wrong);
  if (!window) return complain_use(fmt::format("{} (in force or to come); 'mailcanary {} list' shows them", wrong, what));
  if (auto written = write_act(*desk, end_of(*window, user_name(), desk->now)); !written) return complain(written.error());
  std::puts(fmt::format("{} {} has ended", what, window->id).c_str());
  return exit_done;
}

int add_silence_now(const Flags& flags) {
  auto desk = open_desk(flags.file, DeskWork::act);
  if (!desk) return desk.exit_code;
  const auto length = parse_length(flags.length);
  if (!length) return complain(length.error());
  Silence silence;
  silence.from = desk->now;
  silence.until = desk->now + *length;
  silence.comment = one_line(flags.text);
  silence.who = user_name();
  for (const auto& text : flags.matchers) {
    auto matcher = parse_matcher(text);
    if (!matcher) return complain(matcher.error());
    if (const auto wrong = check(*desk, *matcher); !wrong.empty()) return complain_use(wrong);
    silence.matchers.push_back(std::move(*matcher));
  }
  const Act act = act_of(silence, desk->now);
  if (auto written = write_act(*desk, act); !written) return complain(written.error());
  std::puts(fmt::format("silence of {} until {}: {}", to_text(silence.matchers), format_time(silence.until), act.id.str()).c_str());
  return exit_done;
}

int list_silences(const Flags& flags) {
  auto desk = open_desk(flags.file, DeskWork::look);
  if (!desk) return desk.exit_code;
  auto acts = desk->store->quiet_acts(desk->now);
  if (!acts) return complain(acts.error());
  auto all = silences_in(*acts);
  std::erase_if(all, [&](const Silence& silence) { return !silence.in_force(desk->now); });
  if (flags.json) {
    Json list = Json::array();
    for (const auto& s : all) {
      Json matchers = Json::array();
      for (const auto& matcher : s.matchers) matchers.push_back(to_text({matcher}));
      list.push_back({{"id", s.id}, {"from", format_time(s.from)}, {"until", format_time(s.until)},
                      {"matchers", matchers}, {"comment", s.comment}, {"by", s.who}});
    }
    std::puts(list.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
    return exit_done;
  }
  if (all.empty()) std::puts("nothing is silenced");
  for (const auto& s : all)
    std::puts(fmt::format("{}  until {}  {}  (by {}{})", s.id, format_time(s.until), to_text(s.matchers), s.who,
                          s.comment.empty() ? "" : ": " + s.comment).c_str());
  return exit_done;
}

CLI::App* step(CLI::App& app, const char* name, const char* says, const std::shared_ptr<Flags>& flags) {
  CLI::App* sub = app.add_subcommand(name, says);
  add_config_option(*sub, flags->file);
  return sub;
}

}  // namespace

Work add_maintenance(CLI::App& app) {
  auto flags = std::make_shared<Flags>();
  app.require_subcommand(1);
  CLI::App* add = step(app, "add", "announce maintenance", flags);
  add->add_option("NAME", flags->name, "what is done, as the page calls it")->required()->type_name("");
  add->add_option("--from", flags->from, "when it begins: now (default), 02:00 or 2026-11-29 02:00 (UTC), or RFC 3339")->type_name("TIME");
  add->add_option("--for", flags->length, "how long it lasts, e.g. 2h")->required()->type_name("TIME");
  add->add_option("--provider", flags->providers, "of this provider")->type_name("NAME")->allow_extra_args(false);
  add->add_option("--account", flags->accounts, "of this account")->type_name("NAME")->allow_extra_args(false);
  add->add_option("--route", flags->routes, "of this route; of everything when none of the three is given")->type_name("NAME")->allow_extra_args(false);
  add->add_option("--text", flags->text, "a sentence for the page")->type_name("TEXT");
  CLI::App* list = step(app, "list", "what is announced for now and the next days", flags);
  list->add_flag("--json", flags->json, "for programs");
  CLI::App* end = step(app, "end", "end it now, or call it off", flags);
  end->add_option("NAME", flags->name, "its name or id")->required()->type_name("");
  app.footer(
      "add NAME --for TIME: and --from TIME, --provider NAME, --account NAME, --route NAME, --text TEXT\n"
      "list: with --json for programs\n"
      "end NAME\n"
      "All take -c FILE. More on one: mailcanary maintenance add --help\n"
      "Example: mailcanary maintenance add \"new disks\" --from 02:00 --for 2h --provider rackspace");
  return [flags, add, list] {
    if (*add) return add_maintenance_now(*flags);
    if (*list) return list_maintenance(*flags);
    return end_early<Maintenance>(*flags, "maintenance", maintenance_in);
  };
}

Work add_silence(CLI::App& app) {
  auto flags = std::make_shared<Flags>();
  app.require_subcommand(1);
  CLI::App* add = step(app, "add", "hold notices back for a while", flags);
  add->add_option("MATCHER", flags->matchers, "KEY=VALUE; keys are provider, account, route, impact, incident, channel")->required()->type_name("");
  add->add_option("--for", flags->length, "how long, e.g. 2h")->required()->type_name("TIME");
  add->add_option("--comment", flags->text, "why")->type_name("TEXT");
  CLI::App* list = step(app, "list", "what is silenced now", flags);
  list->add_flag("--json", flags->json, "for programs");
  CLI::App* end = step(app, "end", "end it now", flags);
  end->add_option("ID", flags->name, "its id, or the beginning of it")->required()->type_name("");
  app.footer(
      "add MATCHER... --for TIME: and --comment TEXT\n"
      "list: with --json for programs\n"
      "end ID\n"
      "All take -c FILE. More on one: mailcanary silence add --help\n"
      "Example: mailcanary silence add --for 2h provider=rackspace impact=minor");
  return [flags, add, list] {
    if (*add) return add_silence_now(*flags);
    if (*list) return list_silences(*flags);
    return end_early<Silence>(*flags, "silence", silences_in);
  };
}

}  // namespace mailcanary
