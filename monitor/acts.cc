#include "monitor/acts.h"

#include <algorithm>
#include <map>
#include <ranges>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/text.h"

namespace mailcanary {
namespace {

using Json = nlohmann::json;

std::string text_of(const Json& object) { return object.dump(-1, ' ', false, Json::error_handler_t::replace); }

// A row that somebody has damaged reads as an empty object.
Json object_of(const Act& act) {
  Json object = Json::parse(act.details, nullptr, false);
  return object.is_object() ? object : Json::object();
}

std::string text_in(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

template <class Name>
Json names(const std::vector<Name>& list) {
  Json array = Json::array();
  for (const auto& name : list) array.push_back(name.str());
  return array;
}

std::vector<std::string> texts_in(const Json& object, const char* key) {
  std::vector<std::string> texts;
  const auto found = object.find(key);
  if (found == object.end() || !found->is_array()) return texts;
  for (const auto& text : *found)
    if (text.is_string()) texts.push_back(text.get<std::string>());
  return texts;
}

template <class Name>
std::vector<Name> names_in(const Json& object, const char* key) {
  const auto texts = texts_in(object, key);
  std::vector<Name> list;
  for (const auto& text : texts) list.emplace_back(text);
  return list;
}

std::int64_t micros(WallTime time) { return time.time_since_epoch().count(); }
WallTime time_in(const Json& object, const char* key, WallTime otherwise) {
  const auto found = object.find(key);
  const bool there = found != object.end() && found->is_number_integer();
  return there ? WallTime(Duration(found->get<std::int64_t>())) : otherwise;
}

Act act_now(ActKind kind, std::string about, std::string who, WallTime now) {
  Act act;
  act.id = ActId(make_ulid(now));
  act.kind = kind;
  act.about = std::move(about);
  act.who = std::move(who);
  act.at = now;
  act.details = "{}";
  return act;
}

// Nobody need apply these: they hold because they are there.
Act holding(Act act, WallTime until) {
  act.until = until;
  act.applied_at = act.at;
  return act;
}

// When each was ended early.
std::map<std::string, WallTime> ends_in(const std::vector<Act>& acts, ActKind kind) {
  std::map<std::string, WallTime> ends;
  for (const auto& act : acts)
    if (act.kind == kind) ends.try_emplace(act.about, act.at);
  return ends;
}

template <class Window>
void end_early(std::vector<Window>& windows, const std::map<std::string, WallTime>& ends) {
  for (auto& window : windows)
    if (const auto end = ends.find(window.id); end != ends.end()) window.until = std::min(window.until, end->second);
}

template <class Window>
bool never_began(const Window& window) {
  return window.until <= window.from;
}

std::vector<Maintenance> announced_in(const std::vector<Act>& acts) {
  std::vector<Maintenance> found;
  for (const auto& act : acts) {
    if (act.kind != ActKind::maintenance_add || !act.until) continue;
    const Json object = object_of(act);
    Scope scope{names_in<ProviderName>(object, "providers"), names_in<AccountName>(object, "accounts"),
                names_in<RouteName>(object, "routes")};
    found.push_back({act.id.str(), text_in(object, "name"), time_in(object, "from", act.at), *act.until,
                     std::move(scope), text_in(object, "text"), act.who});
  }
  end_early(found, ends_in(acts, ActKind::maintenance_end));
  return found;
}

Post post_in(const Act& act) {
  const Json object = object_of(act);
  Post post{text_in(object, "text"), text_in(object, "public"), {}};
  for (const auto known : {IncidentStatus::identified, IncidentStatus::monitoring})
    if (text_in(object, "status") == name_of(known)) post.status = known;
  return post;
}

void say(Incident& incident, const Act& act, const std::string& text, const std::string& public_text, WallTime now) {
  incident.updated_at = now;
  incident.updates.push_back({now, incident.status, text, public_text, act.who});
}

Applied acknowledge(const Act& act, Incident incident, WallTime now) {
  if (!incident.open()) return {{IncidentChange::Kind::none, std::move(incident)}, "it is over already"};
  if (incident.acknowledged_at)
    return {{IncidentChange::Kind::none, incident}, "it was acknowledged already, by " + incident.acknowledged_by};
  incident.acknowledged_at = now;
  incident.acknowledged_by = act.who;
  say(incident, act, "Acknowledged.", "", now);
  return {{IncidentChange::Kind::none, std::move(incident)}, "acknowledged"};
}

Applied post(const Act& act, Incident incident, WallTime now) {
  const Post post = post_in(act);
  const bool open = incident.open();
  if (open && post.status) {
    incident.status_by_hand = post.status;
    incident.status = *post.status;
  }
  say(incident, act, post.text, post.public_text, now);
  IncidentChange change{open ? IncidentChange::Kind::changed : IncidentChange::Kind::none, std::move(incident)};
  change.posted = post.text;
  return {std::move(change), open ? "posted" : "posted; the incident is over, so no notices follow"};
}

// The last update that a person wrote gets other words; nobody is told again.
Applied edit(const Act& act, Incident incident, WallTime now) {
  const Post post = post_in(act);
  for (auto& update : std::views::reverse(incident.updates)) {
    if (update.by.empty() || update.public_text.empty()) continue;
    if (!post.text.empty()) update.text = post.text;
    if (!post.public_text.empty()) update.public_text = post.public_text;
    incident.updated_at = now;
    return {{IncidentChange::Kind::none, std::move(incident)}, "edited"};
  }
  return {{IncidentChange::Kind::none, std::move(incident)}, "nobody has posted anything yet, so there is nothing to edit"};
}

Applied resolve(const Act& act, Incident incident, WallTime now) {
  if (!incident.open()) return {{IncidentChange::Kind::none, std::move(incident)}, "it is over already"};
  const Post post = post_in(act);
  incident.status = IncidentStatus::resolved;
  incident.resolved_at = now;
  say(incident, act, post.text, post.public_text, now);
  std::string outcome = "resolved";
  if (!incident.failing.empty())
    outcome += fmt::format("; {} not yet well and will open no new incident until {} been well once",
                           count_noun(static_cast<long long>(incident.failing.size()), "route is", "routes are"),
                           incident.failing.size() == 1 ? "it has" : "they have");
  return {{IncidentChange::Kind::resolved, std::move(incident)}, outcome};
}

}  // namespace

Act act_of(const Maintenance& maintenance, WallTime now) {
  Act act = holding(act_now(ActKind::maintenance_add, "", maintenance.who, now), maintenance.until);
  act.about = act.id.str();
  act.details = text_of({{"name", maintenance.name},
                         {"from", micros(maintenance.from)},
                         {"text", maintenance.text},
                         {"providers", names(maintenance.scope.providers)},
                         {"accounts", names(maintenance.scope.accounts)},
                         {"routes", names(maintenance.scope.routes)}});
  return act;
}

Act act_of(const Silence& silence, WallTime now) {
  Act act = holding(act_now(ActKind::silence_add, "", silence.who, now), silence.until);
  act.about = act.id.str();
  Json matchers = Json::array();
  for (const auto& matcher : silence.matchers)
    matchers.push_back(fmt::format("{}={}", name_of(matcher.key), matcher.value));
  act.details = text_of({{"matchers", matchers}, {"comment", silence.comment}});
  return act;
}

Act end_of(const Maintenance& maintenance, std::string who, WallTime now) {
  return holding(act_now(ActKind::maintenance_end, maintenance.id, std::move(who), now), maintenance.until);
}

Act end_of(const Silence& silence, std::string who, WallTime now) {
  return holding(act_now(ActKind::silence_end, silence.id, std::move(who), now), silence.until);
}

Act acknowledgement(const IncidentId& incident, std::string who, WallTime now) {
  return act_now(ActKind::acknowledge, incident.str(), std::move(who), now);
}

Act posting(ActKind kind, const IncidentId& incident, const Post& post, std::string who, WallTime now) {
  Act act = act_now(kind, incident.str(), std::move(who), now);
  Json object = {{"text", post.text}, {"public", post.public_text}};
  if (post.status) object["status"] = name_of(*post.status);
  act.details = text_of(object);
  return act;
}

std::vector<Maintenance> maintenance_in(const std::vector<Act>& acts) {
  std::vector<Maintenance> found = announced_in(acts);
  std::erase_if(found, never_began<Maintenance>);
  return found;
}

std::vector<Maintenance> cancelled_in(const std::vector<Act>& acts) {
  std::vector<Maintenance> found = announced_in(acts);
  std::erase_if(found, [](const Maintenance& maintenance) { return !never_began(maintenance); });
  return found;
}

std::vector<Silence> silences_in(const std::vector<Act>& acts) {
  std::vector<Silence> found;
  for (const auto& act : acts) {
    if (act.kind != ActKind::silence_add || !act.until) continue;
    const Json object = object_of(act);
    Silence silence{act.id.str(), act.at, *act.until, {}, text_in(object, "comment"), act.who};
    for (const auto& text : texts_in(object, "matchers"))
      if (auto matcher = parse_matcher(text)) silence.matchers.push_back(std::move(*matcher));
    // One that could not be read must not keep everything quiet.
    if (!silence.matchers.empty()) found.push_back(std::move(silence));
  }
  end_early(found, ends_in(acts, ActKind::silence_end));
  std::erase_if(found, never_began<Silence>);
  return found;
}

Applied apply(const Act& act, Incident incident, WallTime now) {
  switch (act.kind) {
    case ActKind::acknowledge: return acknowledge(act, std::move(incident), now);
    case ActKind::post: return post(act, std::move(incident), now);
    case ActKind::edit: return edit(act, std::move(incident), now);
    case ActKind::resolve: return resolve(act, std::move(incident), now);
    case ActKind::maintenance_add:
    case ActKind::maintenance_end:
    case ActKind::silence_add:
    case ActKind::silence_end: break;
  }
  return {{IncidentChange::Kind::none, std::move(incident)}, "this is no act on an incident"};
}

}  // namespace mailcanary
