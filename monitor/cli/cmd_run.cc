// The commands that work: demo, run, tick, check.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdio>

#include "core/log.h"
#include "core/text.h"
#include "core/units.h"
#include "monitor/check.h"
#include "monitor/cli/commands.h"
#include "monitor/demo/demo.h"
#include "monitor/run.h"

namespace mailcanary {

namespace {

struct CheckFlags {
  std::filesystem::path file;
  std::string route, wait = "60s";
  bool no_wait = false;
};

std::string known_routes(const Config& config) {
  std::string names;
  for (const auto& route : config.routes) {
    if (names.size() > 200) return names + " …";
    names += (names.empty() ? "" : ", ") + route.name.str();
  }
  return names;
}

int check(const CheckFlags& flags) {
  // A plugin's every trouble of its own is UNKNOWN, on standard output, where the monitoring system reads.
  const auto unknown = [](const std::string& why) {
    std::puts(fmt::format("UNKNOWN: {}", why).c_str());
    return static_cast<int>(CheckAnswer::State::unknown);
  };
  const auto wait = parse_duration(flags.wait);
  if (!wait) return unknown("--wait: " + wait.error().message);
  if (*wait <= Duration::zero()) return unknown("--wait must be longer than nothing; use --no-wait to send only");
  const auto config = load_or_complain(flags.file, LoadEffect::create_defaults);
  if (!config) return unknown(fmt::format("the configuration {} cannot be used", flags.file.string()));
  const Route* route = config->route(RouteName(flags.route));
  if (!route) return unknown(fmt::format("there is no route {}; known: {}", one_line(flags.route), known_routes(*config)));

  EventLoop loop;
  CheckOptions options;
  options.at_most = *wait;
  options.wait = flags.no_wait ? CheckOptions::Wait::not_at_all : CheckOptions::Wait::for_arrival;
  set_log_level(LogLevel::error);
  const CheckAnswer answer = run_check(loop, *config, *route, options);
  std::puts(answer.line.c_str());
  return static_cast<int>(answer.state);
}

int tick(const std::filesystem::path& file) {
  const auto config = load_or_complain(file, LoadEffect::create_defaults);
  if (!config) return exit_usage;
  EventLoop loop;
  auto done = run_tick(loop, *config);
  if (!done) return complain(done.error());
  for (const auto& trouble : done->troubles) complain(trouble, exit_fault);
  if (done->queued_notices > 0) {
    complain(fmt::format("{} could not be delivered now; the next tick tries again",
                         count_noun(done->queued_notices, "notice", "notices")), exit_fault);
  }
  return done->troubles.empty() && done->queued_notices == 0 ? exit_done : exit_fault;
}

}  // namespace

Work add_demo(CLI::App& app) {
  struct Flags {
    std::string length;
    int port = 0;
  };
  auto flags = std::make_shared<Flags>();
  app.add_option("--for", flags->length, "end after this time, e.g. 60s (default: Ctrl-C ends it)")->type_name("TIME");
  app.add_option("--port", flags->port, "port of the page on 127.0.0.1 (default: any free one)")
      ->type_name("PORT")
      ->check(CLI::Range(0, 65535).description(""));
  return [flags] {
    DemoOptions options;
    options.port = flags->port;
    if (!flags->length.empty()) {
      auto length = parse_duration(flags->length);
      if (!length) return complain("--for: " + length.error().message, exit_usage);
      options.length = *length;
    }
    auto ended = run_demo(options);
    return ended ? static_cast<int>(exit_done) : complain(ended.error());
  };
}

Work add_run(CLI::App& app) {
  struct Flags {
    std::filesystem::path file;
    bool operators = false;
  };
  auto flags = std::make_shared<Flags>();
  add_config_option(app, flags->file);
  app.add_flag("--operator", flags->operators, "serve /operator too: to this machine only, and never behind a proxy that forwards it");
  return [flags] {
    const auto config = load_or_complain(flags->file, LoadEffect::create_defaults);
    if (!config) return static_cast<int>(exit_usage);
    set_log_level(LogLevel::info);
    EventLoop loop;
    RunOptions options;
    if (flags->operators) options.operators = OperatorPage::served;
    auto ended = run_daemon(loop, *config, std::move(options));
    return ended ? static_cast<int>(exit_done) : complain(ended.error());
  };
}

Work add_tick(CLI::App& app) {
  auto file = std::make_shared<std::filesystem::path>();
  add_config_option(app, *file);
  return [file] { return tick(*file); };
}

Work add_check(CLI::App& app) {
  auto flags = std::make_shared<CheckFlags>();
  add_config_option(app, flags->file);
  app.add_option("ROUTE", flags->route, "name of the route, as the configuration says it")->required()->type_name("");
  app.add_option("--wait", flags->wait, "how long to wait for the arrival (default 60s)")->type_name("TIME");
  app.add_flag("--no-wait", flags->no_wait, "send one, and answer for the newest settled one");
  app.footer(
      "Exit codes: 0 OK delivered, 1 WARNING late or junked, 2 CRITICAL lost, bounced, rejected, deferred,\n"
      "unreachable or not there in time, 3 UNKNOWN when we ourselves could not look.\n"
      "Example: mailcanary check shop-watch -c mailcanary.yaml --wait 60s");
  return [flags] { return check(*flags); };
}

}  // namespace mailcanary
