// Signs of our own life: heartbeats, and metrics in a file.
#include <fmt/format.h>

#include "config/endpoint.h"
#include "config/secret_source.h"
#include "config/sections.h"
#include "core/text.h"

namespace mailcanary {
namespace {

using namespace std::chrono_literals;

void load_heartbeat(Loading& loading, const YamlEntry& entry) {
  Heartbeat heartbeat;
  heartbeat.name = entry.key;
  const std::string where = fmt::format("heartbeat {}", in_quotes(entry.key));
  const MapReader reader(loading.report, entry.value, Section::heartbeat, where);
  if (!reader.is_map()) return;
  const bool pings = reader.has("healthchecks");
  if (pings == reader.has("url")) {
    loading.report.error(reader.place(), fmt::format("{} needs one address; write healthchecks: {{file: PATH}} or url: {{file: PATH}}", where));
    return;
  }
  const char* key = pings ? "healthchecks" : "url";
  heartbeat.kind = pings ? Heartbeat::Kind::healthchecks : Heartbeat::Kind::url;
  heartbeat.every = reader.duration("every", 10s, 24h).value_or(heartbeat.every);
  heartbeat.timeout = reader.duration("timeout", 100ms, 1min).value_or(heartbeat.timeout);
  const std::string what = fmt::format("{} of {}", key, where);
  auto url = read_secret(loading.report, reader.value(key), what, loading.folder);
  if (!url) return;
  if (const auto checked = check_web_url(url->reveal()); !checked)
    loading.report.error(reader.place_of(key), fmt::format("{}: {}", what, checked.error().message));
  heartbeat.url = std::move(*url);
  loading.config.heartbeats.push_back(std::move(heartbeat));
}

}  // namespace

void load_heartbeats(Loading& loading, const MapReader& top) {
  for (const auto& entry : top.named_entries("heartbeats")) {
    if (loading.report.full()) break;
    load_heartbeat(loading, entry);
  }
}

void load_metrics(Loading& loading, const MapReader& top) {
  const auto metrics = top.section("metrics", Section::metrics);
  if (!metrics || !metrics->is_map()) return;
  const auto file = metrics->text("textfile");
  if (!file) {
    if (!metrics->has("textfile"))
      loading.report.error(metrics->place(), "metrics has no textfile; add textfile: /var/lib/prometheus/node-exporter/mailcanary.prom");
    return;
  }
  if (!file->ends_with(".prom"))
    loading.report.error(metrics->place_of("textfile"), "textfile: the name must end in .prom, since node_exporter reads no other");
  loading.config.metrics_textfile = loading.folder / *file;
}

}  // namespace mailcanary
