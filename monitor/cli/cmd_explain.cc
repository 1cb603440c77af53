// explain: why an incident is what it is, and why a route stands as it does.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "core/text.h"
#include "monitor/cli/commands.h"
#include "monitor/cli/desk.h"
#include "monitor/explain.h"
#include "monitor/stored_view.h"

namespace mailcanary {

namespace {

struct Flags {
  std::filesystem::path file;
  std::string name;
  bool json = false;
};

template <class Explained>
int print(const Flags& flags, const Result<Explained>& explained) {
  if (!explained) return complain(explained.error());
  if (flags.json) {
    std::puts(explained_json(*explained).c_str());
  } else {
    std::fputs(explained_text(*explained).c_str(), stdout);
  }
  return exit_done;
}

int explain(const Flags& flags) {
  auto desk = open_desk(flags.file, DeskWork::look);
  if (!desk) return desk.exit_code;
  if (const Route* route = desk->config.route(RouteName(flags.name))) {
    auto view = stored_view(desk->config, *desk->store, real_clock().now());
    if (!view) return complain(view.error());
    const auto shown = std::find_if(view->routes.begin(), view->routes.end(), [&](const RouteView& r) { return r.name == route->name; });
    return print(flags, explain_route(desk->config, *desk->store, *route, *shown, desk->now));
  }
  auto incident = incident_named(*desk->store, flags.name);
  if (!incident) {
    return complain(fmt::format("there is no route and no incident {}; 'mailcanary status' and 'mailcanary incident list' show "
                                "them", cut(one_line(flags.name), 64)), exit_usage);
  }
  return print(flags, explain_incident(desk->config, *desk->store, std::move(*incident), desk->now));
}

}  // namespace

Work add_explain(CLI::App& app) {
  auto flags = std::make_shared<Flags>();
  add_config_option(app, flags->file);
  app.add_option("NAME", flags->name, "an incident (its id, or the beginning of it) or a route")->required()->type_name("");
  app.add_flag("--json", flags->json, "for programs");
  return [flags] { return explain(*flags); };
}

}  // namespace mailcanary
