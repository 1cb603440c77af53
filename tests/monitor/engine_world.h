// A world for the engine: routes whose canaries meet what a written history says, on a clock that moves when told.
// "ok ok gone gone ok" is one canary a cadence; each word is what becomes of it.
//
//   ok           delivered after 2 s            late        delivered after late_after + 30 s
//   gone         accepted, never seen           junk        found in the Junk folder
//   refused      5xx                            deferred    4xx
//   down         server unreachable             bounced     a verified bounce comes back
//   silent       no answer within 15 s, nor can the mailbox be looked at
//   own          our own fault, nothing left    blind       accepted, but the mailbox cannot be looked at
//
// Confirming canaries of a cadence meet its word when the next word is none of "ok" and "-" either, or when it is the last;
// else they are well: a lonely failure.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/defaults.h"
#include "monitor/engine.h"

namespace mailcanary {

class EngineWorld {
 public:
  // Accounts are "a", "b", …; each at a provider of the same name. Routes are "a-b".
  explicit EngineWorld(std::vector<std::string> routes);
  EngineWorld(const EngineWorld&) = delete;
  EngineWorld& operator=(const EngineWorld&) = delete;

  // Plays histories side by side, one for each route; "-" sends nothing in that cadence.
  void play(const std::map<std::string, std::string>& histories);
  void play(const std::string& history) { play({{config.routes.front().name.str(), history}}); }
  // Looks at all mailboxes and lets the engine turn, `times` cadences long.
  void wait(int times);
  void see_now(const CanaryId& id, Sighting::Kind kind = Sighting::Kind::canary);  // a canary of the past turns up
  void restart();  // a new engine from what was recorded

  std::string incidents() const;  // "a does not accept mail: opened@3 resolved@6" by number of the cadence
  std::string kinds() const;      // "opened updated resolved", of all notices in order
  std::string state(const std::string& route) const;
  std::map<Fate, int> fates() const;
  const Canary& sent(std::size_t index) const { return ledger.at(order.at(index)); }

  Config config;
  FakeClock clock{WallTime(std::chrono::sys_days(std::chrono::year(2026) / 3 / 1))};
  std::map<CanaryId, Canary> ledger;  // as recorded
  std::vector<CanaryId> order;
  std::map<IncidentId, Incident> recorded_incidents;
  std::vector<Notice> notices;
  std::map<std::string, std::string> facts;
  std::vector<Act> acts;  // as applied
  Orders orders;          // what a restarted engine finds
  std::unique_ptr<Engine> engine;
  int cadence = 0;

 private:
  void turn(const std::vector<std::size_t>& due);
  void meet(const Canary& canary, std::string_view word);
  void look(const std::string& account, bool blind);
  struct Coming {
    WallTime at;
    CanaryId id;
    AccountName account;
    Sighting::Kind kind;
    std::string folder;
  };
  std::vector<Coming> coming_;
  std::map<std::string, bool> blind_;
  std::map<RouteName, std::string> word_of_, word_of_confirming_;
  std::vector<std::pair<IncidentId, std::string>> events_;
};

}  // namespace mailcanary
