// How much real mail bounces: what the ledger has counted in a mailbox of bounces.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdio>

#include "core/text.h"
#include "core/units.h"
#include "monitor/cli/commands.h"
#include "monitor/ledger_location.h"
#include "monitor/traffic/traffic_report.h"

namespace mailcanary {

namespace {

struct Flags {
  std::filesystem::path file;
  std::string account, over = "24h";
  bool json = false;
};

std::string mailboxes_words(const Config& config) {
  std::string names;
  for (const auto& account : config.accounts) {
    if (account.bounces) names += (names.empty() ? "" : ", ") + account.name.str();
  }
  return names.empty() ? "no account has bounces: true" : "those with bounces: true are " + names;
}

// What keeps us from counting now, as `run` or `tick` wrote it down last.
std::string fault_in(const std::map<std::string, std::string>& facts, const AccountName& account) {
  const auto value = [&](const std::string& name) {
    const auto fact = facts.find(name);
    return fact == facts.end() ? std::string() : fact->second;
  };
  const std::string reader = value("reader." + account.str());  // times and words, parted by tabs; the last are the fault
  const std::string words = reader.substr(std::min(reader.rfind('\t') + 1, reader.size()));
  if (!words.empty()) return "the mailbox cannot be read: " + words;
  return value("sent." + account.str());
}

int bounces(const Flags& flags) {
  const auto config = load_or_complain(flags.file, LoadEffect::read_only);
  if (!config) return exit_usage;
  const Account* account = config->account(AccountName(flags.account));
  if (!account || !account->bounces) {
    return complain(fmt::format("{} is no mailbox of bounces in {}; {}", one_line(flags.account), flags.file.string(),
                                mailboxes_words(*config)), exit_usage);
  }
  const auto over = parse_duration(flags.over);
  if (!over) return complain(fmt::format("--over: {}", over.error().message), exit_usage);
  auto store = open_ledger(*config, LedgerOpen::read_only);
  if (!store) return complain(store.error());
  const WallTime now = real_clock().now().wall;
  const auto record = (*store)->traffic(now - *over);
  if (!record) return complain(record.error());
  const auto facts = (*store)->facts();
  if (!facts) return complain(facts.error());
  TrafficReport report = traffic_report(*account, *record, now - *over, now);
  report.fault = fault_in(*facts, account->name);
  if (flags.json) {
    std::puts(traffic_json(report).c_str());
  } else {
    std::fputs(traffic_text(report).c_str(), stdout);
  }
  return exit_done;
}

}  // namespace

Work add_bounces(CLI::App& app) {
  auto flags = std::make_shared<Flags>();
  add_config_option(app, flags->file);
  app.add_option("ACCOUNT", flags->account, "an account with bounces: true")->required()->type_name("");
  app.add_option("--over", flags->over, "how far back: 1h, 7d (default 24h)")->type_name("TIME");
  app.add_flag("--json", flags->json, "for programs");
  return [flags] { return bounces(*flags); };
}

}  // namespace mailcanary
