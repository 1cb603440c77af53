// Where things are: the status page, retention, vantage, signing key and ledger.
#include <algorithm>

#include <fmt/format.h>

#include "config/endpoint.h"
#include "config/first_run.h"
#include "config/secret_source.h"
#include "config/sections.h"
#include "core/text.h"
#include "core/units.h"

namespace mailcanary {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t shortest_key = 16;
constexpr std::string_view sqlite = "sqlite:";

void load_key(Loading& loading, const MapReader& top) {
  auto node = top.value("secret");
  Place place = top.place_of("secret");
  if (node == nullptr) {
    place = {};
    const auto path = default_key_path(loading.config.file);
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) return;  // read only: it is made by the first run
    YamlNode name;
    name.kind = YamlNode::Kind::scalar;
    name.text = path.string();
    YamlNode source;
    source.kind = YamlNode::Kind::map;
    source.entries.push_back({"file", {}, std::make_shared<const YamlNode>(std::move(name))});
    node = std::make_shared<const YamlNode>(std::move(source));
  }
  auto key = read_secret(loading.report, node, "secret", loading.folder);
  if (!key) return;
  if (key->reveal().size() < shortest_key)
    loading.report.error(
        place, fmt::format("secret is shorter than {} bytes, so others could guess it; make one with mailcanary "
                           "config secret",
                           shortest_key));
  loading.config.signing_key = std::move(*key);
}

void use_sqlite(Loading& loading, const std::filesystem::path& path) {
  loading.config.ledger.kind = LedgerLocation::Kind::sqlite;
  loading.config.ledger.path = loading.folder / path;
}

void load_ledger(Loading& loading, const MapReader& top) {
  const auto node = top.value("ledger");
  if (node == nullptr) {
    use_sqlite(loading, default_ledger_path(loading.config.file));
    return;
  }
  // Read as text first: a path is no secret, and a plain string is right for it.
  const bool plain = node->kind == YamlNode::Kind::scalar;
  if (plain && istarts_with(node->text, sqlite)) {
    const auto path = top.text("ledger");
    if (!path) return;
    if (path->size() == sqlite.size())
      loading.report.error(node->place, "ledger: sqlite: has no path; write sqlite:/var/lib/mailcanary/ledger.db");
    use_sqlite(loading, path->substr(sqlite.size()));
    return;
  }
  const bool postgresql =
      plain && (istarts_with(node->text, "postgresql://") || istarts_with(node->text, "postgres://"));
  if (plain && !postgresql) {
    loading.report.error(node->place, "ledger is no place I know; write sqlite:/path or postgresql://HOST/DATABASE");
    return;
  }
  auto uri = read_secret(loading.report, node, "ledger", loading.folder);
  if (!uri) return;
  if (istarts_with(uri->reveal(), sqlite)) {
    use_sqlite(loading, uri->reveal().substr(sqlite.size()));
  } else if (istarts_with(uri->reveal(), "postgresql://") || istarts_with(uri->reveal(), "postgres://")) {
    loading.config.ledger.kind = LedgerLocation::Kind::postgresql;
    loading.config.ledger.uri = std::move(*uri);
  } else {
    loading.report.error(node->place, "ledger is no place I know; write sqlite:/path or postgresql://HOST/DATABASE");
  }
}

// What a first run makes beside the file; nothing beside one that cannot be used, a misspelt one say.
void make_defaults(Loading& loading, const MapReader& top) {
  if (loading.effect != LoadEffect::create_defaults || loading.report.has_errors()) return;
  if (top.value("secret") == nullptr) {
    const auto made = make_default_key(default_key_path(loading.config.file));
    if (!made)
      loading.report.error(
          {}, fmt::format("the config names no secret and none can be made ({}); add secret: {{file: PATH}}",
                          made.error().message));
  }
  if (top.value("ledger") == nullptr) {
    const auto made = make_default_ledger(loading.config.ledger.path);
    if (!made)
      loading.report.error({},
                           fmt::format("the config names no ledger and none can be made ({}); add ledger: sqlite:/path",
                                       made.error().message));
  }
}

}  // namespace

void load_status(Loading& loading, const MapReader& top) {
  const auto section = top.section("status", Section::status);
  if (!section) return;
  StatusPage& status = loading.config.status;
  status.title = section->text("title").value_or(status.title);
  status.url = section->web_url("url").value_or("");
  while (!status.url.empty() && status.url.back() == '/') status.url.pop_back();
  if (const auto dir = section->text("dir")) status.dir = loading.folder / *dir;
  if (const auto node = section->value("operator_token"))
    if (auto token = read_secret(loading.report, node, "operator_token", loading.folder)) status.operator_token = std::move(*token);
  if (!status.operator_token.empty() && status.operator_token.reveal().size() < shortest_key)
    loading.report.error(section->place_of("operator_token"),
                         fmt::format("operator_token is shorter than {} bytes, so others could guess it; make one with "
                                     "mailcanary config secret",
                                     shortest_key));
  const auto listen = section->text("listen");
  if (!listen) return;
  const auto place = parse_host_port(*listen, 0);
  if (place) {
    status.listen_host = place->host;
    status.listen_port = place->port;
  } else {
    loading.report.error(section->place_of("listen"),
                         fmt::format("listen: {}, as in 127.0.0.1:8025", place.error().message));
  }
}

void load_retention(Loading& loading, const MapReader& top) {
  const auto section = top.section("retention", Section::retention);
  Retention& keep = loading.config.retention;
  if (section) {
    constexpr Duration longest = 24h * 36525;
    keep.canaries = section->duration("canaries", 1h, longest).value_or(keep.canaries);
    keep.rollups_5m = section->duration("rollups_5m", 1h, longest).value_or(keep.rollups_5m);
    keep.rollups_1h = section->duration("rollups_1h", 24h, longest).value_or(keep.rollups_1h);
    keep.rollups_1d = section->duration("rollups_1d", 24h, longest).value_or(keep.rollups_1d);
  }
  const auto& routes = loading.config.routes;
  const auto longest = std::max_element(routes.begin(), routes.end(),
                                        [](const Route& a, const Route& b) { return a.lost_after < b.lost_after; });
  if (longest == routes.end() || longest->lost_after < keep.canaries) return;
  loading.report.error(
      section ? section->place_of("canaries") : Place{},
      fmt::format("canaries are kept for {}, but route {} waits {} for its own; keep them longer than that",
                  format_duration(keep.canaries), in_quotes(longest->name.str()),
                  format_duration(longest->lost_after)));
}

void load_place(Loading& loading, const MapReader& top) {
  loading.config.flap_hold = top.duration("flap_hold", 0s, 24h * 7).value_or(loading.config.flap_hold);
  const auto vantage = top.name("vantage");
  loading.config.vantage = vantage.value_or(default_vantage());
  if (vantage) loading.config.vantage_from = Config::VantageFrom::file;
  load_ledger(loading, top);
  // A key that is named may be wrong, so it comes before, and one that is made after.
  const bool named = top.value("secret") != nullptr;
  if (named) load_key(loading, top);
  make_defaults(loading, top);
  if (!named) load_key(loading, top);
}

}  // namespace mailcanary
