// What people on call read. One line an idea, the name of the idea first, so that a phone shows what matters.
#include <algorithm>
#include <ranges>
#include <vector>

#include <fmt/format.h>

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

// "since 13:02 UTC (9 min)"; no age when the clock was set back behind the beginning.
std::string since_words(const Incident& incident, WallTime now) {
  const std::string since = "since " + time_words(incident.began_at, now);
  if (incident.began_at >= now) return since;
  return fmt::format("{} ({})", since, age_words(incident.began_at, now));
}

std::string title_of(const Incident& incident) {
  std::string title = one_line(incident.title);
  while (title.ends_with('.')) title.pop_back();
  return title;
}

std::string opening_line(NoticeKind kind, const Incident& incident, WallTime now) {
  const std::string what = title_of(incident) + ", " + since_words(incident, now);
  switch (kind) {
    case NoticeKind::opened:
    case NoticeKind::updated:
    case NoticeKind::resolved: return what + ".";
    case NoticeKind::reminder: return "Still open: " + what + ".";
    case NoticeKind::escalated:
      return fmt::format("Nobody has acknowledged this for {}: {}.", age_words(incident.opened_at, now), what);
  }
  return what + ".";
}

std::string state_line(const Incident& incident) {
  if (incident.blame.self && incident.status != IncidentStatus::resolved)
    return fmt::format("Now: impact {}, we cannot measure as we should.", name_of(incident.impact));
  const std::string now = fmt::format("Now: impact {}, ", name_of(incident.impact));
  switch (incident.status) {
    case IncidentStatus::investigating: return now + "cause not yet known.";
    case IncidentStatus::identified: return now + "cause identified.";
    case IncidentStatus::monitoring: return now + "but mail gets through again; watched until that is certain.";
    case IncidentStatus::resolved: return "Now: over.";
  }
  return now;
}

std::string route_list(const std::vector<RouteName>& routes) {
  std::string list;
  for (std::size_t i = 0; i < std::min(routes.size(), most_routes); ++i)
    list += (i == 0 ? "" : ", ") + one_line(routes[i].str());
  if (routes.size() > most_routes) list += fmt::format(" and {} more", routes.size() - most_routes);
  return list;
}

std::string affected_line(const Incident& incident) {
  if (incident.of_traffic())
    return fmt::format("Affected: real mail, whose bounces come to account {}.", one_line(incident.blame.account.str()));
  if (incident.routes.empty()) return {};
  // Of many routes the ones that still fail are worth the space.
  const bool name_failing =
      incident.open() && !incident.failing.empty() && incident.failing.size() < incident.routes.size();
  std::string line = "Affected: " + count_noun(static_cast<long long>(incident.routes.size()), "route", "routes");
  if (name_failing) line += fmt::format(", {} not yet well", incident.failing.size());
  if (incident.status == IncidentStatus::monitoring && incident.failing.empty()) line += ", all well again";
  return line + ": " + route_list(name_failing ? incident.failing : incident.routes) + ".";
}

std::string where_line(const Incident& incident) {
  if (incident.of_traffic()) return {};
  const Blame& blame = incident.blame;
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
  return "Where: " + where + ".";
}

// The last thing that somebody of the house said.
std::string said_line(const Incident& incident, WallTime now) {
  for (const auto& update : std::views::reverse(incident.updates))
    if (!update.by.empty() && !update.text.empty())
      return fmt::format("From {} ({}): {}", one_line(update.by), time_words(update.at, now),
                         cut(one_line(update.text), most_said));
  return {};
}

std::string measured_line(const Incident& incident) {
  const std::string measured = incident.blame.self ? "" : measured_words(incident.counts, canary_noun);
  return measured.empty() ? measured : "Measured: " + measured + ".";
}

std::string why_line(const Incident& incident) {
  if (incident.reason.empty()) return {};
  const std::string rule = incident.rule.empty() ? "" : ", rule " + one_line(incident.rule);
  return "Why: " + cut(one_line(incident.reason), most_quote) + rule + ".";
}

std::string error_line(const Incident& incident) {
  if (incident.first_error.empty()) return {};
  return "First error: " + cut(one_line(incident.first_error), most_quote);
}

