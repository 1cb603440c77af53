#include "config/map_reader.h"

#include <algorithm>
#include <charconv>
#include <unordered_set>

#include <fmt/format.h>

#include "config/endpoint.h"
#include "config/suggest.h"
#include "core/text.h"
#include "core/units.h"

namespace mailcanary {
namespace {

constexpr std::size_t longest_text = 1000;

}  // namespace

std::string in_quotes(std::string_view text) { return "\"" + cut(one_line(text), 64) + "\""; }

bool is_name(std::string_view text) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  if (text.empty() || text.size() > 64 || !is_letter(text.front())) return false;
  return std::all_of(text.begin(), text.end(),
                     [&](char c) { return is_letter(c) || c == '.' || c == '-' || c == '_'; });
}

MapReader::MapReader(Report& report, YamlPtr node, Section section, std::string where,
                     std::vector<std::string> more_keys)
    : report_(report), node_(std::move(node)), where_(std::move(where)) {
  if (node_->kind != YamlNode::Kind::map && node_->kind != YamlNode::Kind::null) {
    report_.error(node_->place, fmt::format("{} must be a map of settings, not {}; write it as KEY: VALUE lines",
                                            where_, name_of(node_->kind)));
    auto empty = std::make_shared<YamlNode>();
    empty->place = node_->place;
    node_ = std::move(empty);
    is_map_ = false;
    return;  // missing keys would only repeat it
  }
  std::vector<std::string> keys = std::move(more_keys);
  for (const auto& field : fields_of(section)) keys.emplace_back(field.key);
  for (const auto& entry : node_->entries) {
    if (report_.full()) return;
    if (std::find(keys.begin(), keys.end(), entry.key) != keys.end()) continue;
    const std::string cure =
        entry.key == "<<" ? "merge keys are not read, write the settings out" : suggest(entry.key, keys, "remove it");
    report_.error(entry.place, fmt::format("unknown key {} in {}; {}", in_quotes(entry.key), where_, cure));
  }
  for (const auto& field : fields_of(section)) {
    if (field.need == Field::Need::required && !has(field.key))
      report_.error(node_->place, fmt::format("{} has no {}; add {}: ({})", where_, field.key, field.key, field.says));
  }
}

Place MapReader::place_of(std::string_view key) const {
  const auto* entry = node_->find(key);
  return entry == nullptr ? node_->place : entry->value->place;
}

YamlPtr MapReader::value(std::string_view key) const {
  const auto* entry = node_->find(key);
  return entry == nullptr ? nullptr : entry->value;
}

const YamlNode* MapReader::scalar(std::string_view key, std::string_view kind) const {
  const auto* entry = node_->find(key);
  if (entry == nullptr) return nullptr;
  if (entry->value->kind == YamlNode::Kind::scalar) return entry->value.get();
  report_.error(entry->value->place, fmt::format("{} must be {}, not {}; write it after the colon or remove the key",
                                                 key, kind, name_of(entry->value->kind)));
  return nullptr;
}

std::optional<std::string> MapReader::text(std::string_view key) const {
  const auto* node = scalar(key, "plain text");
  if (node == nullptr) return std::nullopt;
  if (node->text.empty()) {
    report_.error(node->place, fmt::format("{} is empty; give it a value or remove the key", key));
  } else if (node->text.size() > longest_text) {
    report_.error(node->place, fmt::format("{} is longer than {} bytes; shorten it", key, longest_text));
  } else if (one_line(node->text) != node->text) {
    report_.error(node->place,
                  fmt::format("{} holds line breaks, control characters or surplus spaces; remove them", key));
  } else {
    return node->text;
  }
  return std::nullopt;
}

std::optional<std::string> MapReader::name(std::string_view key) const {
  const auto* node = scalar(key, "a name");
  if (node == nullptr) return std::nullopt;
  if (is_name(node->text)) return node->text;
  report_.error(node->place, fmt::format("{}: {} is no name; use letters, digits, dot, dash and underline, at most 64",
                                         key, in_quotes(node->text)));
  return std::nullopt;
}

std::vector<NamedPlace> MapReader::names(std::string_view key) const {
  const auto* entry = node_->find(key);
  if (entry == nullptr) return {};
  const YamlNode& node = *entry->value;
  std::vector<YamlPtr> items = node.kind == YamlNode::Kind::list ? node.items : std::vector<YamlPtr>{entry->value};
  if (items.empty())
    report_.error(node.place, fmt::format("{} is an empty list; name something or remove the key", key));
  std::vector<NamedPlace> names;
  std::unordered_set<std::string> seen;
  for (const auto& item : items) {
    if (report_.full()) break;
    if (item->kind != YamlNode::Kind::scalar) {
      report_.error(item->place,
                    fmt::format("{} must be a list of names, not {}; write it as [a, b]", key, name_of(item->kind)));
    } else if (!is_name(item->text)) {
      report_.error(item->place,
                    fmt::format("{}: {} is no name; use letters, digits, dot, dash and underline, at most 64", key,
                                in_quotes(item->text)));
    } else if (!seen.insert(item->text).second) {
      report_.error(item->place, fmt::format("{} names {} twice; remove one", key, in_quotes(item->text)));
    } else {
      names.push_back({item->text, item->place});
    }
  }
  return names;
}

std::optional<bool> MapReader::flag(std::string_view key) const {
  const auto* node = scalar(key, "true or false");
  if (node == nullptr) return std::nullopt;
  if (node->text == "true") return true;
  if (node->text == "false") return false;
  report_.error(node->place,
                fmt::format("{}: {} is neither true nor false; write one of the two", key, in_quotes(node->text)));
  return std::nullopt;
}

