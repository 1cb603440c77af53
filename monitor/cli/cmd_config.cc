// config check, show, schema, secret.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdio>

#include "core/text.h"
#include "monitor/cli/commands.h"

namespace mailcanary {

namespace {

int config_check(const std::filesystem::path& file) {
  const auto config = load_or_complain(file, LoadEffect::read_only);
  if (!config) return exit_usage;
  std::puts(fmt::format("{}: good: {}, {}, {}", file.string(),
                        count_noun(static_cast<long long>(config->accounts.size()), "account", "accounts"),
                        count_noun(static_cast<long long>(config->routes.size()), "route", "routes"),
                        count_noun(static_cast<long long>(config->channels.size()), "channel", "channels")).c_str());
  return exit_done;
}

int config_show(const std::filesystem::path& file) {
  const auto config = load_or_complain(file, LoadEffect::read_only);
  if (!config) return exit_usage;
  std::fputs(show_config(*config).c_str(), stdout);
  return exit_done;
}

}  // namespace

Work add_config(CLI::App& app) {
  struct Flags {
    std::filesystem::path file;
    std::string what;
  };
  auto flags = std::make_shared<Flags>();
  add_config_option(app, flags->file);
  app.add_option("WHAT", flags->what,
                 "check: every mistake in the file; show: what applies, secrets masked; schema: JSON Schema for editors; "
                 "secret: a fresh signing key")
      ->required()
      ->check(CLI::IsMember({"check", "show", "schema", "secret"}));
  return [flags] {
    if (flags->what == "check") return config_check(flags->file);
    if (flags->what == "show") return config_show(flags->file);
    std::fputs(flags->what == "schema" ? config_schema().c_str() : make_signing_key().c_str(), stdout);
    return static_cast<int>(exit_done);
  };
}

}  // namespace mailcanary
