// Who wrote a bounce, by its header and first words. A row an agent, in agents.cc.
// Pure; any thread.
#pragma once
#include <string>
#include <string_view>

#include "probes/bounce/fields.h"

namespace mailcanary::bounce {

// Empty when nothing gives it away. `report` is the text that comes before the original message.
std::string agent_of(const Fields& header, std::string_view report, std::string_view status_text);

}  // namespace mailcanary::bounce
