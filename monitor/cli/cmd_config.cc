// config check, show, schema, secret.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "alerts/channel.h"
#include "core/text.h"
#include "monitor/cli/commands.h"
#include "monitor/ledger_location.h"
#include "monitor/notice_mail.h"
#include "probes/inbox.h"

namespace mailcanary {

namespace {

// What is written well but `run` would refuse, since this version cannot read, reach or keep it.
std::vector<std::string> refusals_of(const Config& config) {
  std::vector<std::string> refusals;
  const auto note = [&refusals](const auto& made) {
    if (!made) refusals.push_back(made.error().message);
  };
  EventLoop loop;
  HttpClient http(loop);
  if (config.ledger.kind != LedgerLocation::Kind::sqlite) note(open_ledger(config, LedgerOpen::read_only));
  for (const auto& account : config.accounts) {
    const bool used = std::any_of(config.routes.begin(), config.routes.end(), [&account](const Route& route) {
      return route.from == account.name || route.to == account.name;
    });
    if (!used || !account.inbox) continue;
    InboxOptions options;
    options.account = account;
    note(make_inbox(loop, std::move(options)));
  }
  const auto mail = make_mail_sender(loop, config);
  for (const auto& channel : config.channels) note(make_channel({loop, http, mail.get()}, channel));
  return refusals;
}

int config_check(const std::filesystem::path& file) {
  const auto config = load_or_complain(file, LoadEffect::read_only);
  if (!config) return exit_usage;
  const auto refusals = refusals_of(*config);
  for (const auto& refusal : refusals) complain(fmt::format("{}: {}", file.string(), refusal), exit_usage);
  if (!refusals.empty()) return exit_usage;
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
  app.add_option("WHAT", flags->what, "check, show, schema or secret")
      ->required()
      ->type_name("")
      ->check(CLI::IsMember({"check", "show", "schema", "secret"}).description(""));
  app.footer(
      "check   names every mistake in the file, and what this version cannot do\n"
      "show    prints what applies, defaults included and secrets masked\n"
      "schema  prints the JSON Schema of the file, for editors\n"
      "secret  prints a fresh signing key\n"
      "Example: mailcanary config check -c mailcanary.yaml");
  return [flags] {
    if (flags->what == "check") return config_check(flags->file);
    if (flags->what == "show") return config_show(flags->file);
    std::fputs(flags->what == "schema" ? config_schema().c_str() : make_signing_key().c_str(), stdout);
    return static_cast<int>(exit_done);
  };
}

}  // namespace mailcanary
