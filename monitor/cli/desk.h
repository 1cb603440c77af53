// The operator's desk: what commands share that write an act into the ledger (monitor/acts.h), and those that name an
// incident.
// Threads: one.
#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "config/config.h"
#include "monitor/acts.h"
#include "monitor/ledger.h"

namespace mailcanary {

struct Desk {
  Config config;
  std::unique_ptr<LedgerStore> store;
  WallTime now;
};
enum class DeskWork { look, act };
// The desk, or the exit code when it stays closed.
struct OpenedDesk {
  std::optional<Desk> desk;
  int exit_code = 0;
  explicit operator bool() const { return desk.has_value(); }
  Desk& operator*() { return *desk; }
  Desk* operator->() { return &*desk; }
  const Desk* operator->() const { return &*desk; }
};
// Complains when the configuration or the ledger cannot be used. Never makes a ledger: nothing has been measured yet.
OpenedDesk open_desk(const std::filesystem::path& file, DeskWork work);

// The newest incidents first.
Result<std::vector<Incident>> all_incidents(LedgerStore& store);
// By its id or the beginning of it, in upper or lower case. invalid_input: none or several begin so.
Result<Incident> incident_named(LedgerStore& store, const std::string& id);

std::string user_name();  // of whoever runs the command
Result<void> write_act(Desk& desk, const Act& act);
// What came of an act on an incident: waits for a moment until `run` has applied it; empty when nobody did.
std::string outcome_of(Desk& desk, const Act& act);

// "now", "2026-11-29T02:00:00Z", "2026-11-29 02:00" or "02:00" (UTC, the next time it comes).
Result<WallTime> parse_moment(const std::string& text, WallTime now);
// "2h", as --for says it. invalid_input unless it is longer than nothing and at most a year.
Result<Duration> parse_length(const std::string& text);

}  // namespace mailcanary
