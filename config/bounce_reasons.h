// The words for why a mail bounced, as rules may name them. probes/bounce finds them; its tests compare the two.
// Threads: any.
#pragma once
#include <span>
#include <string_view>

namespace mailcanary {

std::span<const std::string_view> bounce_reasons();  // by the alphabet

}  // namespace mailcanary
