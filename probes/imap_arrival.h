// When did a message arrive? Picks the best evidence: our own look when looks were close together, else what the
// mailbox server stamped (INTERNALDATE), else the last Received line, checked against what our looks allow.
// Pure; one thread.
#pragma once
#include <optional>

#include "core/clock.h"
#include "probes/canary.h"

namespace mailcanary {

// Of the mailbox server's clock minus ours. Each message of which we saw the arrival ourselves bounds it; the bounds
// of many are narrower than a second, though INTERNALDATE has whole seconds. Starts anew when they contradict:
// then a clock was stepped.
class SkewEstimate {
 public:
  // The message arrived in [arrived - resolution, arrived] by our clock and was stamped with `internal_date`.
  void observe(WallTime internal_date, WallTime arrived, Duration resolution);
  std::optional<Duration> value() const;

 private:
  struct Bounds {
    Duration low, high;
  };
  std::optional<Bounds> bounds_;
};

struct ArrivalEvidence {
  Now seen;                       // the message is in our hands
  std::optional<Now> last_look;   // when the last look that did not find it began; absent: not looked before
  std::optional<Now> noticed;     // when the server's word of new messages was read; absent: found by reading on
  enum class Word { answer, push } word = Word::answer;  // to our question, or by itself
  std::optional<WallTime> made;   // it did not exist before, by our clock
  std::optional<WallTime> internal_date;
  std::optional<WallTime> received;  // of the topmost Received line
};

struct Arrival {
  WallTime at;  // by the server's clock when the source is internaldate or received, else by ours
  ArrivalSource source = ArrivalSource::poll;
  // It arrived between `at` - resolution and `at` (push, poll), or within this time from `at` on (stamps).
  Duration resolution{};
  std::optional<Duration> clock_skew;  // for stamps, when known
};
// A push is given this resolution: Dovecot waits half a second before it tells, others are not known to be quicker.
inline constexpr Duration push_resolution = std::chrono::seconds(1);

Arrival judge_arrival(const ArrivalEvidence& evidence, std::optional<Duration> skew);

}  // namespace mailcanary
