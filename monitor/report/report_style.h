// What the report's page has beyond the style of the status page.
// Pure; any thread.
#pragma once

namespace mailcanary {

const char* report_style();  // CSS

}  // namespace mailcanary
