#include "monitor/incidents.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/text.h"

namespace mailcanary {

namespace {

constexpr std::size_t max_evidence = 20;
// Routes that begin to fail within this of each other (or within two cadences) met the same event.
constexpr Duration together = std::chrono::minutes(2);

template <class T>
bool contains(const std::vector<T>& list, const T& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}
template <class T>
void add_once(std::vector<T>& list, const T& item) {
  if (!contains(list, item)) list.push_back(item);
}

ProviderName provider_of(const Config& config, const AccountName& account) {
  const Account* found = config.account(account);
  return found ? found->provider : ProviderName{};
}
std::string title_of(const Config& config, const ProviderName& provider) {
  const Provider* found = config.provider(provider);
  return found ? found->title : provider.str();
}

// An explanation: every failing route passes this leg of this provider.
struct Suspect {
  ProviderName provider;
  Leg leg = Leg::unknown;
  auto operator<=>(const Suspect&) const = default;
};

bool names_somebody(const Blame& blame) { return blame.self || !blame.provider.empty() || !blame.account.empty(); }
bool same_place(const Blame& a, const Blame& b) {
  return a.self == b.self && a.provider == b.provider && a.account == b.account && a.leg == b.leg;
}

std::vector<Suspect> suspects_of(const Config& config, const Symptom& symptom) {
  const ProviderName from = provider_of(config, symptom.route->from);
  const ProviderName to = provider_of(config, symptom.route->to);
  switch (symptom.leg) {
    case Symptom::Leg::submit: return {{from, Leg::submit}};
    case Symptom::Leg::mailbox: return {{to, Leg::mailbox}};
    case Symptom::Leg::transit: return {{from, Leg::outbound}, {to, Leg::inbound}};
  }
  return {};
}

bool passes(const Config& config, const Route& route, const Suspect& suspect) {
  const AccountName& account = (suspect.leg == Leg::submit || suspect.leg == Leg::outbound) ? route.from : route.to;
  return provider_of(config, account) == suspect.provider;
}

// The one suspect that all symptoms share and no working route acquits; nobody when there is none, or several.
std::optional<Suspect> culprit_of(const Config& config, const std::vector<const Symptom*>& symptoms,
                                  const std::vector<RouteName>& working) {
  std::set<Suspect> shared;
  bool first = true;
  for (const Symptom* symptom : symptoms) {
    const auto list = suspects_of(config, *symptom);
    const std::set<Suspect> mine(list.begin(), list.end());
    if (first) {
      shared = mine;
    } else {
      std::erase_if(shared, [&](const Suspect& s) { return !mine.contains(s); });
    }
    first = false;
  }
  const std::set<RouteName> works(working.begin(), working.end());
  for (const Route& route : config.routes) {
    if (shared.empty()) break;
    if (works.contains(route.name)) std::erase_if(shared, [&](const Suspect& s) { return passes(config, route, s); });
  }
  if (shared.size() != 1) return std::nullopt;
  return *shared.begin();
}

// What all symptoms with a known cause have in common; what is found out when none has one.
Blame blame_of(const Config& config, const std::vector<const Symptom*>& symptoms, const std::vector<RouteName>& working) {
  std::optional<Blame> common;
  bool known = false;
  for (const Symptom* symptom : symptoms) {
    if (!symptom->culprit) continue;
    known = true;
    const Blame& blame = symptom->culprit->blame;
    if (!common) common = blame;
    if (common->self != blame.self || common->provider != blame.provider) return {};
    if (common->account != blame.account) common->account = AccountName{};
    if (common->leg != blame.leg) common->leg = Leg::unknown;
  }
  if (known) return *common;
  Blame found;
  if (const auto culprit = culprit_of(config, symptoms, working)) {
    found.provider = culprit->provider;
    found.leg = culprit->leg;
  }
  return found;
}

std::string list_text(const std::vector<std::string>& names) {
  if (names.size() <= 1) return names.empty() ? "" : names.front();
  if (names.size() > 3) return fmt::format("{} and {} more", names.front(), names.size() - 1);
  std::string text = names.front();
  for (std::size_t i = 1; i < names.size(); ++i) text += (i + 1 == names.size() ? " and " : ", ") + names[i];
  return text;
}

// Names, title, blame and key of an incident from the symptoms that show now. Public words: no host, no address.
void describe(const Config& config, Incident& incident, const std::vector<const Symptom*>& symptoms,
              const std::vector<RouteName>& working) {
  if (symptoms.empty()) return;
  Blame blame = blame_of(config, symptoms, working);
  // Who is known to be at fault stays so until somebody else is.
  if (!names_somebody(blame) && names_somebody(incident.blame)) blame = incident.blame;
  const bool slow = std::all_of(symptoms.begin(), symptoms.end(),
                                [](const Symptom* s) { return s->nature == Symptom::Nature::slow; });
  std::vector<std::string> names;
  std::vector<ProviderName> involved;
  std::set<Symptom::Leg> legs;
  for (const Symptom* symptom : symptoms) {
    legs.insert(symptom->leg);
    const auto list = suspects_of(config, *symptom);
    for (const auto& suspect : list) add_once(involved, suspect.provider);
  }
  if (!blame.provider.empty()) involved = {blame.provider};
  for (const auto& provider : involved) names.push_back(title_of(config, provider));
  std::sort(names.begin(), names.end());

  incident.blame = blame;
  if (!names_somebody(blame) && legs.size() == 1 && *legs.begin() == Symptom::Leg::submit) incident.blame.leg = Leg::submit;
  if (blame.self) {
    incident.title = working.empty() ? "Our own side: mail cannot be watched from here"
                                     : fmt::format("Our own side: {} cannot be watched from here", list_text(names));
    incident.components.clear();
    return;
  }
  const std::string who = list_text(names);
  const bool several = names.size() > 1;
  switch (incident.blame.leg) {
    case Leg::submit:
      incident.title = slow ? fmt::format("{}: sending mail is slow", who)
                            : fmt::format("{} {} not accept mail", who, several ? "do" : "does");
      break;
    case Leg::inbound:
      incident.title = fmt::format("Mail to {} {}", who, slow ? "is delayed" : "does not arrive");
      break;
    case Leg::outbound:
      incident.title = fmt::format("Mail from {} {}", who, slow ? "is delayed" : "does not arrive");
      break;
    case Leg::mailbox:
      incident.title = fmt::format("Mailboxes at {} cannot be read", who);
      break;
    case Leg::unknown:
      incident.title = several ? fmt::format("Mail between {} {}", who, slow ? "is delayed" : "does not get through")
                               : fmt::format("Mail at {} {}", who, slow ? "is delayed" : "does not get through");
      break;
  }
  // Once it is known who it is, the rows of others are not coloured any more.
  if (names_somebody(blame)) incident.components = involved;
  for (const auto& provider : involved) add_once(incident.components, provider);
}

std::string key_part(std::string_view text) {
  std::string part;
  for (const char c : lower(text)) part += ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) ? c : '-';
  return part.substr(0, 40);
}

// Where a route stands. Thousands of routes may fail at once, so they are not searched for in the incidents' lists.
struct Place {
  std::size_t incident = 0;  // index
  bool failing = false;
};

bool shares_provider(const Config& config, const Incident& incident, const Symptom& symptom) {
  for (const auto& suspect : suspects_of(config, symptom)) {
    if (contains(incident.components, suspect.provider)) return true;
  }
  return false;
}

bool belongs(const Config& config, const Incident& incident, const Symptom& symptom) {
  const Duration window = std::max<Duration>(together, 2 * symptom.route->every);
  const bool at_once = std::chrono::abs(symptom.began_at - incident.began_at) <= window;
  if (!symptom.culprit) return at_once || shares_provider(config, incident, symptom);
  const Blame& blame = symptom.culprit->blame;
  if (blame.self || incident.blame.self) return at_once || blame.self == incident.blame.self;
  if (!blame.provider.empty() && !incident.blame.provider.empty()) return blame.provider == incident.blame.provider;
  return at_once && shares_provider(config, incident, symptom);
}

// One that was resolved lately and is back: the same place, or where nobody is named, the same route and rule.
bool returns_as(const Incident& past, const Symptom& symptom) {
  if (symptom.culprit && names_somebody(symptom.culprit->blame) && names_somebody(past.blame))
    return same_place(past.blame, symptom.culprit->blame);
  const bool same_leg = (symptom.leg == Symptom::Leg::submit) == (past.blame.leg == Leg::submit);
  return same_leg && contains(past.routes, symptom.route->name) && past.rule == symptom.rule;
}

void reopen(Incident& incident, WallTime now) {
  incident.status = IncidentStatus::investigating;
  incident.resolved_at.reset();
  incident.acknowledged_at.reset();
  incident.acknowledged_by.clear();
  incident.status_by_hand.reset();
  incident.failing.clear();
  incident.updated_at = now;
}

Incident open_incident(const Config& config, const Symptom& symptom, WallTime now, const IdMaker& make_id) {
  Incident incident;
  incident.id = IncidentId(make_id(now));
  incident.opened_at = incident.updated_at = now;
  incident.began_at = symptom.began_at;
  incident.rule = symptom.rule;
  incident.reason = symptom.reason;
  incident.first_error = symptom.first_error;
  incident.impact = Impact::none;
  Suspect suspect = suspects_of(config, symptom).front();
  if (symptom.culprit && !symptom.culprit->blame.provider.empty())
    suspect = {symptom.culprit->blame.provider, symptom.culprit->blame.leg};
  incident.key = fmt::format("{}.{}", key_part(suspect.provider.str()), name_of(suspect.leg));
  return incident;
}

}  // namespace

