// The commands that people use on incidents: incident list, show, post, resolve; ack.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdio>

#include "alerts/pipeline.h"
#include "core/text.h"
#include "core/units.h"
#include "monitor/cli/commands.h"
#include "monitor/cli/desk.h"

namespace mailcanary {

namespace {

struct Flags {
  std::filesystem::path file;
  std::string id, text, public_text, status, by;
  int newest = 20;
  bool json = false, edit = false, open_only = false;
};

int list(const Flags& flags) {
  auto desk = open_desk(flags.file, DeskWork::look);
  if (!desk) return desk.exit_code;
  auto incidents = all_incidents(*desk->store);
  if (!incidents) return complain(incidents.error());
  if (flags.open_only) std::erase_if(*incidents, [](const Incident& incident) { return !incident.open(); });
  if (incidents->size() > static_cast<std::size_t>(flags.newest)) incidents->resize(static_cast<std::size_t>(flags.newest));
  if (flags.json) {
    std::string text;
    for (const auto& incident : *incidents) text += (text.empty() ? "" : ",\n") + incident_json(incident);
    std::puts(("[" + text + "]").c_str());
    return exit_done;
  }
  if (incidents->empty()) std::puts(flags.open_only ? "no incident is open" : "there has been no incident");
  for (const auto& incident : *incidents) {
    const std::string state = fmt::format("{:13}", name_of(incident.status));
    std::puts(fmt::format("{}  {}  {:8}  {}  {}{}", incident.id.str(), tinted(incident.open() ? Tint::red : Tint::green, state),
                          name_of(incident.impact), format_time(incident.began_at), incident.title,
                          incident.acknowledged_by.empty() ? "" : "  (taken by " + incident.acknowledged_by + ")").c_str());
  }
  return exit_done;
}

std::string names(const std::vector<RouteName>& routes) {
  std::string text;
  for (const auto& route : routes) text += (text.empty() ? "" : ", ") + route.str();
  return text.empty() ? "none" : text;
}

void print(const Incident& incident, const std::vector<Act>& acts) {
  const auto line = [](const char* name, const std::string& value) {
    if (!value.empty()) std::puts(fmt::format("{:14} {}", name, value).c_str());
  };
  std::puts(tinted(incident.open() ? Tint::red : Tint::green, incident.title).c_str());
  line("id", incident.id.str());
  line("status", fmt::format("{}, impact {}", name_of(incident.status), name_of(incident.impact)));
  line("since", format_time(incident.began_at));
  line("resolved", incident.resolved_at ? format_time(*incident.resolved_at) : "");
  if (incident.acknowledged_at)
    line("acknowledged", fmt::format("{} by {}", format_time(*incident.acknowledged_at), incident.acknowledged_by));
  line("maintenance", incident.maintenance);
  line("routes", names(incident.routes));
  line("not yet well", incident.failing.empty() ? "" : names(incident.failing));
  line("rule", incident.rule + (incident.reason.empty() ? "" : ": " + incident.reason));
  line("first error", incident.first_error);
  for (const auto& act : acts)
    if (!act.applied_at) line("waits", fmt::format("an act of {} at {}, until 'run' or 'tick' applies it", act.who, format_time(act.at)));
  for (const auto& update : incident.updates) {
    std::puts(fmt::format("\n{}  {}{}", format_time(update.at), name_of(update.status), update.by.empty() ? "" : ", by " + update.by).c_str());
    std::string text = update.text;
    for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 3) text.replace(at, 1, "\n  ");
    std::puts(("  " + text).c_str());
    if (!update.by.empty() && !update.public_text.empty()) std::puts(("  on the page: " + update.public_text).c_str());
  }
}

int show(const Flags& flags) {
  auto desk = open_desk(flags.file, DeskWork::look);
  if (!desk) return desk.exit_code;
  auto incident = incident_named(*desk->store, flags.id);
  if (!incident) return complain(incident.error());
  if (flags.json) {
    std::puts(incident_json(*incident).c_str());
    return exit_done;
  }
  auto acts = desk->store->acts_about(incident->id.str());
  if (!acts) return complain(acts.error());
  print(*incident, *acts);
  return exit_done;
}

// Writes the act and says what came of it.
template <class MakeAct>
int act_on(const Flags& flags, MakeAct make_act) {
  auto desk = open_desk(flags.file, DeskWork::act);
  if (!desk) return desk.exit_code;
  auto incident = incident_named(*desk->store, flags.id);
  if (!incident) return complain(incident.error());
  const std::string who = flags.by.empty() ? user_name() : one_line(flags.by);
  const Act act = make_act(incident->id, who, desk->now);
  if (auto written = write_act(*desk, act); !written) return complain(written.error());
  const std::string outcome = outcome_of(*desk, act);
  std::puts(fmt::format("{} ({}): {}", incident->id.str(), incident->title,
                        outcome.empty() ? "written; the next turn of 'run' or 'tick' applies it" : outcome).c_str());
  return exit_done;
}

int post(const Flags& flags, ActKind kind) {
  Post post{one_line(flags.text), one_line(flags.public_text), {}};
  if (flags.status == name_of(IncidentStatus::identified)) post.status = IncidentStatus::identified;
  if (flags.status == name_of(IncidentStatus::monitoring)) post.status = IncidentStatus::monitoring;
  return act_on(flags, [&](const IncidentId& id, const std::string& who, WallTime now) {
    return posting(kind, id, post, who, now);
  });
}

int acknowledge(const Flags& flags) {
  return act_on(flags, [](const IncidentId& id, const std::string& who, WallTime now) {
    return acknowledgement(id, who, now);
  });
}

CLI::App* step(CLI::App& app, const char* name, const char* says, const std::shared_ptr<Flags>& flags) {
  CLI::App* sub = app.add_subcommand(name, says);
  add_config_option(*sub, flags->file);
  return sub;
}

void add_id(CLI::App& app, const std::shared_ptr<Flags>& flags) {
  app.add_option("INCIDENT", flags->id, "its id, or the beginning of it")->required()->type_name("");
}
void add_author(CLI::App& app, const std::shared_ptr<Flags>& flags) {
  app.add_option("--by", flags->by, "who says so; the user who runs the command when left out")->type_name("NAME");
}
void add_words(CLI::App& app, const std::shared_ptr<Flags>& flags) {
  app.add_option("--text", flags->text, "for the people on call")->required()->type_name("TEXT");
  app.add_option("--public", flags->public_text, "for the page; without it the page says nothing of this")->type_name("TEXT");
  add_author(app, flags);
}

}  // namespace

