// `mailcanary run` on a mail bed, for benches: its configuration, its process, and its ledger read afterwards.
// Threads: one.
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "monitor/ledger.h"
#include "tests/servers/mail_bed.h"
#include "tests/servers/process.h"

namespace mailcanary::bench {

// The bed's providers and accounts (all of them), then `routes_and_more`, then a ledger of that name; the file lies
// in the bed.
std::filesystem::path write_config(const testbed::MailBed& bed, const std::string& name,
                                   const std::string& routes_and_more);
std::filesystem::path ledger_of(const std::filesystem::path& config);

// The program at work; ready when this returns.
std::unique_ptr<testbed::Process> start_daemon(const std::filesystem::path& config);
// Asks it to stop, and dies when it does not do so cleanly.
testbed::Finished stop_daemon(testbed::Process& daemon);
// Runs `mailcanary ARGUMENTS -c CONFIG` to its end.
testbed::Finished run_mailcanary(std::vector<std::string> arguments, const std::filesystem::path& config);

// All canaries sent since then, oldest first.
std::vector<Canary> canaries_since(const std::filesystem::path& config, WallTime time);

}  // namespace mailcanary::bench
