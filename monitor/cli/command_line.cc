#include "monitor/cli/command_line.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>

#include "monitor/cli/commands.h"

namespace mailcanary {

namespace {

struct Command {
  const char* name;
  const char* says;
  const char* example;
  Work (*add)(CLI::App& app);
};

constexpr Command commands[] = {
    {"demo", "a practice provider and a live status page; nothing to configure", "mailcanary demo --for 60s", add_demo},
    {"run", "the daemon: schedule, mailboxes, rules, notices, page, metrics", "mailcanary run -c mailcanary.yaml", add_run},
    {"tick", "one turn for cron: collect, settle, send what is due, decide, notify, publish",
     "*/5 * * * * mailcanary tick -c /etc/mailcanary/mailcanary.yaml", add_tick},
    {"check", "one canary now; exit code and output of a monitoring plugin",
     "mailcanary check shop-watch -c mailcanary.yaml --wait 60s", add_check},
    {"status", "how every provider and route stands", "mailcanary status -c mailcanary.yaml --json", add_status},
    {"history", "the newest canaries of a route", "mailcanary history shop-watch -c mailcanary.yaml -n 20", add_history},
    {"trace", "everything known of one canary", "mailcanary trace 01JDA7ZQ2V8W4T6Y9XKM3N5P7R -c mailcanary.yaml", add_trace},
    {"explain", "why an incident is what it is, why a route stands as it does", "mailcanary explain 01JDA7ZQ -c mailcanary.yaml",
     add_explain},
    {"bounce", "what a bounce says: who did not get the mail, and why", "mailcanary bounce returned.eml", add_bounce},
    {"bounces", "how much real mail of an account bounces, to whom and why", "mailcanary bounces returns -c mailcanary.yaml --over 7d",
     add_bounces},
    {"headers", "the way of a message from its header: hops, delays, verdicts", "mailcanary headers message.eml", add_headers},
    {"incident", "list, show, post to and resolve incidents", "mailcanary incident post 01JDA7ZQ --text \"Rackspace is on it\"",
     add_incident},
    {"ack", "takes an incident: no reminders, no escalation", "mailcanary ack 01JDA7ZQ -c mailcanary.yaml", add_ack},
    {"maintenance", "announces maintenance: measured, but nobody is called",
     "mailcanary maintenance add \"new disks\" --from 02:00 --for 2h --provider rackspace", add_maintenance},
    {"silence", "holds notices back for a while", "mailcanary silence add --for 2h provider=rackspace impact=minor", add_silence},
    {"drill", "an exercise through the real channels, marked as one", "mailcanary drill outage -c mailcanary.yaml", add_drill},
    {"simulate", "the real engine on a simulated clock in a made-up world", "mailcanary simulate world.json -c mailcanary.yaml --seed 7",
     add_simulate},
    {"report", "a month against what was promised: uptime, budget, incidents, times",
     "mailcanary report --month 2026-10 -c mailcanary.yaml", add_report},
    {"audit", "proves that every canary is accounted for", "mailcanary audit -c mailcanary.yaml", add_audit},
    {"publish", "writes the static status site to a folder", "mailcanary publish -c mailcanary.yaml --to /var/www/status",
     add_publish},
    {"config", "check, show or describe the configuration; make a signing key",
     "mailcanary config check -c mailcanary.yaml", add_config},
};

bool use_colour() {
  static const bool colour = isatty(STDOUT_FILENO) && !std::getenv("NO_COLOR");
  return colour;
}

}  // namespace

int run_command_line(int argc, char** argv) {
  CLI::App app("Mailcanary watches whether mail really gets through.");
  app.name("mailcanary");
  app.require_subcommand(1);
  app.set_version_flag("--version", MAILCANARY_VERSION);
  app.footer("Exit codes: 0 done, 1 the work failed or found fault, 2 wrong use or configuration.\n"
             "Help on a command: mailcanary COMMAND --help");
  // Options are made for the command that was asked for only: those of all cost a plugin a tenth of its time.
  const std::string_view wanted = argc > 1 ? argv[1] : "";
  Work work;
  for (const auto& command : commands) {
    CLI::App* sub = app.add_subcommand(command.name, command.says);
    if (command.name != wanted) continue;
    sub->footer(fmt::format("Example: {}", command.example));
    work = command.add(*sub);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& wish) {  // --help, --version
    return app.exit(wish);
  } catch (const CLI::ParseError& error) {
    return complain(fmt::format("{}; try 'mailcanary --help'", error.what()), exit_usage);
  }
  if (work) return work();
  return exit_usage;
}

void add_config_option(CLI::App& app, std::filesystem::path& file) {
  file = "mailcanary.yaml";
  app.add_option("-c,--config", file, "configuration file (default: mailcanary.yaml in this folder)")->type_name("FILE");
}

std::optional<Config> load_or_complain(const std::filesystem::path& file, LoadEffect effect) {
  Loaded loaded = load_config(file, effect);
  for (const auto& diagnostic : loaded.diagnostics) {
    std::fputs(fmt::format("mailcanary: {}\n", to_text(diagnostic, file)).c_str(), stderr);
  }
  if (!loaded.ok()) return std::nullopt;
  return std::move(loaded.config);
}

int complain(const std::string& message, int code) {
  std::fputs(fmt::format("mailcanary: {}\n", message).c_str(), stderr);
  return code;
}

int complain(const Error& error) {
  return complain(error.message, error.kind == ErrorKind::invalid_input ? exit_usage : exit_fault);
}

std::string tinted(Tint tint, const std::string& text) {
  if (!use_colour() || tint == Tint::none) return text;
  const char* code = tint == Tint::green ? "32" : tint == Tint::yellow ? "33" : tint == Tint::red ? "31" : "90";
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

}  // namespace mailcanary
