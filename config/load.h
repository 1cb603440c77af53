// From YAML to Config, with every mistake reported in one go.
// Threads: any; reads the file, the secrets it names and the environment.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "core/result.h"

namespace mailcanary {

struct Diagnostic {
  enum class Severity { error, warning } severity = Severity::error;
  int line = 0;    // from 1; 0 when the fault has no place in the file
  int column = 0;
  std::string message;  // "what is wrong; what to do"
};

struct Loaded {
  Config config;                        // use only when ok()
  std::vector<Diagnostic> diagnostics;  // in the order of the file
  bool ok() const;                      // no error among them (warnings are fine)
};
// "FILE:LINE:COL: what is wrong; what to do" (warnings: "FILE:LINE:COL: warning: …").
std::string to_text(const Diagnostic& diagnostic, const std::filesystem::path& file);

// What loading may do beside reading. `create_defaults` makes the signing key and the ledger's folder beside the
// file when the config names none (mode 0600); `read_only` names their paths but makes nothing.
enum class LoadEffect { create_defaults, read_only };
Loaded load_config(const std::filesystem::path& file, LoadEffect effect);
// The same from text; relative paths count from `file`'s folder.
Loaded load_config_text(std::string_view yaml, const std::filesystem::path& file, LoadEffect effect);

// The effective config as YAML with secrets masked; for `config show`.
std::string show_config(const Config& config);
// JSON Schema (draft 2020-12) of the file; for `config schema`.
std::string config_schema();
// A fresh signing key as text (base64 of 32 random bytes and a newline); for `config secret`.
std::string make_signing_key();

}  // namespace mailcanary
