// Where a secret comes from: {file: PATH}, {env: NAME}, {credential: NAME} (systemd), or the plain string.
// Threads: any; reads files and the environment.
#pragma once
#include <filesystem>
#include <optional>
#include <string_view>

#include "config/report.h"
#include "config/yaml_tree.h"
#include "core/secret.h"

namespace mailcanary {

// `what` as messages say it: `password of account "shop"`. One line break at the end is not part of the secret.
// A plain string draws a warning; nothing of a secret is ever repeated in a message. Relative paths count from
// `folder`.
std::optional<Secret> read_secret(Report& report, YamlPtr node, std::string_view what,
                                  const std::filesystem::path& folder);

}  // namespace mailcanary
