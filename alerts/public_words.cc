// What customers read. Built from the leg, the counts and the times alone: a name, an address, a host or a server's
// reply cannot get in, because none is used.
#include <fmt/format.h>

#include "alerts/pipeline.h"
#include "alerts/words.h"
#include "core/units.h"

namespace mailcanary {
namespace {

std::string problem(const Incident& incident) {
  if (incident.blame.self) return "our own measurement is disturbed, so we cannot tell at the moment how mail is doing";
  if (incident.of_traffic()) return "more mail than usual is returned to its senders";
  // What is only overdue may be lost as well.
  const bool only_late = incident.counts.failed == 0 && incident.counts.delayed_arrived > 0;
  const bool is_taken = incident.counts.failed == 0 && incident.counts.overdue > 0;
  if (incident.blame.leg == Leg::mailbox) return "mailboxes cannot be read at the moment; mail may arrive nonetheless";
  if (only_late) return "mail takes longer than it should";
  switch (incident.blame.leg) {
    case Leg::submit:
      return is_taken ? "mail does not get through as it should" : "mail is not being accepted for sending";
    case Leg::outbound: return "mail to other providers does not get through as it should";
    case Leg::inbound: return "mail from other providers does not get through as it should";
    default: return "mail does not get through as it should";
  }
}

std::string joined(std::initializer_list<std::string> sentences) {
  std::string text;
  for (const auto& each : sentences)
    if (!each.empty()) text += (text.empty() ? "" : " ") + each;
  return text;
}

std::string over(const Incident& incident, WallTime now) {
  const WallTime end = incident.resolved_at.value_or(now);
  const IncidentCounts& counts = incident.counts;
  const bool only_delayed = counts.failed == 0 && counts.overdue == 0 && counts.delayed_arrived > 0;
  return joined({fmt::format("This is over. It lasted {}, from {}.", age_words(incident.began_at, end),
                             span_words(incident.began_at, end, now)),
                 incident.blame.self ? "" : sentence(outcome_words(counts, public_noun)),
                 only_delayed && !incident.blame.self ? "Mail was delayed, not lost." : ""});
}

std::string mending(const Incident& incident, WallTime now) {
  if (incident.blame.self) return "Our measurement works again; we keep watching before we call this over.";
  const std::string measured = measured_words(incident.counts, public_noun);
  return joined({"Mail gets through again; we keep watching before we call this over.",
                 measured.empty() ? "" : fmt::format("Since {}, {}.", time_words(incident.began_at, now), measured),
                 sentence(delay_words(incident.counts, public_noun))});
}

}  // namespace

std::string public_text(const Incident& incident, WallTime now) {
  if (incident.status == IncidentStatus::resolved) return over(incident, now);
  if (incident.status == IncidentStatus::monitoring) return mending(incident, now);
  const std::string next = incident.status == IncidentStatus::identified
                               ? "We know where the fault lies and keep watching."
                               : "We are looking into it.";
  const std::string begin =
      sentence(fmt::format("since {}, {}", time_words(incident.began_at, now), problem(incident)));
  if (incident.blame.self) return joined({begin, "This says nothing about delivery itself.", next});
  return joined({begin, sentence(measured_words(incident.counts, public_noun)),
                 sentence(delay_words(incident.counts, public_noun)), next});
}

}  // namespace mailcanary
