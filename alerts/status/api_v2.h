// The public read API in the shape of Statuspage's api/v2, so that tools made for that read ours.
// Pure; the same view gives the same bytes; any thread. Inside alerts/ only.
#pragma once
#include "alerts/status_site.h"

namespace mailcanary {

SiteFiles render_api_v2(const StatusView& view);  // "api/v2/summary.json" → bytes

}  // namespace mailcanary
