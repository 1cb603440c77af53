// Incidents and views that several tests show, made of fixed times so that golden files stay the same.
#pragma once
#include "alerts/status_view.h"
#include "core/units.h"

namespace mailcanary {

inline WallTime at(const char* time) { return parse_time(time).value(); }

// A provider that takes no mail since 12:56; it is 13:05 on 24 November 2026.
Incident sample_outage();
// Delays at the other provider, over since 11:40 the day before.
Incident sample_past_delay();

// Announced on 20 November for the night to the 28th.
MaintenanceView sample_maintenance();

StatusView sample_all_well();
StatusView sample_outage_view();
StatusView sample_unknown_view();
// Every name and text of the view is an attack on HTML, terminals or JSON.
StatusView sample_hostile_view();

}  // namespace mailcanary
