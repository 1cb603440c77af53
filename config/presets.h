// What is known of the large providers: hosts, ports, limits, dated warnings. Does not: ask them. Constant; any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"

namespace mailcanary {

struct PresetWarning {
  std::string from;  // RFC 3339 date from which it matters, "" for always
  std::string text;
};
struct Preset {
  const char* name;  // "gmail", "microsoft365", "rackspace", "fastmail", "icloud", "ses"
  const char* title;
  std::optional<Endpoint> smtp, inbox;
  int daily_limit;       // 0: not known
  bool plus_addresses;
  int max_sessions;
  const char* authserv_id;  // "" where none is known: Authentication-Results count by their place
  std::vector<PresetWarning> warnings;
};
const std::vector<Preset>& presets();
const Preset* preset(std::string_view name);

}  // namespace mailcanary
