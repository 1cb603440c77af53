// One canary as evidence: how it fared so far, and what that says of each stretch of its way. Plain value; any thread.
#pragma once
#include <cstddef>
#include <memory>
#include <string>

#include "monitor/evidence/holder.h"
#include "monitor/evidence/log_odds.h"
#include "probes/canary.h"

namespace mailcanary {

// A late one came: that it was late may have many harmless reasons.
inline constexpr double late_counts = 0.4;

struct Case {
  CanaryId id;
  std::size_t route = 0;  // by number in the config
  WallTime sent_at;
  CanaryPurpose purpose = CanaryPurpose::scheduled;
  enum class State { handing_over, out, arrived, refused, gone } state = State::handing_over;
  bool late = false;                // arrived, but after late_after
  bool deferred = false;            // refused for now
  WallTime usual_until;             // longer out than until then is unusual
  bool suspicious = false;          // out for longer
  bool listed[2] = {false, false};  // among the weights of its parts, by stretch
  Holder held_by = Holder::unknown;  // a late one, as its hops say
  std::string words;                // what went wrong
  Weight weight[2];                 // by stretch
  Weight ours;                      // for our own side being it

  bool pending() const { return state == State::handing_over || state == State::out; }
};
using CasePtr = std::shared_ptr<Case>;

}  // namespace mailcanary
