// The commands that show what the ledger holds: status, history, trace, audit, publish.
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdio>

#include "alerts/status_site.h"
#include "core/text.h"
#include "core/units.h"
#include "monitor/cli/commands.h"
#include "monitor/cli/trace_text.h"
#include "monitor/ledger_location.h"
#include "monitor/stored_view.h"

namespace mailcanary {

namespace {

struct Flags {
  std::filesystem::path file, to;
  std::string name;
  int newest = 20;
  bool json = false;
};

// A command that reads: the configuration, the ledger opened for reading, and then its own work.
template <class F>
int with_ledger(const Flags& flags, F&& work) {
  const auto config = load_or_complain(flags.file, LoadEffect::read_only);
  if (!config) return exit_usage;
  auto store = open_ledger(*config, LedgerOpen::read_only);
  if (!store) return complain(store.error());
  return work(*config, **store);
}

Tint tint_of(RouteState state) {
  switch (state) {
    case RouteState::ok: return Tint::green;
    case RouteState::degraded: return Tint::yellow;
    case RouteState::down: return Tint::red;
    case RouteState::unknown: return Tint::grey;
  }
  return Tint::none;
}

std::string time_or_dash(const std::optional<Duration>& time) { return time ? human_duration(*time) : "-"; }

void print_status(const StatusView& view) {
  std::puts(fmt::format("{} ({}, seen from {})", view.description, format_time(view.generated_at), view.vantage).c_str());
  for (const auto& incident : view.incidents) {
    if (!incident.open()) continue;
    std::puts(fmt::format("\n{} {}, {} since {}\n  {}", tinted(Tint::red, "!"), incident.title, name_of(incident.status),
                          format_time(incident.began_at), incident.first_error.empty() ? incident.reason : incident.first_error).c_str());
  }
  std::puts("");
  std::size_t width = 5;
  for (const auto& route : view.routes) width = std::max(width, route.name.str().size());
  std::puts(fmt::format("{:8}  {:{}}  {:11}  {:>9}  {:>9}", "state", "route", width, "last fate", "p50", "p95").c_str());
  for (const auto& route : view.routes) {
    std::puts(fmt::format("{}  {:{}}  {:11}  {:>9}  {:>9}{}", tinted(tint_of(route.state), fmt::format("{:8}", name_of(route.state))),
                          route.name.str(), width, route.last_fate.empty() ? "-" : route.last_fate, time_or_dash(route.p50),
                          time_or_dash(route.p95), route.reason.empty() ? "" : "  " + route.reason).c_str());
  }
}

int status(const Flags& flags) {
  return with_ledger(flags, [&](const Config& config, LedgerStore& store) {
    auto view = stored_view(config, store, real_clock().now());
    if (!view) return complain(view.error());
    if (flags.json) {
      std::puts(status_json(*view).c_str());
    } else {
      print_status(*view);
    }
    return static_cast<int>(exit_done);
  });
}

int history(const Flags& flags) {
  return with_ledger(flags, [&](const Config& config, LedgerStore& store) {
    if (!config.route(RouteName(flags.name))) {
      return complain(fmt::format("there is no route {} in {}; 'mailcanary status' lists them", one_line(flags.name),
                                  flags.file.string()), exit_usage);
    }
    auto canaries = store.history(RouteName(flags.name), flags.newest);
    if (!canaries) return complain(canaries.error());
    if (flags.json) {
      std::fputs("[", stdout);
      for (std::size_t i = 0; i < canaries->size(); ++i) {
        std::fputs(fmt::format("{}{}", i ? ",\n" : "", canary_json((*canaries)[i])).c_str(), stdout);
      }
      std::puts("]");
      return static_cast<int>(exit_done);
    }
    for (const auto& canary : *canaries) std::puts(history_line(canary).c_str());
    return static_cast<int>(exit_done);
  });
}

int trace(const Flags& flags) {
  return with_ledger(flags, [&](const Config&, LedgerStore& store) {
    if (!ulid_time(flags.name)) {
      return complain(fmt::format("{} is no canary id; 'mailcanary history ROUTE' lists them", one_line(flags.name)), exit_usage);
    }
    std::string id = flags.name;
    for (char& c : id) c = (c >= 'a' && c <= 'z') ? static_cast<char>(c - 'a' + 'A') : c;
    auto canary = store.find(CanaryId(id));
    if (!canary) return complain(canary.error());
    if (!*canary) return complain(fmt::format("canary {} is not in the ledger", id), exit_fault);
    std::puts(flags.json ? canary_json(**canary).c_str() : trace_text(**canary).c_str());
    return static_cast<int>(exit_done);
  });
}

int audit(const Flags& flags) {
  return with_ledger(flags, [&](const Config&, LedgerStore& store) {
    auto books = store.audit(real_clock().now().wall);
    if (!books) return complain(books.error());
    const bool balanced = books->faults.empty();
    if (flags.json) {
      nlohmann::ordered_json json{{"balanced", balanced}, {"sent", books->sent}};
      for (const auto& [fate, count] : books->by_fate) json["fates"][name_of(fate)] = count;
      for (const auto& traffic : books->traffic)
        json["traffic"][traffic.account.str()] = {{"bounces", traffic.messages}, {"recipients", traffic.recipients}, {"sent", traffic.mails}};
      json["faults"] = books->faults;
      std::puts(json.dump().c_str());
      return static_cast<int>(balanced ? exit_done : exit_fault);
    }
    std::puts(fmt::format("{:12} {:>10}", "sent", books->sent).c_str());
    std::int64_t unknown = 0;
    for (const auto& [fate, count] : books->by_fate) {
      if (fate == Fate::unknown) {
        unknown = count;
      } else {
        std::puts(fmt::format("  {:10} {:>10}", name_of(fate), count).c_str());
      }
    }
    if (unknown > 0) std::puts(fmt::format("{:12} {:>10}  never left, for a fault of our own", "not sent", unknown).c_str());
    for (const auto& traffic : books->traffic)
      std::puts(fmt::format("{:12} {:>10}  real bounces of {} recipients, {} mails sent", traffic.account.str(), traffic.messages,
                            traffic.recipients, traffic.mails).c_str());
    for (const auto& fault : books->faults) std::puts(tinted(Tint::red, fault).c_str());
    std::puts(balanced ? "the books balance" : "THE BOOKS DO NOT BALANCE");
    return static_cast<int>(balanced ? exit_done : exit_fault);
  });
}

int publish(const Flags& flags) {
  return with_ledger(flags, [&](const Config& config, LedgerStore& store) {
    auto view = stored_view(config, store, real_clock().now());
    if (!view) return complain(view.error());
    auto written = publish_site(render_site(*view), flags.to);
    return written ? static_cast<int>(exit_done) : complain(written.error());
  });
}

std::shared_ptr<Flags> common(CLI::App& app) {
  auto flags = std::make_shared<Flags>();
  add_config_option(app, flags->file);
  return flags;
}

}  // namespace

Work add_status(CLI::App& app) {
  auto flags = common(app);
  app.add_flag("--json", flags->json, "for programs");
  return [flags] { return status(*flags); };
}

Work add_history(CLI::App& app) {
  auto flags = common(app);
  app.add_option("ROUTE", flags->name, "name of the route")->required()->type_name("");
  app.add_option("-n", flags->newest, "how many, up to 100000 (default 20)")->type_name("N")->check(CLI::Range(1, 100000).description(""));
  app.add_flag("--json", flags->json, "for programs");
  return [flags] { return history(*flags); };
}

Work add_trace(CLI::App& app) {
  auto flags = common(app);
  app.add_option("CANARY", flags->name, "id of the canary, as history shows it")->required()->type_name("");
  app.add_flag("--json", flags->json, "for programs");
  return [flags] { return trace(*flags); };
}

Work add_audit(CLI::App& app) {
  auto flags = common(app);
  app.add_flag("--json", flags->json, "for programs");
  return [flags] { return audit(*flags); };
}

Work add_publish(CLI::App& app) {
  auto flags = common(app);
  app.add_option("--to", flags->to, "folder of the site")->required()->type_name("DIR");
  return [flags] { return publish(*flags); };
}

}  // namespace mailcanary
