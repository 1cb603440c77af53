// From canaries to certainty: which part of the way is disrupted, told as early as chance allows. Each canary speaks for
// or against every part that it passes (parts.h): by how it fared, and while it is out by how unusual that is for its
// route (normal.h). Once a part is more likely disrupted than chance would explain (log_odds.h), that is a disruption;
// its canaries then speak for no other. When a canary fares badly, confirming ones are asked for, on routes that tell
// the suspects apart.
// Pure but for its own state: (what became of canaries, now) → disruptions, canaries to send, mailboxes to look into.
// Does not: send, keep limits, or say how people should hear of it; incidents do.
// Threads: one.
#pragma once
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "config/config.h"
#include "core/short_deque.h"
#include "monitor/evidence/case.h"
#include "monitor/evidence/confirming.h"
#include "monitor/evidence/disruption.h"
#include "monitor/evidence/log_odds.h"
#include "monitor/evidence/normal.h"
#include "monitor/evidence/parts.h"
#include "probes/anchors.h"
#include "probes/canary.h"

namespace mailcanary {

class Evidence {
 public:
  // `enough`: log odds from which a part counts as disrupted.
  Evidence(const Config& config, double enough);

  void note(const Canary& canary, WallTime now);  // a new canary, or news of one
  void note(std::size_t route, const Canary& canary, WallTime now);  // its route by number in the config
  void looked(const AccountName& mailbox, WallTime at);
  void could_not_look(const AccountName& mailbox, WallTime at);
  void anchors_tried(const AnchorsTried& tried, WallTime at);
  // Hours of the past, for what is normal.
  void learn(const RouteName& route, const Histogram& round_trips, std::int64_t lost);
  // The route is well again: what it sent before speaks no more.
  void explain(const RouteName& route, WallTime before);

  struct Weighed {
    std::vector<std::size_t> confirm;  // routes to send a confirming canary on, by number in the config
    std::set<AccountName> look;        // mailboxes to look into now
    bool ask_anchors = false;          // is it our own network?
    std::optional<WallTime> again;     // when time alone may say more
    std::vector<std::size_t> joined;   // routes that a disruption has met since the last time, by number in the config
    bool moved = false;                // something was weighed anew
  };
  Weighed weigh(WallTime now);
  const std::vector<Disruption>& disruptions() const { return disruptions_; }
  // The share of the route's canaries that fail or come late though all is well.
  double usual_trouble(const RouteName& route) const;
  bool certainly_us() const;
  bool may_be_us(const Disruption& disruption) const;  // or certainly is
  // When the last canary was sent that a disruption met on this route; absent: none has.
  std::optional<WallTime> last_bad(const RouteName& route) const;
  // Whether one is still out that a disruption met on this route.
  bool awaits(const RouteName& route) const;
  // "5 of 5 canaries failed or stay out too long; chance alone does that once in 10^7 times".
  std::string words(const Disruption& disruption) const;
  // Log odds of the strongest suspicion that is none yet; for those who watch.
  double suspicion() const;

 private:
  struct PartState {
    ShortDeque<CasePtr> cases;  // in the order of sending
    Score score;
    bool moved = false;        // to be weighed anew
  };
  struct RouteState {
    Normal normal;
    std::size_t from = 0, to_provider = 0;  // of habits_, of inbound_
    WallTime explained_until;
    Duration suspicious_at{}, curious_at{};  // at these ages; the second of confirming canaries
    double suspicious_known = -1;  // how much was known when that was found out
  };
  struct MailboxState {
    std::optional<WallTime> looked_at, faulty_since, good_for_us_at;
    WallTime asked_at;
    std::string provider;
  };

  double still_out(std::size_t route, Duration age) const;
  Duration suspicious_age(const Case& one);
  void reckon(Case& one, WallTime now);
  void reckon_handing_over(Case& one, Duration age);
  void reckon_transit(Case& one, WallTime now);
  void reckon_ours(Case& one, Duration took, bool answered);
  void list(const CasePtr& one, Stretch stretch);
  void insert(std::size_t part, const CasePtr& one);
  Weight& weight_in(std::size_t part, Case& one) const;
  std::vector<const Weight*> weights_of(std::size_t part) const;
  void blame_us(const CasePtr& one, const std::string& why);
  void name_by_hops(Disruption& disruption);
  void insert_for_us(WallTime at, const LogOdds& odds, bool bad);
  void trim(std::size_t part);
  void learn_from(const CasePtr& one, const Canary& canary, WallTime now);
  void learn_later(WallTime now);
  bool explained(const Case& one) const;
  void suspect_overdue(Weighed& weighed, WallTime now);
  Duration known_age(const Case& one, WallTime now) const;
  Duration pace(const Case& one, WallTime now) const;
  void weigh_parts(WallTime now);
  std::vector<std::size_t> candidates(Stretch stretch, std::uint64_t number, double* best);
  bool open_next(WallTime now);
  void narrow(Disruption& disruption, WallTime now);
  void name(Disruption& disruption, const std::vector<std::size_t>& candidates);
  void gather(Disruption& disruption);
  void confirm(Weighed& weighed, WallTime now);
  std::optional<WallTime> next_moment(WallTime now);
  bool several_providers(WallTime since) const;
  bool is_open(std::uint64_t disruption) const;
  bool lasts(const Score& score, Stretch stretch, WallTime now) const;
  void take_score(Disruption& disruption, const Score& score) const;
  void ask(Weighed& weighed, const std::vector<std::size_t>& suspects, Pursuit pursuit, WallTime now);
  void answer_questions(Weighed& weighed, WallTime now);
  void pursue(Weighed& weighed, WallTime now);
  bool send(Weighed& weighed, std::size_t route, Pursuit pursuit, WallTime now);

  const Config& config_;
  double enough_;
  Parts parts_;
  std::vector<PartState> states_;
  std::unordered_map<RouteName, std::size_t> numbers_;
  std::vector<RouteState> routes_;
  std::vector<Normal> inbound_;  // by provider
  Normal all_;
  std::vector<Habit> habits_;    // of handing over, by account
  std::vector<Normal> answers_;  // how long that takes, by account
  std::map<AccountName, MailboxState> mailboxes_;
  std::unordered_map<CanaryId, CasePtr> pending_;
  struct Due {
    CasePtr one;
    Stretch stretch;
  };
  std::multimap<WallTime, Due> due_;      // when a pending one becomes suspicious
  std::vector<CasePtr> unseen_;           // would be, but for a mailbox that was not looked into since
  std::vector<CasePtr> watched_;          // suspicious and still pending
  struct Lesson {                         // of what fared badly: learned an hour later, unless it is explained by then
    WallTime at;
    CasePtr one;
    std::optional<Duration> round_trip;
  };
  std::deque<Lesson> lessons_;
  std::set<std::size_t> hot_;             // parts with something bad
  std::vector<Disruption> disruptions_;
  std::vector<std::size_t> joined_;
  std::uint64_t last_number_ = 0;
  std::vector<std::pair<WallTime, std::string>> failed_for_us_;  // when, and at which provider, or the anchors
  struct AnchorNews {
    WallTime at;
    AnchorsTried tried;
  };
  std::optional<AnchorNews> anchors_;  // absent: never asked
  WallTime anchors_asked_at_;
  Confirming confirming_;
  // How close in time things are looked at: a second for what is late after a minute.
  Duration tick_ = std::chrono::seconds(1);
  WallTime weighed_at_;
  std::optional<WallTime> again_;
  bool moved_ = false;
};

}  // namespace mailcanary
