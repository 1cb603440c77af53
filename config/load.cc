#include "config/load.h"

#include <fmt/format.h>

#include "config/sections.h"
#include "config/suggest.h"
#include "core/files.h"

namespace mailcanary {
namespace {

constexpr std::size_t longest_file = 4u << 20;

Loaded only_error(std::string message) {
  Loaded loaded;
  loaded.diagnostics.push_back({Diagnostic::Severity::error, 0, 0, std::move(message)});
  return loaded;
}

}  // namespace

bool NameIndex::check(Report& report, const NamedPlace& name) const {
  if (has(name.text)) return true;
  if (!report.full() && !given_up_)
    report.error(name.place, fmt::format("no {} is named {}; {}", what_, in_quotes(name.text),
                                         suggest(name.text, names_, fmt::format("the file has no {}s", what_))));
  return false;
}

Loaded load_config(const std::filesystem::path& file, LoadEffect effect) {
  const auto text = read_file(file, longest_file);
  if (!text) return only_error(text.error().message + "; give the path of the config with -c FILE");
  return load_config_text(*text, file, effect);
}

Loaded load_config_text(std::string_view yaml, const std::filesystem::path& file, LoadEffect effect) {
  Report report;
  Loading loading(report, std::filesystem::absolute(file).parent_path(), effect);
  loading.config.file = file;

  YamlPtr root;
  if (yaml.size() > longest_file) {
    report.error({}, fmt::format("the config is longer than {} bytes; split the watch among several", longest_file));
  } else {
    root = parse_yaml(report, yaml);
  }
  if (root != nullptr && root->kind == YamlNode::Kind::null) {
    report.error({}, "the config is empty; begin with accounts: and routes:");
  } else if (root != nullptr) {
    const MapReader top(report, root, Section::top, name_of(Section::top));
    load_providers(loading, top);
    load_accounts(loading, top);
    load_dependencies(loading, top);
    load_routes(loading, top);
    load_anchors(loading, top);
    load_slo(loading, top);
    load_rules(loading, top);
    load_channels(loading, top);
    load_notify(loading, top);
    check_corridor(loading, top);
    load_maintenance(loading, top);
    load_heartbeats(loading, top);
    load_metrics(loading, top);
    load_status(loading, top);
    load_retention(loading, top);
    load_place(loading, top);
  }
  return {std::move(loading.config), report.take()};
}

}  // namespace mailcanary
