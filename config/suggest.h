// "did you mean": the nearest of some names. Pure; any thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace mailcanary {

// The cure for an unknown word: `did you mean "address"?`, or `use one of a, b, c` (`word` being "use one of"), or,
// when there are no candidates, `none`. Long lists are cut.
std::string suggest(std::string_view unknown, const std::vector<std::string>& candidates, std::string_view none);

}  // namespace mailcanary
