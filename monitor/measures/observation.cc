#include "monitor/measures/observation.h"

#include <initializer_list>

namespace mailcanary {

bool is_trouble(const Observation& seen) { return failed(seen.fate) || seen.overdue; }

bool counts(const Observation& seen) {
  return seen.overdue || (seen.fate != Fate::pending && seen.fate != Fate::unknown);
}

WallTime stands_at(const Observation& seen) {
  return seen.fate == Fate::lost && seen.given_up_at ? *seen.given_up_at : seen.sent_at;
}

namespace {

// Fail when one was given and is not "pass", unsaid when none was given.
Observation::Verdicts verdicts_of(const Verdicts& given) {
  auto all = Observation::Verdicts::unsaid;
  for (const auto* verdict : {&given.spf, &given.dkim, &given.dmarc}) {
    if (verdict->empty()) continue;
    if (*verdict != "pass") return Observation::Verdicts::fail;
    all = Observation::Verdicts::pass;
  }
  return all;
}

}  // namespace

Observation observation_of(const Canary& canary) {
  Observation seen;
  seen.id = canary.id;
  seen.sent_at = canary.sent_at;
  seen.fate = canary.fate;
  seen.duplicated = canary.duplicates > 0;
  seen.round_trip = canary.round_trip;
  if (canary.accepted_at) seen.submit = *canary.accepted_at - canary.sent_at;
  if (canary.fate == Fate::lost) seen.given_up_at = canary.settled_at;
  if (arrived(canary.fate)) seen.verdicts = verdicts_of(canary.verdicts);
  return seen;
}

}  // namespace mailcanary
