#include "probes/hops/hop_times.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "core/text.h"
#include "core/units.h"
#include "probes/hops/clock_skew.h"
#include "probes/hops/hop_order.h"

namespace mailcanary {
namespace {

constexpr Duration stamp_resolution = std::chrono::seconds(1);

Hop hop_of(const ReceivedLine& line) {
  Hop hop;
  hop.from = line.from;
  hop.by = line.by;
  hop.protocol = line.with;
  hop.at = line.at;
  hop.tls = line.tls_version.empty() ? line.tls_cipher : line.tls_version;
  return hop;
}

void fill_delays(std::vector<Hop>& hops) {
  std::optional<WallTime> before;
  for (Hop& hop : hops) {
    if (!hop.at) continue;
    if (before) hop.delay = *hop.at - *before;
    before = hop.at;
  }
}

void add_note(Hop& hop, const std::string& note) { hop.note += (hop.note.empty() ? "" : "; ") + note; }

// "5 min", or "5 min to 7 min" when that much is not known.
std::string amount(Duration low, const std::optional<Duration>& high) {
  low = low < Duration::zero() ? -low : low;
  if (!high) return "at least " + human_duration(low);
  const Duration most = *high < Duration::zero() ? -*high : *high;
  const Duration fair = std::max(Duration(std::chrono::seconds(5)), low / 10);
  if (most - low <= fair) return human_duration(low);
  return human_duration(low) + " to " + human_duration(most);
}

// An offset of whole half hours is hardly a clock that drifted.
std::string zone_hint(const Step& step) {
  constexpr Duration half_hour = std::chrono::minutes(30);
  const auto size = [](Duration d) { return d < Duration::zero() ? -d : d; };
  const Duration low = size(*step.ahead_low) - 2 * stamp_resolution;
  const Duration high = size(step.ahead_high.value_or(*step.ahead_low)) + 2 * stamp_resolution;
  if (high < half_hour || high - low > std::chrono::minutes(10)) return "";
  const auto halves = high / half_hour;
  return low <= halves * half_hour ? fmt::format(" (just {}: a wrong time zone?)", human_duration(halves * half_hour)) : "";
}

void explain(std::vector<Hop>& hops, const std::vector<Step>& steps) {
  bool ahead_before = false;  // the hop before the present one
  std::optional<std::size_t> before;
  for (std::size_t i = 0; i < hops.size(); ++i) {
    Hop& hop = hops[i];
    const Step& step = steps[i];
    if (!hop.at) {
      add_note(hop, "no readable time");
      continue;
    }
    const bool back = hop.delay && *hop.delay < Duration::zero();
    if (step.ahead_low && !step.undecided) {
      const bool ahead = *step.ahead_low > Duration::zero();
      add_note(hop, fmt::format("clock {} {}{}", amount(*step.ahead_low, step.ahead_high), ahead ? "ahead" : "behind",
                                zone_hint(step)));
    }
    if (back && before) {
      const std::string by = human_duration(-*hop.delay);
      if (steps[*before].undecided || step.undecided) {
        add_note(hop, fmt::format("clock {} behind the hop before{}; which of the two is wrong cannot be told", by,
                                  zone_hint({std::nullopt, *hop.delay, *hop.delay, false})));
      } else if (ahead_before) {
        add_note(hop, "negative because the clock of the hop before is ahead");
      } else if (!step.ahead_low) {
        add_note(hop, fmt::format("clock {} behind the hop before", by));
      }
    }
    ahead_before = step.ahead_low && *step.ahead_low > Duration::zero();
    before = i;
  }
}

}  // namespace

Journey make_journey(std::vector<ReceivedLine> lines, const OwnTimes& own) {
  Journey journey;
  const HopOrder order = travel_order(lines);
  std::string by_before;
  for (const auto place : order.places) {
    // "(qmail 4711 invoked from network)" is a step inside the server that took the message.
    ReceivedLine& line = lines[place];
    if (line.by.empty() && line.with == "qmail") line.by = by_before;
    by_before = line.by;
    journey.hops.push_back(hop_of(line));
    if (order.moved[place]) add_note(journey.hops.back(), "its line stood out of order");
    journey.lines.push_back(std::move(line));
  }
  fill_delays(journey.hops);
  explain(journey.hops, estimate_steps(journey.hops, own));
  return journey;
}

}  // namespace mailcanary