std::optional<std::int64_t> MapReader::whole(std::string_view key, std::int64_t least, std::int64_t most) const {
  const auto* node = scalar(key, "a whole number");
  if (node == nullptr) return std::nullopt;
  std::int64_t number = 0;
  const char* end = node->text.data() + node->text.size();
  const auto [at, failure] = std::from_chars(node->text.data(), end, number);
  if (failure == std::errc() && at == end && number >= least && number <= most) return number;
  report_.error(node->place, fmt::format("{}: {} will not do; write a whole number from {} to {}", key,
                                         in_quotes(node->text), least, most));
  return std::nullopt;
}

std::optional<Duration> MapReader::duration(std::string_view key, Duration least, Duration most) const {
  const auto* node = scalar(key, "a duration such as 5m");
  if (node == nullptr) return std::nullopt;
  const auto parsed = parse_duration(node->text);
  if (!parsed) {
    report_.error(node->place, fmt::format("{}: {}", key, parsed.error().message));
  } else if (*parsed < least || *parsed > most) {
    report_.error(node->place,
                  fmt::format("{}: {} is too {}; write a duration from {} to {}", key, format_duration(*parsed),
                              *parsed < least ? "short" : "long", format_duration(least), format_duration(most)));
  } else {
    return *parsed;
  }
  return std::nullopt;
}

std::optional<std::vector<Duration>> MapReader::durations(std::string_view key, Duration least, Duration most) const {
  const auto* entry = node_->find(key);
  if (entry == nullptr) return std::nullopt;
  const YamlNode& node = *entry->value;
  std::vector<Duration> durations;
  if (node.kind == YamlNode::Kind::scalar && node.text == "never") return durations;
  if (node.kind != YamlNode::Kind::list || node.items.empty()) {
    report_.error(node.place, fmt::format("{}: write a list such as [15m, 1h], or never", key));
    return std::nullopt;
  }
  for (const auto& item : node.items) {
    const auto parsed = item->kind == YamlNode::Kind::scalar ? parse_duration(item->text)
                                                             : Result<Duration>(Error{ErrorKind::invalid_input, "each is a duration such as 5m"});
    if (!parsed) {
      report_.error(item->place, fmt::format("{}: {}", key, parsed.error().message));
    } else if (*parsed < least || *parsed > most) {
      report_.error(item->place, fmt::format("{}: {} will not do; write a duration from {} to {}", key,
                                             format_duration(*parsed), format_duration(least), format_duration(most)));
    } else if (!durations.empty() && *parsed <= durations.back()) {
      report_.error(item->place, fmt::format("{}: {} is not longer than the one before; put them in order", key,
                                             format_duration(*parsed)));
    } else {
      durations.push_back(*parsed);
    }
  }
  return durations;
}

std::optional<std::string> MapReader::web_url(std::string_view key) const {
  const auto* node = scalar(key, "a web address");
  if (node == nullptr) return std::nullopt;
  const auto checked = check_web_url(node->text);
  if (!checked) {
    report_.error(node->place, fmt::format("{}: {}", key, checked.error().message));
    return std::nullopt;
  }
  if (holds_login(node->text)) {
    report_.error(node->place, fmt::format("{}: a user or password in a web address would be shown; leave it out, or where a "
                                           "secret is taken give the whole address as one: {{file: PATH}}", key));
    return std::nullopt;
  }
  return node->text;
}

std::optional<MapReader> MapReader::section(std::string_view key, Section section) const {
  const auto* entry = node_->find(key);
  if (entry == nullptr) return std::nullopt;
  return MapReader(report_, entry->value, section, fmt::format("{} of {}", key, where_));
}

std::vector<YamlEntry> MapReader::named_entries(std::string_view key) const {
  const auto* entry = node_->find(key);
  if (entry == nullptr || entry->value->kind == YamlNode::Kind::null) return {};
  if (entry->value->kind != YamlNode::Kind::map) {
    report_.error(entry->value->place,
                  fmt::format("{} must be a map, not {}; write each as NAME: {{…}}", key, name_of(entry->value->kind)));
    return {};
  }
  std::vector<YamlEntry> entries;
  for (const auto& named : entry->value->entries) {
    if (report_.full()) break;
    if (is_name(named.key)) {
      entries.push_back(named);
    } else {
      report_.error(named.place,
                    fmt::format("{}: {} is no name; use letters, digits, dot, dash and underline, at most 64", key,
                                in_quotes(named.key)));
    }
  }
  return entries;
}

std::vector<YamlPtr> MapReader::list(std::string_view key) const {
  const auto* entry = node_->find(key);
  if (entry == nullptr || entry->value->kind == YamlNode::Kind::null) return {};
  if (entry->value->kind == YamlNode::Kind::list) return entry->value->items;
  report_.error(entry->value->place, fmt::format("{} must be a list, not {}; begin each entry with a dash", key,
                                                 name_of(entry->value->kind)));
  return {};
}

std::vector<std::string> MapReader::arguments(std::string_view key) const {
  std::vector<std::string> arguments;
  for (const auto& node : list(key)) {
    if (node->kind == YamlNode::Kind::scalar && node->text.find('\0') == std::string::npos) {
      arguments.push_back(node->text);
    } else {
      report_.error(node->place, fmt::format("{}: each entry is one word for the program; put it in quotes", key));
    }
  }
  if (arguments.empty()) {
    report_.error(place_of(key), fmt::format("{} is empty; write [/path/to/program, argument]", key));
  } else if (!arguments.front().starts_with('/')) {
    report_.error(place_of(key), fmt::format("{}: {} is no whole path; PATH is not searched", key,
                                             in_quotes(arguments.front())));
  }
  return arguments;
}

}  // namespace mailcanary