Work add_incident(CLI::App& app) {
  auto flags = std::make_shared<Flags>();
  app.require_subcommand(1);
  CLI::App* list_step = step(app, "list", "the newest incidents", flags);
  list_step->add_option("-n", flags->newest, "how many (default 20)")->type_name("N")->check(CLI::Range(1, 100000).description(""));
  list_step->add_flag("--open", flags->open_only, "only those that are open");
  list_step->add_flag("--json", flags->json, "for programs");
  CLI::App* show_step = step(app, "show", "one incident and its timeline", flags);
  add_id(*show_step, flags);
  show_step->add_flag("--json", flags->json, "for programs");
  CLI::App* post_step = step(app, "post", "say something about it, to the people on call and on the page", flags);
  add_id(*post_step, flags);
  add_words(*post_step, flags);
  post_step->add_option("--status", flags->status, "identified or monitoring")
      ->type_name("STATUS")
      ->check(CLI::IsMember({"identified", "monitoring"}).description(""));
  post_step->add_flag("--edit", flags->edit, "other words for the last post on the page; nobody is told again");
  CLI::App* resolve_step = step(app, "resolve", "close it", flags);
  add_id(*resolve_step, flags);
  add_words(*resolve_step, flags);
  app.footer(
      "list: with -n N, --open, --json\n"
      "show INCIDENT: with --json for programs\n"
      "post INCIDENT --text TEXT: and --public TEXT, --status STATUS, --by NAME, --edit\n"
      "resolve INCIDENT --text TEXT: and --public TEXT, --by NAME\n"
      "All take -c FILE. More on one: mailcanary incident post --help\n"
      "Example: mailcanary incident post 01JDA7ZQ --text \"the provider is on it\" --status identified");
  return [flags, list_step, show_step, post_step] {
    if (*list_step) return list(*flags);
    if (*show_step) return show(*flags);
    if (*post_step) return post(*flags, flags->edit ? ActKind::edit : ActKind::post);
    return post(*flags, ActKind::resolve);
  };
}

Work add_ack(CLI::App& app) {
  auto flags = std::make_shared<Flags>();
  add_config_option(app, flags->file);
  add_id(app, flags);
  add_author(app, flags);
  return [flags] { return acknowledge(*flags); };
}

}  // namespace mailcanary
