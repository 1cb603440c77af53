// What one canary of a route showed so far, as the rules need it. Plain value; any thread.
#pragma once
#include <optional>
#include <string>

#include "core/clock.h"
#include "core/ids.h"
#include "probes/canary.h"

namespace mailcanary {

struct Observation {
  CanaryId id;
  WallTime sent_at;
  Fate fate = Fate::pending;
  bool duplicated = false;
  bool overdue = false;  // pending past late_after, and its mailbox was looked at since
  std::optional<Duration> round_trip, submit;
  std::string words;  // what went wrong, one line; empty when nothing did
  std::optional<WallTime> given_up_at;  // lost ones: when they were called so
  enum class Verdicts { unsaid, pass, fail } verdicts = Verdicts::unsaid;  // SPF, DKIM and DMARC together
};

// All of it but `overdue`, which depends on when its mailbox was looked at.
Observation observation_of(const Canary& canary);
bool is_trouble(const Observation& seen);  // failed or overdue
// It says something: settled, or overdue.
bool counts(const Observation& seen);
// Where it stands in a window: when it was sent; a lost one when it was given up, since nothing was certain before and
// a window shorter than lost_after would never see it.
WallTime stands_at(const Observation& seen);

}  // namespace mailcanary
