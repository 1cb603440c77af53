// The block that the log channel prints for a notice. Pure; any thread. Inside alerts/ only.
#pragma once
#include <string>

#include "alerts/notice.h"

namespace mailcanary {

enum class Colour { none, ansi };
// Ends with a line feed. Whatever the notice holds, the only escape codes in it are ours.
std::string log_block(const Notice& notice, Colour colour);

}  // namespace mailcanary
