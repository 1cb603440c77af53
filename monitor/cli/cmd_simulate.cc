// The command that lives through a made-up world with the real engine.
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "core/log.h"
#include "core/units.h"
#include "monitor/cli/commands.h"
#include "monitor/simulate/simulation_text.h"

namespace mailcanary {

namespace {

struct Flags {
  std::filesystem::path config, world;
  std::uint64_t seed = 1;
  bool json = false;
};

int simulate_world(const Flags& flags) {
  const auto config = load_or_complain(flags.config, LoadEffect::read_only);
  if (!config) return exit_usage;
  const LoadedWorld loaded = load_world(flags.world, *config);
  for (const auto& diagnostic : loaded.diagnostics) complain(to_text(diagnostic, flags.world), exit_usage);
  if (!loaded.ok()) return exit_usage;

  set_log_level(LogLevel::error);  // its warnings are of a world that is not
  SimulationOptions options;
  options.seed = flags.seed;
  const bool terminal = isatty(STDERR_FILENO) != 0;
  const Duration day = std::chrono::hours(24);
  if (terminal) {
    options.on_progress = [&](Duration simulated) {
      if (simulated / day != (simulated - std::chrono::hours(1)) / day)
        std::fputs(fmt::format("\rday {} of {} ", simulated / day, loaded.world.duration / day).c_str(), stderr);
    };
  }
  const MonoTime began = real_clock().now().mono;
  const auto simulation = simulate(*config, loaded.world, options);
  const Duration took = real_clock().now().mono - began;
  if (terminal) std::fputs("\r\x1b[K", stderr);
  if (!simulation) return complain(simulation.error());

  const Scores scores = judge(*config, loaded.world, *simulation);
  if (flags.json) {
    std::puts(simulation_json(*simulation, scores).c_str());
  } else {
    std::fputs(simulation_text(*config, loaded.world, *simulation, scores).c_str(), stdout);
    const double factor = static_cast<double>(loaded.world.duration.count()) / static_cast<double>(std::max<Duration::rep>(took.count(), 1));
    std::fputs(fmt::format("{} simulated in {}, {:.0f} times as fast as real time\n", format_duration(loaded.world.duration),
                           human_duration(took), factor).c_str(), stderr);
  }
  return simulation->books.faults.empty() ? exit_done : exit_fault;
}

}  // namespace

Work add_simulate(CLI::App& app) {
  auto flags = std::make_shared<Flags>();
  add_config_option(app, flags->config);
  app.add_option("WORLD", flags->world, "a world as JSON: weather, and what goes wrong where and when")->required()->type_name("");
  app.add_option("--seed", flags->seed, "the same seed gives the same output (default: 1)")->type_name("N");
  app.add_flag("--json", flags->json, "for programs");
  return [flags] { return simulate_world(*flags); };
}

}  // namespace mailcanary
