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
  const bool only_late = incident.counts.failed == 0 && incident.counts.overdue + incident.counts.delayed_arrived > 0;
  if (incident.blame.leg == Leg::mailbox) return "mailboxes cannot be read at the moment; mail may arrive nonetheless";
  if (only_late) return "mail takes longer than it should";
  switch (incident.blame.leg) {
    case Leg::submit: return "mail is not being accepted for sending";
    case Leg::outbound: return "mail to other providers does not get through as it should";
    case Leg::inbound: return "mail from other providers does not get through as it should";
    default: return "mail does not get through as it should";
  }
}

std::string next(IncidentStatus status) {
  switch (status) {
    case IncidentStatus::investigating: return "We are looking into it.";
    case IncidentStatus::identified: return "We know where the fault lies and keep watching.";
    case IncidentStatus::monitoring: return "Mail gets through again; we keep watching before we call this over.";
    case IncidentStatus::resolved: return {};
  }
  return {};
}

std::string joined(std::initializer_list<std::string> sentences) {
  std::string text;
  for (const auto& each : sentences)
    if (!each.empty()) text += (text.empty() ? "" : " ") + each;
  return text;
}

std::string over(const Incident& incident, WallTime now) {
  const WallTime end = incident.resolved_at.value_or(now);
  std::string fate;
  const int delayed = incident.counts.overdue + incident.counts.delayed_arrived;
  if (incident.counts.failed == 0 && delayed > 0)
    fate = fmt::format("Mail was delayed, not lost: {} of {} delayed test {} arrived.", incident.counts.delayed_arrived, delayed,
                       delayed == 1 ? "message" : "messages");
  return joined({fmt::format("This is over. It lasted {}, from {}.", human_duration(end - incident.began_at),
                             span_words(incident.began_at, end, now)),
                 incident.blame.self ? "" : sentence(outcome_words(incident.counts, public_noun)), fate});
}

}  // namespace

std::string public_text(const Incident& incident, WallTime now) {
  if (!incident.open()) return over(incident, now);
  const std::string begin = sentence(fmt::format("since {}, {}", time_words(incident.began_at, now), problem(incident)));
  if (incident.blame.self) return joined({begin, "This says nothing about delivery itself.", next(incident.status)});
  return joined({begin, sentence(measured_words(incident.counts, public_noun)),
                 sentence(delay_words(incident.counts, public_noun)), next(incident.status)});
}

}  // namespace mailcanary
