// What is promised.
#include <fmt/format.h>

#include "config/sections.h"
#include "core/units.h"

namespace mailcanary {

std::optional<double> read_objective(const MapReader& reader) {
  const auto text = reader.text("objective");
  if (!text) return std::nullopt;
  const auto share = parse_share(*text);
  if (share && *share > 0 && *share < 1) return *share;
  reader.report().error(reader.place_of("objective"),
                        fmt::format("{} promises nothing that can be kept and broken; write it as 99.9%", in_quotes(*text)));
  return std::nullopt;
}

void load_slo(Loading& loading, const MapReader& top) {
  const auto section = top.section("slo", Section::slo);
  if (!section) return;
  Slo& slo = loading.config.slo;
  slo.objective = read_objective(*section).value_or(slo.objective);
  if (!section->flag("exclude_maintenance").value_or(true)) slo.maintenance = Slo::InMaintenance::counted;
  slo.zone = section->text("zone").value_or(slo.zone);
  if (!is_time_zone(slo.zone))
    loading.report.error(section->place_of("zone"),
                         fmt::format("zone: no time zone is named {}; write it as Europe/Berlin, and install tzdata "
                                     "where it is missing",
                                     in_quotes(slo.zone)));
  for (const auto& entry : section->named_entries("providers")) {
    if (!loading.providers.check(loading.report, {entry.key, entry.place})) continue;
    const MapReader provider(loading.report, entry.value, Section::slo_provider,
                             fmt::format("the promise of provider {}", in_quotes(entry.key)));
    if (const auto objective = read_objective(provider)) slo.providers[ProviderName(entry.key)] = *objective;
  }
}

}  // namespace mailcanary
