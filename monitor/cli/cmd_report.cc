// The month against what was promised.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdio>

#include "core/files.h"
#include "monitor/cli/commands.h"
#include "monitor/cli/desk.h"
#include "monitor/report/report.h"

namespace mailcanary {
namespace {

struct Flags {
  std::filesystem::path config;
  std::string month, zone;
  std::optional<std::filesystem::path> html;  // "-": standard output
  bool json = false;
};

int write_page(const std::filesystem::path& file, const std::string& page) {
  if (file == "-") {
    std::fputs(page.c_str(), stdout);
    return exit_done;
  }
  const auto written = write_file_atomically(file, page, FileMode::world_readable);
  return written ? static_cast<int>(exit_done) : complain(written.error());
}

int report(const Flags& flags) {
  if (flags.json && flags.html) return complain("--json and --html are two reports; ask for one of them", exit_usage);
  const auto desk = open_desk(flags.config, DeskWork::look);
  if (!desk) return desk.exit_code;
  const std::string zone = flags.zone.empty() ? desk->config.slo.zone : flags.zone;
  const auto current = month_at(desk->now, zone);
  if (!current) return complain(current.error());
  const auto month = month_of(flags.month.empty() ? *current : flags.month, zone);
  if (!month) return complain(month.error());
  const auto made = make_report(desk->config, *desk->store, *month, desk->now);
  if (!made) return complain(made.error());

  int code = exit_done;
  if (flags.json) {
    std::puts(report_json(*made).c_str());
  } else if (flags.html) {
    code = write_page(*flags.html, report_html(*made));
  } else {
    std::fputs(report_text(*made).c_str(), stdout);
  }
  return made->books.faults.empty() ? code : exit_fault;
}

}  // namespace

Work add_report(CLI::App& app) {
  auto flags = std::make_shared<Flags>();
  add_config_option(app, flags->config);
  app.add_option("--month", flags->month, "as 2026-10 (default: this month, as far as it goes)")->type_name("MONTH");
  app.add_option("--zone", flags->zone, "time zone of the month (default: slo: zone of the configuration, else UTC)")->type_name("ZONE");
  app.add_flag("--json", flags->json, "for programs");
  app.add_option("--html", flags->html, "one page by itself, written to FILE; - or nothing: to standard output")
      ->type_name("FILE")->expected(0, 1)->default_str("-");
  return [flags] { return report(*flags); };
}

}  // namespace mailcanary
