// The commands, one row each. To add one: a function add_X here and in a cmd_*.cc, a row in command_line.cc, its lines
// in docs/commands.md and a test.
// A command's function declares its options on `app` and returns the work, which returns the exit code.
#pragma once
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "config/config.h"
#include "config/load.h"
#include "core/result.h"

namespace CLI {
class App;
}

namespace mailcanary {

// 0 done, 1 the work failed or found fault, 2 wrong use or configuration.
enum ExitCode { exit_done = 0, exit_fault = 1, exit_usage = 2 };

using Work = std::function<int()>;

Work add_demo(CLI::App& app);
Work add_run(CLI::App& app);
Work add_tick(CLI::App& app);
Work add_check(CLI::App& app);
Work add_status(CLI::App& app);
Work add_history(CLI::App& app);
Work add_trace(CLI::App& app);
Work add_explain(CLI::App& app);
Work add_bounce(CLI::App& app);
Work add_bounces(CLI::App& app);
Work add_headers(CLI::App& app);
Work add_incident(CLI::App& app);
Work add_ack(CLI::App& app);
Work add_maintenance(CLI::App& app);
Work add_silence(CLI::App& app);
Work add_drill(CLI::App& app);
Work add_simulate(CLI::App& app);
Work add_report(CLI::App& app);
Work add_audit(CLI::App& app);
Work add_publish(CLI::App& app);
Work add_config(CLI::App& app);

// -c FILE, shared by nearly all commands.
void add_config_option(CLI::App& app, std::filesystem::path& file);
// Loads and prints every complaint to standard error; nothing when there was an error.
std::optional<Config> load_or_complain(const std::filesystem::path& file, LoadEffect effect);
// "mailcanary: message" to standard error; returns `code`.
int complain(const std::string& message, int code);
int complain(const Error& error);

// Colours only on a terminal and without NO_COLOR.
enum class Tint { none, green, yellow, red, grey };
std::string tinted(Tint tint, const std::string& text);

}  // namespace mailcanary