std::vector<IncidentChange> fold_incidents(const Config& config, std::vector<Incident> open, const Findings& findings,
                                           WallTime now, const IdMaker& make_id) {
  using Kind = IncidentChange::Kind;
  std::vector<IncidentChange> changes;
  for (auto& incident : open) changes.push_back({Kind::none, std::move(incident)});

  // A route stands where it fails now; else where it failed first.
  std::map<RouteName, Place> places;
  for (std::size_t i = 0; i < changes.size(); ++i)
    for (const auto& name : changes[i].incident.failing) places.try_emplace(name, Place{i, true});
  for (std::size_t i = 0; i < changes.size(); ++i)
    for (const auto& name : changes[i].incident.routes) places.try_emplace(name, Place{i, false});

  // Where symptoms of one cause go: to the incident in which one of their routes fails already.
  std::map<std::string, std::size_t> of_cause;
  for (const Symptom& symptom : findings.symptoms) {
    const auto known = places.find(symptom.route->name);
    if (symptom.culprit && known != places.end() && known->second.failing)
      of_cause.try_emplace(symptom.culprit->cause, known->second.incident);
  }

  std::map<IncidentId, std::vector<const Symptom*>> shown;
  std::set<IncidentId> wider;  // a route joined: the description must grow with it
  for (const Symptom& symptom : findings.symptoms) {
    const RouteName& route = symptom.route->name;
    auto known = places.find(route);
    // It recovered in an incident that somebody else is to blame for: this is another one.
    if (known != places.end() && !known->second.failing && symptom.culprit) {
      const Incident& before = changes[known->second.incident].incident;
      const Blame& blame = symptom.culprit->blame;
      if (names_somebody(before.blame) && names_somebody(blame) &&
          (before.blame.self != blame.self || before.blame.provider != blame.provider)) {
        places.erase(known);
        known = places.end();
      }
    }
    if (known == places.end()) {
      std::size_t index = changes.size();
      const auto cause = symptom.culprit ? of_cause.find(symptom.culprit->cause) : of_cause.end();
      const auto same = std::find_if(changes.begin(), changes.end(),
                                     [&](const IncidentChange& c) { return belongs(config, c.incident, symptom); });
      const auto back = std::find_if(findings.recent.begin(), findings.recent.end(),
                                     [&](const Incident& past) { return returns_as(past, symptom); });
      if (cause != of_cause.end()) {
        index = cause->second;
      } else if (same != changes.end()) {
        index = static_cast<std::size_t>(same - changes.begin());
      } else if (back != findings.recent.end()) {
        changes.push_back({Kind::opened, *back});
        reopen(changes.back().incident, now);
        for (const auto& name : changes.back().incident.routes) places.try_emplace(name, Place{index, false});
      } else {
        changes.push_back({Kind::opened, open_incident(config, symptom, now, make_id)});
      }
      if (symptom.culprit) of_cause.try_emplace(symptom.culprit->cause, index);
      known = places.insert_or_assign(route, Place{index, false}).first;
      add_once(changes[index].incident.routes, route);
      wider.insert(changes[index].incident.id);
    }
    IncidentChange* place = &changes[known->second.incident];
    Incident& incident = place->incident;
    const bool grew = !std::exchange(known->second.failing, true);
    if (grew) incident.failing.push_back(route);
    if (grew) incident.status_by_hand.reset();  // whoever said so did not know of this
    for (const auto& id : symptom.evidence) {
      if (incident.evidence.size() < max_evidence) add_once(incident.evidence, id);
    }
    incident.began_at = std::min(incident.began_at, symptom.began_at);
    if (symptom.impact > incident.impact) {
      incident.impact = symptom.impact;
      incident.rule = symptom.rule;
      incident.reason = symptom.reason;
      if (place->kind == Kind::none) place->kind = Kind::changed;
    }
    if (grew && place->kind == Kind::none) place->kind = Kind::changed;
    shown[incident.id].push_back(&symptom);
  }

  const std::set<RouteName> well(findings.well.begin(), findings.well.end());
  for (auto& change : changes) {
    Incident& incident = change.incident;
    const std::string title_before = incident.title;
    const IncidentStatus status_before = incident.status;
    const IncidentCounts counts_before = incident.counts;

    // Routes that recover do not narrow it: title and culprit tell of the whole event.
    const auto& symptoms = shown[incident.id];
    const bool all_fail = incident.failing.size() == incident.routes.size();
    const bool clearer = all_fail && std::any_of(symptoms.begin(), symptoms.end(), [&](const Symptom* symptom) {
      return symptom->culprit && names_somebody(symptom->culprit->blame) && !same_place(symptom->culprit->blame, incident.blame);
    });
    if (wider.contains(incident.id) || clearer) describe(config, incident, symptoms, findings.working);
    const bool recovered =
        std::erase_if(incident.failing, [&](const RouteName& name) { return well.contains(name); }) > 0;
    incident.counts = {};
    for (const auto& name : incident.routes) {
      const auto found = findings.counts.find(name);
      if (found == findings.counts.end()) continue;
      auto counts = found->second.find(incident.id);
      if (counts == found->second.end()) counts = found->second.find(IncidentId{});
      if (counts == found->second.end()) continue;
      incident.counts.canaries += counts->second.canaries;
      incident.counts.failed += counts->second.failed;
      incident.counts.overdue += counts->second.overdue;
      incident.counts.delayed_arrived += counts->second.delayed_arrived;
      incident.counts.bounced += counts->second.bounced;
      incident.counts.lost += counts->second.lost;
      incident.counts.not_due += counts->second.not_due;
    }

    if (incident.failing.empty()) {
      incident.status = IncidentStatus::resolved;
      incident.resolved_at = now;
    } else if (incident.failing.size() < incident.routes.size() && shown[incident.id].size() < incident.routes.size()) {
      incident.status = IncidentStatus::monitoring;
    } else if (names_somebody(incident.blame) || status_before == IncidentStatus::identified) {
      incident.status = IncidentStatus::identified;  // never back to investigating: it has been looked into
    } else {
      incident.status = IncidentStatus::investigating;
    }
    if (incident.open()) incident.status = std::max(incident.status, incident.status_by_hand.value_or(incident.status));
    if (change.kind != Kind::opened) {
      if (incident.status == IncidentStatus::resolved) {
        change.kind = Kind::resolved;
      } else if (incident.status != status_before || incident.title != title_before) {
        change.kind = Kind::changed;
      } else if (change.kind == Kind::none && (recovered || counts_before.canaries != incident.counts.canaries ||
                                               counts_before.failed != incident.counts.failed ||
                                               counts_before.overdue != incident.counts.overdue ||
                                               counts_before.delayed_arrived != incident.counts.delayed_arrived)) {
        change.kind = Kind::progressed;
      }
    }
    if (change.kind == Kind::none) continue;
    incident.updated_at = now;
    if (change.kind == Kind::progressed) continue;
    // What people are told next stands on the numbers of now.
    const auto telling = std::find_if(symptoms.begin(), symptoms.end(), [&](const Symptom* s) { return s->rule == incident.rule; });
    if (telling != symptoms.end()) incident.reason = (*telling)->reason;
    incident.updates.push_back({now, incident.status, notice_text(change.kind == Kind::opened     ? NoticeKind::opened
                                                                  : change.kind == Kind::resolved ? NoticeKind::resolved
                                                                                                  : NoticeKind::updated,
                                                                  incident, now),
                                public_text(incident, now)});
  }
  return changes;
}

}  // namespace mailcanary
