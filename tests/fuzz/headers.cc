// A whole header block: order, clocks and trust. Every hop is one of the lines, delays add up, and forged or broken
// stamps give no negative estimate.
#include <cstdint>
#include <string_view>

#include "core/text.h"
#include "probes/headers.h"
#include "tests/fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mailcanary;
  const std::string_view header(reinterpret_cast<const char*>(data), size);
  const Journey journey = read_journey(header);
  FUZZ_CHECK(journey.hops.size() == journey.lines.size() && journey.hops.size() <= 100);
  std::optional<WallTime> before;
  for (const Hop& hop : journey.hops) {
    FUZZ_CHECK(one_line(hop.note) == hop.note);
    FUZZ_CHECK(hop.delay.has_value() == (hop.at && before));
    if (hop.delay) FUZZ_CHECK(*before + *hop.delay == *hop.at);
    if (hop.at) before = hop.at;
  }
  const auto steps = estimate_steps(journey.hops, journey.own);
  FUZZ_CHECK(steps.size() == journey.hops.size());
  for (const Step& step : steps) FUZZ_CHECK(!step.delay || *step.delay >= Duration::zero());
  const Verdicts anybody = read_verdicts(header), named = read_verdicts(header, "mx.example");
  for (const std::string* text : {&anybody.spf, &anybody.dkim, &anybody.dmarc, &anybody.spam, &named.spf})
    FUZZ_CHECK(one_line(*text) == *text);
  return 0;
}
