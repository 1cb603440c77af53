// Badges: small pictures that say how a component, or the whole, stands; for READMEs and intranet pages.
// Pure; the same view gives the same bytes; any thread. Inside alerts/ only.
#pragma once
#include "alerts/status_site.h"

namespace mailcanary {

SiteFiles render_badges(const StatusView& view);  // badge.svg, badges/ID.svg

}  // namespace mailcanary
