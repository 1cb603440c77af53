#include "tests/monitor/engine_world.h"

#include <algorithm>
#include <iterator>
#include <sstream>

namespace mailcanary {

namespace {

constexpr Duration every = std::chrono::minutes(5);
constexpr Duration step_length = std::chrono::seconds(10);

std::vector<std::string> words(const std::string& text) {
  std::istringstream stream(text);
  return {std::istream_iterator<std::string>(stream), {}};
}

}  // namespace

EngineWorld::EngineWorld(std::vector<std::string> routes) {
  config.vantage = "test";
  config.rules = default_rules();
  config.channels = {default_channel()};
  config.notify = {default_notify()};
  for (const auto& name : routes) {
    Route route;
    route.name = RouteName(name);
    route.from = AccountName(name.substr(0, name.find('-')));
    route.to = AccountName(name.substr(name.find('-') + 1));
    route.every = every;
    for (const auto& account : {route.from, route.to}) {
      if (config.account(account)) continue;
      config.providers.push_back({ProviderName(account.str()), account.str(), ""});
      Account made;
      made.name = account;
      made.provider = ProviderName(account.str());
      made.address = account.str() + "@example.org";
      config.accounts.push_back(made);
    }
    config.routes.push_back(route);
  }
  engine = std::make_unique<Engine>(config, EngineMemory{}, EngineRole::decides, clock.now());
}

void EngineWorld::turn(const std::vector<std::size_t>& due) {
  Turn turn = engine->turn(due, clock.now());
  for (const auto& canary : turn.record.sent) {
    ledger[canary.id] = canary;
    order.push_back(canary.id);
  }
  for (const auto& canary : turn.record.changed) ledger[canary.id] = canary;
  for (const auto& incident : turn.record.incidents) {
    const auto before = recorded_incidents.find(incident.id);
    if (before == recorded_incidents.end()) {
      events_.emplace_back(incident.id, "opened@" + std::to_string(cadence));
    } else if (!incident.open() && before->second.open()) {
      events_.emplace_back(incident.id, "resolved@" + std::to_string(cadence));
    }
    recorded_incidents[incident.id] = incident;
  }
  for (const auto& notice : turn.record.notices) notices.push_back(notice);
  for (const auto& act : turn.record.acts) acts.push_back(act);
  for (const auto& [name, value] : turn.record.facts) facts[name] = value;
  for (const auto& canary : turn.send) {
    const bool scheduled = canary.purpose == CanaryPurpose::scheduled;
    const auto& words = scheduled ? word_of_ : word_of_confirming_;
    const auto word = words.find(canary.route);
    meet(canary, word == words.end() ? "ok" : word->second);
  }
}

void EngineWorld::meet(const Canary& canary, std::string_view word) {
  SubmitOutcome outcome;
  outcome.started_at = clock.now().wall;
  outcome.verdict = SubmitOutcome::Verdict::accepted;
  const auto come = [&](Duration after, Sighting::Kind kind, AccountName where, std::string folder) {
    coming_.push_back({clock.now().wall + after, canary.id, std::move(where), kind, std::move(folder)});
  };
  const auto refuse = [&](SubmitOutcome::Verdict verdict, const char* reason) {
    outcome.verdict = verdict;
    outcome.reason = reason;
  };
  if (word == "ok") come(std::chrono::seconds(2), Sighting::Kind::canary, canary.to, "INBOX");
  if (word == "late") come(canary.late_after + std::chrono::seconds(30), Sighting::Kind::canary, canary.to, "INBOX");
  if (word == "junk") come(std::chrono::seconds(2), Sighting::Kind::canary, canary.to, "Junk");
  if (word == "bounced") come(std::chrono::seconds(2), Sighting::Kind::bounce, canary.from, "INBOX");
  if (word == "refused") refuse(SubmitOutcome::Verdict::rejected, "rcpt to refused: 550 5.1.1 no such user");
  if (word == "deferred") refuse(SubmitOutcome::Verdict::deferred, "rcpt to refused: 451 4.7.1 later");
  if (word == "down") refuse(SubmitOutcome::Verdict::unreachable, "connect to mx: connection refused");
  if (word == "silent") {
    refuse(SubmitOutcome::Verdict::unreachable, "connect to mx: timed out");
    outcome.stages = {{Stage::connect, std::chrono::seconds(15), outcome.reason}};
  }
  if (word == "own") refuse(SubmitOutcome::Verdict::own_fault, "log in: credentials refused");
  blind_[canary.to.str()] = word == "blind" || word == "silent";
  if (outcome.verdict == SubmitOutcome::Verdict::accepted) outcome.accepted_at = clock.now().wall + std::chrono::milliseconds(100);
  engine->submitted(canary.id, outcome, clock.now());
}

void EngineWorld::look(const std::string& account, bool blind) {
  const Now now = clock.now();
  InboxReport report;
  if (blind) {
    report.fault = "read the mailbox: connection refused";
    report.own_fault = true;
  } else {
    report.looked_at = now.wall;
    for (const auto& c : coming_) {
      if (c.at > now.wall || c.account.str() != account) continue;
      Sighting sighting;
      sighting.id = c.id;
      sighting.kind = c.kind;
      sighting.message.folder = c.folder;
      sighting.in_junk = c.folder == "Junk";
      sighting.arrived_at = c.at;
      sighting.seen_at = now.wall;
      if (c.kind == Sighting::Kind::bounce) {
        sighting.bounce = BounceReport{};
        sighting.bounce->status = "5.1.1";
        sighting.bounce->diagnostic = "no such user";
      }
      report.sightings.push_back(sighting);
    }
    std::erase_if(coming_, [&](const Coming& c) { return c.at <= now.wall && c.account.str() == account; });
  }
  std::vector<Canary> found;
  for (const auto& id : engine->unknown_in(report)) {
    if (ledger.contains(id)) found.push_back(ledger.at(id));
  }
  engine->observed(AccountName(account), report, found, now);
}

void EngineWorld::play(const std::map<std::string, std::string>& histories) {
  std::map<std::size_t, std::vector<std::string>> scripts;
  std::size_t length = 0;
  for (std::size_t i = 0; i < config.routes.size(); ++i) {
    const auto found = histories.find(config.routes[i].name.str());
    if (found == histories.end()) continue;
    scripts[i] = words(found->second);
    length = std::max(length, scripts[i].size());
  }
  for (std::size_t step = 0; step < length; ++step) {
    ++cadence;
    std::vector<std::size_t> due;
    word_of_.clear();
    word_of_confirming_.clear();
    for (const auto& [index, script] : scripts) {
      if (step >= script.size() || script[step] == "-") continue;
      due.push_back(index);
      const RouteName& name = config.routes[index].name;
      word_of_[name] = script[step];
      const bool goes_on = step + 1 == script.size() || (script[step + 1] != "ok" && script[step + 1] != "-");
      word_of_confirming_[name] = goes_on ? script[step] : "ok";
    }
    turn(due);
    for (Duration passed{}; passed < every; passed += step_length) {
      clock.advance(step_length);
      for (const auto& account : config.accounts) look(account.name.str(), blind_[account.name.str()]);
      turn({});
    }
  }
}

void EngineWorld::wait(int times) {
  for (int i = 0; i < times; ++i) {
    ++cadence;
    for (Duration passed{}; passed < every; passed += step_length) {
      clock.advance(step_length);
      for (const auto& account : config.accounts) look(account.name.str(), false);
      turn({});
    }
  }
}

void EngineWorld::see_now(const CanaryId& id, Sighting::Kind kind) {
  const Canary canary = ledger.at(id);
  coming_.push_back({clock.now().wall, id, kind == Sighting::Kind::canary ? canary.to : canary.from, kind, "INBOX"});
  look((kind == Sighting::Kind::canary ? canary.to : canary.from).str(), false);
  turn({});
}

void EngineWorld::restart() {
  EngineMemory memory;
  for (const auto& id : order) {
    memory.recent.push_back(ledger.at(id));
    if (ledger.at(id).fate == Fate::pending) memory.pending.push_back(ledger.at(id));
  }
  for (const auto& [id, incident] : recorded_incidents) memory.incidents.push_back(incident);
  memory.notices = notices;
  memory.facts = facts;
  memory.orders = orders;
  engine = std::make_unique<Engine>(config, std::move(memory), EngineRole::decides, clock.now());
}

std::string EngineWorld::incidents() const {
  std::string text;
  for (const auto& [id, incident] : recorded_incidents) {
    if (!text.empty()) text += "; ";
    text += incident.title + ":";
    for (const auto& [whose, event] : events_) {
      if (whose == id) text += " " + event;
    }
  }
  return text;
}

std::string EngineWorld::kinds() const {
  std::string text;
  for (const auto& notice : notices) {
    if (notice.state != NoticeState::queued) continue;
    text += (text.empty() ? "" : " ") + std::string(name_of(notice.kind));
  }
  return text;
}

std::string EngineWorld::state(const std::string& route) const {
  for (const auto& view : engine->view(clock.now().wall).routes) {
    if (view.name.str() == route) return name_of(view.state);
  }
  return "no such route";
}

std::map<Fate, int> EngineWorld::fates() const {
  std::map<Fate, int> counts;
  for (const auto& [id, canary] : ledger) ++counts[canary.fate];
  return counts;
}

}  // namespace mailcanary
