// YAML as a small tree with places, bounded against hostile files: depth, number of nodes, aliases that grow.
// yaml-cpp does the parsing and stays in the .cc. Does not: merge keys, tags of one's own, several documents.
// Threads: any; a tree is immutable.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/report.h"

namespace mailcanary {

struct YamlNode;
using YamlPtr = std::shared_ptr<const YamlNode>;

struct YamlEntry {
  std::string key;
  Place place;  // of the key
  YamlPtr value;
};

struct YamlNode {
  enum class Kind { null, scalar, list, map } kind = Kind::null;
  Place place;                     // of a null in a map: that of its key
  std::string text;                // scalar
  std::vector<YamlPtr> items;      // list
  std::vector<YamlEntry> entries;  // map; keys are unique
  int height = 0;                  // of the tree below; bounded, so that recursion is safe

  const YamlEntry* find(std::string_view key) const;
};
const char* name_of(YamlNode::Kind kind);  // "nothing", "plain text", "a list", "a map"

// Null when the text is no YAML, is not UTF-8 or breaks a bound; the report says why.
YamlPtr parse_yaml(Report& report, std::string_view text);

}  // namespace mailcanary
