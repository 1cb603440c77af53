// bounce: what a bounce says, of files, folders, mailboxes or standard input.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cstdio>

#include "core/text.h"
#include "monitor/cli/bounce_text.h"
#include "monitor/cli/commands.h"
#include "monitor/cli/mail_source.h"
#include "probes/bounce_notice.h"

namespace mailcanary {

namespace {

struct Flags {
  std::vector<std::string> paths;
  std::filesystem::path config;
  bool json = false, tsv = false;
};

void put(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

int bounce(const Flags& flags) {
  Secret key;
  if (!flags.config.empty()) {
    const auto config = load_or_complain(flags.config, LoadEffect::read_only);
    if (!config) return exit_usage;
    key = config->signing_key;
  }
  BounceTally tally;
  const EachMail each = [&](const std::string& name, std::string_view message) {
    const BounceMail mail = read_bounce_mail(message);
    std::optional<CanaryId> canary;
    if (!flags.config.empty()) {
      if (const auto notice = read_bounce(message, mail, key)) canary = notice->canary;
    }
    tally.add(mail);
    put(flags.json  ? bounce_json(name, mail, canary)
        : flags.tsv ? bounce_tsv(name, mail)
                    : bounce_text(name, mail, canary));
  };
  if (flags.tsv) put(bounce_tsv_header());
  int code = exit_done;
  for (const auto& path : flags.paths) {
    if (auto done = each_mail(path, each); !done) code = complain(one_line(done.error().message), exit_fault);
  }
  if (!flags.json && !flags.tsv && tally.messages() > 1) put("\n" + tally.text());
  return code;
}

}  // namespace

Work add_bounce(CLI::App& app) {
  auto flags = std::make_shared<Flags>();
  app.add_option("FILE", flags->paths, "a message, an mbox, a folder of messages, a Maildir; - reads standard input")
      ->required();
  auto* json = app.add_flag("--json", flags->json, "one line of JSON a recipient");
  app.add_flag("--tsv", flags->tsv, "a table, parted by tabs")->excludes(json);
  app.add_option("-c,--config", flags->config, "a configuration, whose key tells which canary came back")
      ->type_name("FILE");
  return [flags] { return bounce(*flags); };
}

}  // namespace mailcanary
