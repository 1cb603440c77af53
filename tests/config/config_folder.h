// A folder for config files and the secrets they name; it goes away with the test.
#pragma once
#include <cstdlib>
#include <filesystem>
#include <string>

#include "config/load.h"
#include "core/files.h"
#include "tests/catch.h"

namespace mailcanary {

class ConfigFolder {
 public:
  ConfigFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "mailcanary-config-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ConfigFolder(const ConfigFolder&) = delete;
  ConfigFolder& operator=(const ConfigFolder&) = delete;
  ~ConfigFolder() { std::filesystem::remove_all(path_); }

  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  std::filesystem::path put(const std::string& name, const std::string& text) const {
    REQUIRE(write_file_atomically(path_ / name, text, FileMode::owner_only));
    return path_ / name;
  }
  // The text as the config file of this folder.
  Loaded load(const std::string& yaml) const {
    return load_config_text(yaml, path_ / "mc.yaml", LoadEffect::read_only);
  }
  // What it says of the text, without this folder's path.
  std::string complaints(const std::string& yaml) const { return complaints_of(load(yaml)); }
  std::string complaints_of(const Loaded& loaded) const {
    std::string text;
    for (const auto& diagnostic : loaded.diagnostics) text += to_text(diagnostic, "mc.yaml") + "\n";
    const std::string prefix = path_.string() + "/";
    for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix)) text.erase(at, prefix.size());
    return text;
  }

 private:
  std::filesystem::path path_;
};

// An environment variable for the length of a test.
class WithEnvironment {
 public:
  WithEnvironment(const char* name, const std::string& value) : name_(name) { setenv(name, value.c_str(), 1); }
  ~WithEnvironment() { unsetenv(name_); }
  WithEnvironment(const WithEnvironment&) = delete;
  WithEnvironment& operator=(const WithEnvironment&) = delete;

 private:
  const char* name_;
};

// Two accounts that can send and receive, without a warning; routes and the rest follow.
inline const std::string two_accounts =
    "accounts:\n"
    "  a: {address: a@one.example, smtp: smtps://mx.one.example, imap: imaps://mx.one.example, password: {env: "
    "MC_TEST}}\n"
    "  b: {address: b@two.example, smtp: smtps://mx.two.example, imap: imaps://mx.two.example, password: {env: "
    "MC_TEST}}\n";
inline const std::string a_pair = two_accounts + "routes: [{mesh: [a, b]}]\n";

}  // namespace mailcanary
