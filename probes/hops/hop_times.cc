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

Duration size_of(Duration time) { return time < Duration::zero() ? -time : time; }

// "5 min", or "5 min to 7 min" when that much is not known.
std::string amount(Duration low, const std::optional<Duration>& high) {
  low = size_of(low);
  if (!high) return "at least " + human_duration(low);
  const Duration most = size_of(*high);
  const Duration fair = std::max(Duration(std::chrono::seconds(5)), low / 10);
  if (most - low <= fair) return human_duration(low);
  return human_duration(low) + " to " + human_duration(most);
}

// An offset of whole half hours is hardly a clock that drifted.
std::string zone_hint(Duration low, const std::optional<Duration>& high) {
  constexpr Duration half_hour = std::chrono::minutes(30);
  constexpr Duration long_way = std::chrono::minutes(3);  // what the mail itself may have taken
  low = size_of(low);
  const Duration offset = (low - 2 * stamp_resolution + half_hour) / half_hour * half_hour;
  const Duration most = high ? size_of(*high) + 2 * stamp_resolution : low + long_way;
  if (low < half_hour - long_way || offset > most || offset > low + long_way) return "";
  return fmt::format(" (just {}: a wrong time zone?)", human_duration(offset));
}

std::string signed_duration(Duration delay) {
  return delay < Duration::zero() ? "-" + human_duration(-delay) : human_duration(delay);
}

// A wrong clock, the delays it makes wrong, and times that run back.
std::string note_of(const Hop& hop, const Step& step, const Step* before) {
  if (!hop.at) return "no readable time";
  const bool undecided = step.undecided || (before != nullptr && before->undecided);
  const bool wrong_clock = step.ahead_low && !step.undecided;
  std::string note;
  if (wrong_clock) {
    note = fmt::format("clock {} {}{}", amount(*step.ahead_low, step.ahead_high),
                       *step.ahead_low > Duration::zero() ? "ahead" : "behind",
                       zone_hint(*step.ahead_low, step.ahead_high));
  }
  if (!hop.delay) return note;
  if (!undecided && step.delay && size_of(*step.delay - *hop.delay) > stamp_resolution) {
    note += fmt::format("{}about {} rather than {}", note.empty() ? "" : ", so this took ", human_duration(*step.delay),
                        signed_duration(*hop.delay));
    if (!wrong_clock && before != nullptr && before->ahead_low) {
      note += fmt::format(", since the clock of the hop before is {}",
                          *before->ahead_low > Duration::zero() ? "ahead" : "behind");
    }
  } else if (*hop.delay < Duration::zero()) {
    note += fmt::format("{}clock {} behind the hop before", note.empty() ? "" : "; ", human_duration(-*hop.delay));
    if (undecided) {
      note += zone_hint(*hop.delay, std::nullopt) + "; which of the two is wrong cannot be told";
    }
  }
  return note;
}

void explain(std::vector<Hop>& hops, const std::vector<Step>& steps) {
  const Step* before = nullptr;  // the last one with a time
  for (std::size_t i = 0; i < hops.size(); ++i) {
    const std::string note = note_of(hops[i], steps[i], before);
    if (!note.empty()) hops[i].note += (hops[i].note.empty() ? "" : "; ") + note;
    if (hops[i].at) before = &steps[i];
  }
}

}  // namespace

Journey make_journey(std::vector<ReceivedLine> lines, const OwnTimes& own) {
  Journey journey;
  journey.own = own;
  const HopOrder order = travel_order(lines);
  std::string by_before;
  for (const auto place : order.places) {
    // "(qmail 4711 invoked from network)" is a step inside the server that took the message.
    ReceivedLine& line = lines[place];
    if (line.by.empty() && line.with == "qmail") line.by = by_before;
    by_before = line.by;
    journey.hops.push_back(hop_of(line));
    if (order.moved[place]) journey.hops.back().note = "its line stood out of order";
    journey.lines.push_back(std::move(line));
  }
  fill_delays(journey.hops);
  explain(journey.hops, estimate_steps(journey.hops, own));
  return journey;
}

}  // namespace mailcanary
