// Reads one map of the config file by its section's table: unknown and missing keys are reported when it is made,
// wrong values when they are read. A value that is absent or wrong reads as nothing.
// Threads: one.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/fields.h"
#include "config/report.h"
#include "config/yaml_tree.h"
#include "core/clock.h"

namespace mailcanary {

struct NamedPlace {
  std::string text;
  Place place;
};

// Names of accounts, routes, channels …: letters, digits, dot, dash and underline, at most 64.
bool is_name(std::string_view text);

// `text` cut and cleaned, in quotes, for messages.
std::string in_quotes(std::string_view text);

class MapReader {
 public:
  // `where` as messages say it: `account "shop"`. `more_keys` are allowed beside the table's.
  MapReader(Report& report, YamlPtr node, Section section, std::string where, std::vector<std::string> more_keys = {});

  // False when the value is no map at all: then it is reported, and reads as an empty one.
  bool is_map() const { return is_map_; }
  bool has(std::string_view key) const { return node_->find(key) != nullptr; }
  Place place() const { return node_->place; }
  Place place_of(std::string_view key) const;  // of the value; of the map when the key is absent
  const std::string& where() const { return where_; }
  Report& report() const { return report_; }
  YamlPtr value(std::string_view key) const;  // null when absent

  std::optional<std::string> text(std::string_view key) const;  // not empty, no control characters
  std::optional<std::string> name(std::string_view key) const;
  std::vector<NamedPlace> names(std::string_view key) const;  // a list, or one name; no name twice
  std::optional<bool> flag(std::string_view key) const;
  std::optional<std::int64_t> whole(std::string_view key, std::int64_t least, std::int64_t most) const;
  std::optional<Duration> duration(std::string_view key, Duration least, Duration most) const;
  // A list of durations, each longer than the one before; `never` is an empty list.
  std::optional<std::vector<Duration>> durations(std::string_view key, Duration least, Duration most) const;
  std::optional<std::string> web_url(std::string_view key) const;
  // The map under the key; nothing when absent or no map.
  std::optional<MapReader> section(std::string_view key, Section section) const;
  // Entries of a map of named things; names are checked.
  std::vector<YamlEntry> named_entries(std::string_view key) const;
  std::vector<YamlPtr> list(std::string_view key) const;
  // A program by its whole path, and what it is called with.
  std::vector<std::string> arguments(std::string_view key) const;

 private:
  // The scalar's text; reports anything else. `kind`: "a duration such as 5m".
  const YamlNode* scalar(std::string_view key, std::string_view kind) const;

  Report& report_;
  YamlPtr node_;
  std::string where_;
  bool is_map_ = true;
};

}  // namespace mailcanary
