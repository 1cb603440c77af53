// drill: an exercise through the real channels.
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "alerts/incident_object.h"
#include "core/text.h"
#include "core/units.h"
#include "monitor/cli/commands.h"
#include "monitor/drill.h"

namespace mailcanary {

namespace {

struct DrillFlags {
  std::filesystem::path file;
  std::string scenario, wait = "30s";
  bool pages = false, json = false;
};

const char* name_of(DrillResult::End end) {
  switch (end) {
    case DrillResult::End::told: return "told";
    case DrillResult::End::failed: return "failed";
    case DrillResult::End::spared: return "spared";
  }
  return "failed";
}

std::string steps_of(const DrillResult& result) {
  std::string steps;
  for (const auto& step : result.steps) {
    steps += fmt::format("{}{} {}", steps.empty() ? "" : ", ", mailcanary::name_of(step.kind), human_duration(step.took));
    if (step.attempts > 1) steps += fmt::format(" ({} attempts)", step.attempts);
  }
  return steps;
}

std::string line_of(const DrillResult& result, std::size_t width) {
  std::string words = steps_of(result);
  if (result.end == DrillResult::End::spared) words = "customers read it; use --public";
  if (result.end == DrillResult::End::failed) words += (words.empty() ? "" : "; ") + result.fault;
  const Tint tint = result.end == DrillResult::End::told ? Tint::green : result.end == DrillResult::End::failed ? Tint::red : Tint::grey;
  return fmt::format("{}  {:<{}}  {}", tinted(tint, fmt::format("{:<6}", name_of(result.end))),
                     fmt::format("{} ({})", result.channel.str(), result.kind), width, words);
}

std::string json_of(const std::vector<DrillResult>& results) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const auto& result : results) {
    nlohmann::ordered_json steps = nlohmann::ordered_json::array();
    for (const auto& step : result.steps)
      steps.push_back({{"kind", mailcanary::name_of(step.kind)}, {"ms", json_milliseconds(step.took)}, {"attempts", step.attempts}});
    list.push_back({{"channel", result.channel.str()}, {"kind", result.kind}, {"end", name_of(result.end)},
                    {"steps", std::move(steps)}, {"fault", result.fault}});
  }
  return json_text(list, JsonStyle::readable);
}

int drill(const DrillFlags& flags) {
  const DrillScenario* scenario = drill_scenario(flags.scenario);
  if (scenario == nullptr) {
    std::string known;
    for (const auto& each : drill_scenarios()) known += (known.empty() ? "" : ", ") + std::string(each.name);
    return complain(fmt::format("there is no scenario {}; use one of {}", one_line(flags.scenario), known), exit_usage);
  }
  const auto wait = parse_duration(flags.wait);
  if (!wait) return complain("--wait: " + wait.error().message, exit_usage);
  const auto config = load_or_complain(flags.file, LoadEffect::read_only);
  if (!config) return exit_usage;
  DrillOptions options;
  options.pages = flags.pages ? DrillOptions::Pages::included : DrillOptions::Pages::spared;
  options.patience = *wait;
  const char* user = std::getenv("USER");
  options.by = user == nullptr ? "" : user;
  EventLoop loop;
  const auto results = run_drill(loop, *config, *scenario, options);
  if (flags.json) {
    std::puts(json_of(results).c_str());
  } else {
    std::size_t width = 0;
    for (const auto& result : results) width = std::max(width, result.channel.str().size() + result.kind.size() + 3);
    for (const auto& result : results) std::puts(line_of(result, width).c_str());
  }
  const auto told = [](const DrillResult& result) { return result.end == DrillResult::End::told; };
  const auto failed = [](const DrillResult& result) { return result.end == DrillResult::End::failed; };
  if (std::any_of(results.begin(), results.end(), failed)) return exit_fault;
  if (std::none_of(results.begin(), results.end(), told)) return complain("no channel took part", exit_fault);
  return exit_done;
}

}  // namespace

Work add_drill(CLI::App& app) {
  auto flags = std::make_shared<DrillFlags>();
  add_config_option(app, flags->file);
  app.add_option("SCENARIO", flags->scenario, "outage, recovery, escalation or all")->required()->type_name("");
  app.add_option("--wait", flags->wait, "patience with one notice on one channel (default 30s)")->type_name("TIME");
  app.add_flag("--public", flags->pages, "status pages that customers read take part too");
  app.add_flag("--json", flags->json, "for programs");
  app.footer(
      "Every text says EXERCISE, each scenario ends what it began, and the ledger hears nothing of it.\n"
      "Exit codes: 0 every channel took all, 1 one did not, 2 wrong use or configuration.\n"
      "Example: mailcanary drill outage -c mailcanary.yaml");
  return [flags] { return drill(*flags); };
}

}  // namespace mailcanary
