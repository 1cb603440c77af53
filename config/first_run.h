// What a config that does not name them gets made on its first run: the signing key and the ledger, beside the file.
// Threads: any; two processes may try at once.
#pragma once
#include <filesystem>
#include <string>

#include "core/result.h"

namespace mailcanary {

// "/etc/mailcanary/shop.yaml" has its key in shop.secret and its ledger in shop.db, so that two configs in one
// folder do not share them.
std::filesystem::path default_key_path(const std::filesystem::path& config_file);
std::filesystem::path default_ledger_path(const std::filesystem::path& config_file);

// Makes the key unless it is there (mode 0600). Processes that try at once agree on one key.
Result<void> make_default_key(const std::filesystem::path& path);
// Makes an empty ledger file unless it is there, so that what SQLite makes of it has mode 0600.
Result<void> make_default_ledger(const std::filesystem::path& path);

// The host's name as a vantage.
std::string default_vantage();

}  // namespace mailcanary
