// What people on call read. One line an idea, the name of the idea first, so that a phone shows what matters: what is
// wrong, measured how, what it means for senders; then where, whom it touches, and the evidence.
#include <algorithm>
#include <ranges>
#include <vector>

#include <fmt/format.h>

#include "alerts/notice_lines.h"
#include "alerts/pipeline.h"
#include "alerts/words.h"
#include "core/text.h"
#include "core/units.h"

namespace mailcanary {
namespace {

constexpr std::size_t most_title = 100;
constexpr std::size_t most_quote = 300;  // of a peer's or rule's words
constexpr std::size_t most_said = 1000;
constexpr std::size_t most_routes = 5;

std::string title_of(const Incident& incident) {
  std::string title = one_line(incident.title);
  while (title.ends_with('.')) title.pop_back();
  return title;
}

// One that returned has begun anew for those who were told that it was over.
WallTime returned_at(const Incident& incident) {
  WallTime at = incident.opened_at;
  for (std::size_t i = 1; i < incident.updates.size(); ++i)
    if (incident.updates[i - 1].status == IncidentStatus::resolved) at = incident.updates[i].at;
  return at;
}

std::string opening_words(NoticeKind kind, const Incident& incident, WallTime now) {
  const std::string what = title_of(incident) + ", since " + since_words(incident, now) + ".";
  if (kind == NoticeKind::reminder) return "Still open: " + what;
  if (kind == NoticeKind::escalated)
    return fmt::format("Nobody has acknowledged this for {}. {}", age_words(returned_at(incident), now), what);
  return what;
}

std::string state_words(const Incident& incident) {
  if (incident.blame.self) return fmt::format("impact {}, we cannot measure as we should.", name_of(incident.impact));
  const std::string impact = fmt::format("impact {}, ", name_of(incident.impact));
  switch (incident.status) {
    case IncidentStatus::investigating: return impact + "cause not yet known.";
    case IncidentStatus::identified: return impact + "cause identified.";
    case IncidentStatus::monitoring: return impact + "but mail gets through again; watched until that is certain.";
    case IncidentStatus::resolved: return "over.";
  }
  return impact;
}

std::string taken_words(const Incident& incident, WallTime now) {
  if (!incident.acknowledged_at) return {};
  const std::string who = one_line(incident.acknowledged_by);
  return fmt::format("{}, {}.", who.empty() ? "somebody" : who, time_words(*incident.acknowledged_at, now));
}

std::string route_list(const std::vector<RouteName>& routes) {
  std::string list;
  for (std::size_t i = 0; i < std::min(routes.size(), most_routes); ++i)
    list += (i == 0 ? "" : ", ") + one_line(routes[i].str());
  if (routes.size() > most_routes) list += fmt::format(" and {} more", routes.size() - most_routes);
  return list;
}

std::string affected_words(const Incident& incident) {
  if (incident.of_traffic()) return fmt::format("real mail, whose bounces come to account {}.", one_line(incident.blame.account.str()));
  if (incident.routes.empty()) return {};
  // Of many routes the ones that still fail are worth the space.
  const bool name_failing =
      incident.open() && !incident.failing.empty() && incident.failing.size() < incident.routes.size();
  std::string words = count_noun(static_cast<long long>(incident.routes.size()), "route", "routes");
  if (name_failing) words += fmt::format(", {} not yet well", incident.failing.size());
  if (incident.status == IncidentStatus::monitoring && incident.failing.empty()) words += ", all well again";
  return words + ": " + route_list(name_failing ? incident.failing : incident.routes) + ".";
}

// The last thing that somebody of the house said.
Line said_line(const Incident& incident, WallTime now) {
  for (const auto& update : std::views::reverse(incident.updates))
    if (!update.by.empty() && !update.text.empty())
      return {"said", fmt::format("From {} ({})", one_line(update.by), time_words(update.at, now)),
              cut(one_line(update.text), most_said)};
  return {"said", "", ""};
}

std::string why_words(const Incident& incident) {
  if (incident.reason.empty()) return {};
  const std::string rule = incident.rule.empty() ? "" : ", rule " + one_line(incident.rule);
  return cut(one_line(incident.reason), most_quote) + rule + ".";
}

Line provider_line(const Incident& incident) {
  const std::string provider = incident.blame.provider.empty() ? "the provider" : incident.blame.provider.str();
  return {"provider_says", one_line(provider) + " says", cut(one_line(incident.provider_says), most_quote)};
}

// What the failures mean, before delays are spoken of.
std::string failures_mean(const Blame& blame) {
  switch (blame.leg) {
    case Leg::submit: return "mail is not taken: senders see an error, or their own servers keep it and try again";
    case Leg::outbound: return "mail to other providers may be returned or not arrive at all";
    case Leg::inbound: return "mail from other providers may be returned or not arrive at all";
    case Leg::mailbox: return "mail may well arrive, but it cannot be read or confirmed at the moment";
    case Leg::unknown: return "mail may be returned or not arrive at all";
  }
  return {};
}

std::string senders_words(const Incident& incident) {
  if (incident.of_traffic()) return "this mail came back; those it was for do not have it.";
  if (incident.blame.self) return "nothing is known; the fault is ours, and while it lasts delivery is not watched.";
  const std::string delay = delay_words(incident.counts, canary_noun);
  std::string meaning;
  if (incident.counts.failed > 0) {
    meaning = failures_mean(incident.blame);
    if (!delay.empty()) meaning += "; " + delay;
  } else if (!delay.empty()) {
    meaning = delay;
  } else {
    meaning = "no canary is lost or late so far";
  }
  return meaning + ".";
}

std::string next_words(const Incident& incident) {
  if (incident.of_traffic())
    return "bounces are counted on; you hear again when the impact changes and when it is over. Look closer: mailcanary bounces " +
           one_line(incident.blame.account.str());
  const std::string next =
      "canaries go on; you hear again when impact or cause changes, when it lasts, and when it is over.";
  const auto& routes = incident.failing.empty() ? incident.routes : incident.failing;
  if (routes.empty()) return next;
  return next + " Look closer: mailcanary history " + one_line(routes.front().str());
}

std::string over_for_senders(const Incident& incident) {
  if (incident.of_traffic()) return "what came back in this time must be sent again, unless it was returned for good.";
  const IncidentCounts& counts = incident.counts;
  if (incident.blame.self) return "nothing is known of this time; delivery is watched again.";
  std::string meaning;
  if (counts.failed > 0) {
    meaning = incident.blame.leg == Leg::submit
                  ? "what was refused must be sent again, unless the sender's server did it by itself"
                  : "mail of this time may have been returned or lost";
  }
  const int delayed = counts.overdue + counts.delayed_arrived;
  if (counts.failed == 0 && counts.delayed_arrived == 0 && counts.overdue > 0) {
    meaning = fmt::format("{} {} not arrived; whether mail of this time is late or lost is not known yet",
                          count_noun(counts.overdue, "canary", "canaries"), counts.overdue == 1 ? "has" : "have");
  } else if (delayed > 0) {
    meaning += fmt::format("{}{}{} of {} delayed {} arrived", meaning.empty() ? "" : "; ",
                           counts.failed == 0 && counts.overdue == 0 ? "mail was delayed, not lost: " : "",
                           counts.delayed_arrived, delayed, delayed == 1 ? "canary" : "canaries");
    if (counts.overdue > 0)
      meaning += fmt::format(", {} still awaited", counts.overdue == 1 ? "one is" : "the others are");
  }
  return (meaning.empty() ? "no canary was lost or late" : meaning) + ".";
}

std::string nothing_to_do(const Incident& incident) {
  return incident.of_traffic() ? "nothing to do; bounces are counted on." : "nothing to do; canaries go on.";
}

std::string with_stop(const std::string& words) { return words.empty() ? words : words + "."; }

std::string over_words(const Incident& incident, WallTime now) {
  const WallTime end = incident.resolved_at.value_or(now);
  return fmt::format("Over: {}. It lasted {}, from {}.", title_of(incident), age_words(incident.began_at, end),
                     span_words(incident.began_at, end, now));
}

}  // namespace

std::string since_words(const Incident& incident, WallTime now) {
  const std::string since = time_words(incident.began_at, now);
  // No age when the clock was set back behind the beginning.
  return incident.began_at >= now ? since : fmt::format("{} ({})", since, age_words(incident.began_at, now));
}

std::string where_words(const Blame& blame) {
  const std::string provider = blame.provider.empty() ? "the provider" : one_line(blame.provider.str());
  std::string where;
  if (blame.self) {
    where = "our own side (network, resolver, disk or credentials), not a provider";
  } else {
    switch (blame.leg) {
      case Leg::submit: where = "handing mail over to " + provider; break;
      case Leg::outbound: where = "on the way from " + provider + " to others"; break;
      case Leg::inbound: where = "on the way from others into " + provider; break;
      case Leg::mailbox: where = "reading mailboxes at " + provider; break;
      case Leg::unknown:
        where = blame.provider.empty() ? "not known yet" : provider + ", not yet known at which step";
        break;
    }
  }
  if (!blame.account.empty()) where += fmt::format(" (account {} only)", one_line(blame.account.str()));
  return where;
}

std::vector<Line> notice_lines(NoticeKind kind, const Incident& incident, WallTime now) {
  const bool over = kind == NoticeKind::resolved;
  const auto counted = over ? outcome_words : measured_words;
  return {
      {"opening", "", over ? over_words(incident, now) : opening_words(kind, incident, now)},
      said_line(incident, now),
      {"measured", "Measured", incident.blame.self ? "" : with_stop(counted(incident.counts, canary_noun))},
      {"senders", "For senders", over ? over_for_senders(incident) : senders_words(incident)},
      {"where", "Where", incident.of_traffic() ? "" : where_words(incident.blame) + "."},
      {"routes", "Affected", affected_words(incident)},
      {"first_error", "First error", cut(one_line(incident.first_error), most_quote)},
      provider_line(incident),
      {"reason", "Why", over ? "" : why_words(incident)},
      {"state", "Now", over ? "" : state_words(incident)},
      {"taken", "Taken by", over ? "" : taken_words(incident, now)},
      {"next", "Next", over ? nothing_to_do(incident) : next_words(incident)},
  };
}

std::string notice_title(NoticeKind kind, const Incident& incident) {
  const std::string impact = name_of(incident.impact);
  std::string mark;
  switch (kind) {
    case NoticeKind::opened: mark = impact; break;
    case NoticeKind::updated:
      mark = impact + (incident.status == IncidentStatus::monitoring ? ", recovering" : ", update");
      break;
    case NoticeKind::resolved: mark = "resolved"; break;
    case NoticeKind::reminder: mark = impact + ", still open"; break;
    case NoticeKind::escalated: mark = impact + ", escalated"; break;
  }
  return cut(fmt::format("[{}] {}", mark, title_of(incident)), most_title);
}

std::string notice_text(NoticeKind kind, const Incident& incident, WallTime now) {
  std::string text;
  for (const auto& line : notice_lines(kind, incident, now)) {
    if (line.words.empty()) continue;
    text += (text.empty() ? "" : "\n") + (line.label.empty() ? line.words : line.label + ": " + line.words);
  }
  return text;
}

}  // namespace mailcanary
