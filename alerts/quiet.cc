#include "alerts/quiet.h"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "alerts/words.h"
#include "config/dependencies.h"
#include "core/text.h"

namespace mailcanary {
namespace {

constexpr std::array keys = {Matcher::Key::provider, Matcher::Key::account,  Matcher::Key::route,
                             Matcher::Key::impact,   Matcher::Key::incident, Matcher::Key::channel};

template <class List, class Item>
bool holds(const List& list, const Item& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

ProviderName provider_of(const Config& config, const AccountName& name) {
  const Account* account = config.account(name);
  return account ? account->provider : ProviderName{};
}

// A route that is no longer configured cannot be looked at; it does not stand in the way.
template <class Test>
bool all_routes(const Config& config, const Incident& incident, Test test) {
  bool some = false;
  for (const auto& name : incident.routes) {
    const Route* route = config.route(name);
    if (!route) continue;
    if (!test(*route)) return false;
    some = true;
  }
  return some;
}

bool holds_account(const Config& config, const Scope& scope, const AccountName& account) {
  return holds(scope.accounts, account) || holds(scope.providers, provider_of(config, account));
}

bool holds_culprit(const Config& config, const Scope& scope, const Incident& incident) {
  const Blame& blame = incident.blame;
  if (!blame.account.empty()) return holds_account(config, scope, blame.account);
  if (blame.provider.empty() || holds(scope.providers, blame.provider)) return true;
  return std::any_of(scope.accounts.begin(), scope.accounts.end(),
                     [&](const AccountName& name) { return provider_of(config, name) == blame.provider; });
}

void add_all(Scope& to, const Scope& from) {
  to.providers.insert(to.providers.end(), from.providers.begin(), from.providers.end());
  to.accounts.insert(to.accounts.end(), from.accounts.begin(), from.accounts.end());
  to.routes.insert(to.routes.end(), from.routes.begin(), from.routes.end());
}

std::string maintenance_words(const Maintenance& maintenance, WallTime now) {
  return fmt::format("{} until {}", one_line(maintenance.name), time_words(maintenance.until, now));
}

// One that holds it alone; else all that touch it, together.
std::string maintenance_of(const Config& config, const Incident& incident, const std::vector<Maintenance>& all,
                           WallTime now) {
  Scope together;
  std::string words;
  for (const auto& maintenance : all) {
    if (!maintenance.in_force(now)) continue;
    if (wholly_inside(config, maintenance.scope, incident)) return maintenance_words(maintenance, now);
    const bool touches = std::any_of(incident.routes.begin(), incident.routes.end(), [&](const RouteName& name) {
      const Route* route = config.route(name);
      return route && holds_route(config, maintenance.scope, *route);
    });
    if (!touches) continue;
    add_all(together, maintenance.scope);
    words += (words.empty() ? "" : ", ") + maintenance_words(maintenance, now);
  }
  return !words.empty() && wholly_inside(config, together, incident) ? words : "";
}

bool matches(const Config& config, const Matcher& matcher, const Incident& incident) {
  switch (matcher.key) {
    case Matcher::Key::provider:
      if (!incident.blame.provider.empty()) return incident.blame.provider.str() == matcher.value;
      return holds(incident.components, ProviderName(matcher.value));
    case Matcher::Key::account: {
      const AccountName account(matcher.value);
      if (!incident.blame.account.empty()) return incident.blame.account == account;
      return all_routes(config, incident, [&](const Route& r) { return r.from == account || r.to == account; });
    }
    case Matcher::Key::route:
      return all_routes(config, incident, [&](const Route& r) { return r.name.str() == matcher.value; });
    case Matcher::Key::impact: return name_of(incident.impact) == matcher.value;
    case Matcher::Key::incident: return incident.id.str() == matcher.value;
    case Matcher::Key::channel: return true;  // asked for each channel later
  }
  return false;
}

bool matches(const Config& config, const Silence& silence, const Incident& incident) {
  std::set<std::string> routes;
  for (const auto& matcher : silence.matchers)
    if (matcher.key == Matcher::Key::route) routes.insert(matcher.value);
  return std::all_of(keys.begin(), keys.end(), [&](Matcher::Key key) {
    // Several routes are one set in which all of the incident's must lie.
    if (key == Matcher::Key::route && routes.size() > 1)
      return all_routes(config, incident, [&](const Route& r) { return routes.contains(r.name.str()); });
    bool asked = false, met = false;
    for (const auto& matcher : silence.matchers) {
      if (matcher.key != key) continue;
      asked = true;
      met = met || matches(config, matcher, incident);
    }
    return !asked || met;
  });
}

Quiet::Silenced words_of(const Silence& silence, WallTime now) {
  Quiet::Silenced silenced;
  silenced.words = "until " + time_words(silence.until, now);
  if (!silence.who.empty()) silenced.words += " by " + one_line(silence.who);
  if (!silence.comment.empty()) silenced.words += ": " + cut(one_line(silence.comment), 200);
  for (const auto& matcher : silence.matchers)
    if (matcher.key == Matcher::Key::channel) silenced.channels.emplace_back(matcher.value);
  return silenced;
}

// True when the dependent needs what the other incident blames, directly or by way of others.
bool follows(const Config& config, const Incident& incident, const Incident& cause) {
  if (cause.id == incident.id || cause.blame.self || cause.blame.provider.empty()) return false;
  const Dependency culprit = cause.blame.account.empty() ? Dependency(cause.blame.provider) : cause.blame.account;
  const auto needs = [&](const Dependency& dependent) { return depends_on(config, dependent, culprit); };
  if (!incident.blame.account.empty()) return needs(incident.blame.account);
  if (!incident.blame.provider.empty()) return needs(incident.blame.provider);
  if (incident.blame.self) return false;
  return all_routes(config, incident, [&](const Route& r) { return needs(r.from) || needs(r.to); });
}

}  // namespace

const char* name_of(Matcher::Key key) {
  switch (key) {
    case Matcher::Key::provider: return "provider";
    case Matcher::Key::account: return "account";
    case Matcher::Key::route: return "route";
    case Matcher::Key::impact: return "impact";
    case Matcher::Key::incident: return "incident";
    case Matcher::Key::channel: return "channel";
  }
  return "provider";
}

Result<Matcher> parse_matcher(std::string_view text) {
  const auto equals = text.find('=');
  if (equals != std::string_view::npos && equals + 1 < text.size()) {
    for (const Matcher::Key key : keys)
      if (text.substr(0, equals) == name_of(key)) return Matcher{key, std::string(text.substr(equals + 1))};
  }
  return Error{ErrorKind::invalid_input,
               fmt::format("\"{}\" is no matcher; write KEY=VALUE, where KEY is provider, account, route, impact, "
                           "incident or channel",
                           cut(one_line(text), 64))};
}

std::string to_text(const std::vector<Matcher>& matchers) {
  std::string text;
  for (const auto& matcher : matchers)
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", name_of(matcher.key), matcher.value);
  return text;
}

bool holds_route(const Config& config, const Scope& scope, const Route& route) {
  return scope.everything() || holds(scope.routes, route.name) || holds_account(config, scope, route.from) ||
         holds_account(config, scope, route.to);
}

bool holds_provider(const Config& config, const Scope& scope, const ProviderName& provider) {
  if (scope.everything() || holds(scope.providers, provider)) return true;
  bool some = false;
  for (const auto& account : config.accounts) {
    if (account.provider != provider) continue;
    if (!holds(scope.accounts, account.name)) return false;
    some = true;
  }
  return some;
}

bool wholly_inside(const Config& config, const Scope& scope, const Incident& incident) {
  if (scope.everything()) return true;
  if (incident.blame.self) return false;
  if (incident.of_traffic()) return holds_account(config, scope, incident.blame.account);
  if (all_routes(config, incident, [&](const Route& r) { return holds(scope.routes, r.name); })) return true;
  return holds_culprit(config, scope, incident) &&
         all_routes(config, incident, [&](const Route& r) { return holds_route(config, scope, r); });
}

Quiet quiet_for(const Config& config, const Incident& incident, const std::vector<Maintenance>& maintenance,
                const std::vector<Silence>& silences, const std::vector<Incident>& open, WallTime now) {
  Quiet quiet;
  for (const auto& other : open) {
    if (!other.open() || !follows(config, incident, other)) continue;
    quiet.inhibited = fmt::format("by {} ({})", other.id.str(), one_line(other.title));
    break;
  }
  quiet.maintenance = maintenance_of(config, incident, maintenance, now);
  for (const auto& silence : silences)
    if (silence.in_force(now) && matches(config, silence, incident)) quiet.silences.push_back(words_of(silence, now));
  return quiet;
}

}  // namespace mailcanary
