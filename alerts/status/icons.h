// The shape of a level, so that nobody has to tell colours apart: tick, wave, triangle, cross, question mark.
// Pure; any thread. Inside alerts/ only.
#pragma once
#include "alerts/status/levels.h"

namespace mailcanary {

const char* icon_svg(Level level);     // inline SVG in the colour of the text around it
std::string favicon_uri(Level level);  // a data: address, for the browser's tab
const char* brand_svg();               // the small bird beside a page's title

}  // namespace mailcanary