std::string provider_line(const Incident& incident) {
  if (incident.provider_says.empty()) return {};
  const std::string provider = incident.blame.provider.empty() ? "the provider" : incident.blame.provider.str();
  return fmt::format("{} says: {}", one_line(provider), cut(one_line(incident.provider_says), most_quote));
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

std::string senders_line(const Incident& incident) {
  if (incident.of_traffic()) return "For senders: this mail came back; those it was for do not have it.";
  if (incident.blame.self)
    return "For senders: nothing is known; the fault is ours, and while it lasts delivery is not watched.";
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
  return "For senders: " + meaning + ".";
}

std::string next_line(const Incident& incident) {
  if (incident.of_traffic())
    return "Next: bounces are counted on; you hear again when the impact changes and when it is over. Look closer: "
           "mailcanary bounces " + one_line(incident.blame.account.str());
  const std::string next = "Next: canaries go on; you hear again when impact or cause changes and when it is over.";
  const auto& routes = incident.failing.empty() ? incident.routes : incident.failing;
  if (routes.empty()) return next;
  return next + " Look closer: mailcanary history " + one_line(routes.front().str());
}

std::string over_for_senders(const Incident& incident) {
  if (incident.of_traffic()) return "For senders: what came back in this time must be sent again, unless it was returned for good.";
  const IncidentCounts& counts = incident.counts;
  if (incident.blame.self) return "For senders: nothing is known of this time; delivery is watched again.";
  std::string meaning;
  if (counts.failed > 0) {
    meaning = incident.blame.leg == Leg::submit
                  ? "what was refused must be sent again, unless the sender's server did it by itself"
                  : "mail of this time may have been returned or lost";
  }
  const int delayed = counts.overdue + counts.delayed_arrived;
  if (delayed > 0) {
    meaning += fmt::format("{}{}{} of {} delayed {} arrived", meaning.empty() ? "" : "; ",
                           counts.failed == 0 && counts.overdue == 0 ? "mail was delayed, not lost: " : "",
                           counts.delayed_arrived, delayed, delayed == 1 ? "canary" : "canaries");
    if (counts.overdue > 0)
      meaning += fmt::format(", {} still awaited", counts.overdue == 1 ? "one is" : "the others are");
  }
  return "For senders: " + (meaning.empty() ? "no canary was lost or late" : meaning) + ".";
}

std::vector<std::string> resolved_lines(const Incident& incident, WallTime now) {
  const WallTime end = incident.resolved_at.value_or(now);
  const std::string counted = incident.blame.self ? "" : outcome_words(incident.counts, canary_noun);
  const std::string error = error_line(incident);
  return {
      fmt::format("It is over: {}. It lasted {}, from {}.", title_of(incident), age_words(incident.began_at, end),
                  span_words(incident.began_at, end, now)),
      counted.empty() ? "" : "Measured: " + counted + ".",
      affected_line(incident),
      where_line(incident),
      error,
      said_line(incident, now),
      over_for_senders(incident),
      incident.of_traffic() ? "Next: nothing to do; bounces are counted on." : "Next: nothing to do; canaries go on.",
  };
}

std::vector<std::string> open_lines(NoticeKind kind, const Incident& incident, WallTime now) {
  return {
      opening_line(kind, incident, now),
      said_line(incident, now),
      state_line(incident),
      measured_line(incident),
      why_line(incident),
      affected_line(incident),
      where_line(incident),
      error_line(incident),
      provider_line(incident),
      senders_line(incident),
      next_line(incident),
  };
}

}  // namespace

std::string notice_title(NoticeKind kind, const Incident& incident) {
  const std::string impact = name_of(incident.impact);
  std::string mark;
  switch (kind) {
    case NoticeKind::opened: mark = impact; break;
    case NoticeKind::updated: mark = impact + ", update"; break;
    case NoticeKind::resolved: mark = "resolved"; break;
    case NoticeKind::reminder: mark = impact + ", still open"; break;
    case NoticeKind::escalated: mark = impact + ", escalated"; break;
  }
  return cut(fmt::format("[{}] {}", mark, title_of(incident)), most_title);
}

std::string notice_text(NoticeKind kind, const Incident& incident, WallTime now) {
  std::string text;
  for (const auto& line :
       kind == NoticeKind::resolved ? resolved_lines(incident, now) : open_lines(kind, incident, now)) {
    if (line.empty()) continue;
    text += (text.empty() ? "" : "\n") + line;
  }
  return text;
}

}  // namespace mailcanary
