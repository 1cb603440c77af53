#include "monitor/cli/desk.h"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include "core/event_loop.h"
#include "core/text.h"
#include "core/units.h"
#include "monitor/cli/commands.h"
#include "monitor/ledger_location.h"

namespace mailcanary {
namespace {

constexpr Duration patience = std::chrono::seconds(3);
constexpr Duration look_again = std::chrono::milliseconds(50);
constexpr Duration longest = std::chrono::hours(24 * 366);
constexpr std::size_t shortest_prefix = 4;

Task<void> await_outcome(EventLoop& loop, LedgerStore& store, const Act& act, std::string& outcome) {
  const MonoTime until = loop.now().mono + patience;
  while (loop.now().mono < until) {
    const auto acts = store.acts_about(act.about);
    if (!acts) co_return;
    for (const auto& written : *acts)
      if (written.id == act.id && written.applied_at) outcome = written.outcome;
    if (!outcome.empty()) co_return;
    co_await loop.sleep_for(look_again);
  }
}

std::string upper(std::string text) {
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

}  // namespace

OpenedDesk open_desk(const std::filesystem::path& file, DeskWork work) {
  auto config = load_or_complain(file, LoadEffect::read_only);
  if (!config) return {std::nullopt, exit_usage};
  std::error_code ignored;
  const bool missing =
      config->ledger.kind == LedgerLocation::Kind::sqlite && !std::filesystem::exists(config->ledger.path, ignored);
  if (missing) {
    return {std::nullopt, complain(fmt::format("there is no ledger at {} yet; start 'mailcanary run' or 'tick' first",
                                               config->ledger.path.string()), exit_fault)};
  }
  auto store = open_ledger(*config, work == DeskWork::act ? LedgerOpen::create_or_migrate : LedgerOpen::read_only);
  if (!store) return {std::nullopt, complain(store.error())};
  return {Desk{std::move(*config), std::move(*store), real_clock().now().wall}, exit_done};
}

Result<std::vector<Incident>> all_incidents(LedgerStore& store) {
  auto incidents = store.incidents_since(WallTime{});
  if (incidents) std::reverse(incidents->begin(), incidents->end());
  return incidents;
}

Result<Incident> incident_named(LedgerStore& store, const std::string& id) {
  auto incidents = all_incidents(store);
  if (!incidents) return incidents.error();
  const std::string prefix = upper(id);
  std::vector<Incident> found;
  for (auto& incident : *incidents)
    if (incident.id.str().starts_with(prefix)) found.push_back(std::move(incident));
  const std::string shown = cut(one_line(id), 40);
  if (prefix.size() < shortest_prefix || found.empty())
    return Error{ErrorKind::invalid_input,
                 fmt::format("no incident has the id {}; 'mailcanary incident list' shows them", shown)};
  if (found.size() > 1)
    return Error{ErrorKind::invalid_input,
                 fmt::format("{} incidents begin with {}, among them {} and {}; give more of the id", found.size(), shown,
                             found[0].id.str(), found[1].id.str())};
  return std::move(found.front());
}

std::string user_name() {
  // Under sudo the person counts, not root.
  if (const char* person = std::getenv("SUDO_USER"); person != nullptr && *person != '\0') return one_line(person);
  if (const passwd* entry = getpwuid(getuid()); entry != nullptr) return one_line(entry->pw_name);
  return fmt::format("user {}", getuid());
}

Result<void> write_act(Desk& desk, const Act& act) {
  Batch batch;
  batch.acts.push_back(act);
  return desk.store->commit({&batch});
}

std::string outcome_of(Desk& desk, const Act& act) {
  EventLoop loop;
  std::string outcome;
  loop.run_until_done(await_outcome(loop, *desk.store, act, outcome));
  return outcome;
}

Result<WallTime> parse_moment(const std::string& text, WallTime now) {
  if (text == "now") return now;
  if (auto time = parse_time(text)) return *time;
  if (text.size() == 16 && text[10] == ' ') {
    if (auto time = parse_time(fmt::format("{}T{}:00Z", text.substr(0, 10), text.substr(11)))) return *time;
  }
  if (text.size() == 5) {
    auto time = parse_time(fmt::format("{}T{}:00Z", format_time(now).substr(0, 10), text));
    if (time) return *time < now ? *time + std::chrono::hours(24) : *time;
  }
  return Error{ErrorKind::invalid_input,
               fmt::format("{} is no time; write now, 02:00 or 2026-11-29 02:00 (UTC), or 2026-11-29T02:00:00+01:00",
                           cut(one_line(text), 40))};
}

Result<Duration> parse_length(const std::string& text) {
  auto length = parse_duration(text);
  if (!length) return Error{length.error().kind, "--for: " + length.error().message};
  if (*length > Duration::zero() && *length <= longest) return length;
  return Error{ErrorKind::invalid_input, "--for must be longer than nothing and at most a year"};
}

}  // namespace mailcanary
