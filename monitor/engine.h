// The engine: what we remember, decide and order. A plain state machine: events go in, a Turn comes out. It does no
// I/O and reads no clock, so that the daemon, `tick` and the simulator run the same one.
// Threads: one.
//
// The order of work is the caller's duty: commit `record` first; only then send, forget and publish.
#pragma once
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "alerts/pipeline.h"
#include "alerts/standing.h"
#include "alerts/status_view.h"
#include "config/config.h"
#include "monitor/engine_memory.h"
#include "monitor/engine_turn.h"
#include "monitor/incidents.h"
#include "monitor/ledger.h"
#include "monitor/metrics.h"
#include "monitor/page_history.h"
#include "monitor/rules.h"
#include "monitor/traffic/traffic_watch.h"
#include "monitor/upstream.h"
#include "probes/anchors.h"
#include "probes/submission.h"

namespace mailcanary {

class Evidence;
struct Disruption;

// What the newest canaries say of trouble since then.
IncidentCounts counts_since(const History& seen, WallTime since);

class Engine {
 public:
  Engine(const Config& config, EngineMemory memory, EngineRole role, Now now, IdMaker make_id = make_ulid);
  ~Engine();

  // Events. They change memory and what the next turn records.
  void submitted(const CanaryId& id, const SubmitOutcome& outcome, Now now);
  // `found` holds canaries of the report that the engine does not know (settled ones, or another process's), as the
  // ledger has them; see unknown_in().
  void observed(const AccountName& account, const InboxReport& report, const std::vector<Canary>& found, Now now);
  std::vector<CanaryId> unknown_in(const InboxReport& report) const;
  // Pending canaries of the ledger. One past its time that nobody here follows, twice in a row (it may have been
  // settled while the ledger was read), was left by a process that died.
  void adopt(std::vector<Canary> pending, WallTime now);
  // Another process settled this canary first: its arrival and our submission together are the whole record.
  void settled_elsewhere(const Canary& stored);
  // A source of sent mails was read, or could not be: `fault` says why.
  void mails_sent(SentReading reading, const std::string& fault);
  void anchors_tried(const AnchorsTried& tried, WallTime now);
  bool trusts_anchors() const;  // one has answered, now or in a former life
  void removed(const std::vector<AccountMessage>& messages);
  void notice_changed(const Notice& notice);
  void ordered(Orders orders);  // all that the ledger holds now
  // What the provider's own page says; it changes no decision.
  void upstream_read(const ProviderName& provider, const UpstreamStatus& status);
  // Providers whose own page is worth a look now: it was not read for minutes, or for one while they are in trouble.
  std::vector<ProviderName> upstream_due(WallTime now) const;
  // These were to be sent but could not be recorded; they never left.
  void not_recorded(const std::vector<Canary>& canaries, const std::string& why, WallTime now);
  // Our own ledger; empty when it works again.
  void ledger_fault(std::string why);

  // From now on only what the schedule asks for is sent: nobody will be there for what confirming canaries tell.
  void confirm_no_more() { last_turns_ = true; }

  // Judges all routes anew without deciding anything, for commands that only show.
  void refresh(WallTime now);
  // One turn: settle what is past its time, send what is due (indices into config.routes), decide, write notices.
  Turn turn(const std::vector<std::size_t>& due, Now now);

  Expected outstanding(const AccountName& account) const;  // pending canaries, as its mailbox sees them
  std::vector<Notice> queued_notices() const;
  // How things stand for a channel: open incidents that it hears of, and whether anything is known at all.
  Standing standing(const ChannelName& channel) const;
  // Routes of which nothing was measured for more than ten minutes beyond their cadence.
  std::vector<Unmeasured> unmeasured(WallTime now) const;
  // What the channel called the thing it made for this incident; empty: nothing yet.
  std::string remote_ref(const IncidentId& incident, const ChannelName& channel) const;
  const std::map<RouteName, WallTime>& last_sent() const { return last_sent_; }
  // Why this route says nothing of its provider for a fault of our own; empty: there is none.
  const std::string& own_fault(const RouteName& route) const { return routes_.at(route).own_fault; }
  const std::map<AccountName, ReaderState>& readers() const { return readers_; }
  const std::string& ledger_fault() const { return ledger_fault_; }

  // What the page shows of the past comes from the ledger; set it now and then.
  void set_past(PagePast past) { past_of_page_ = std::move(past); }
  void remember_hours(const std::vector<Rollup>& hours);  // long ago; what compares days knows of them from then on
  // The time whose canaries it does not remember yet, for a start did not wait for them. Until they are there, rules that
  // look so far back have no data, and nothing is called well again.
  const std::optional<TimeSpan>& missing() const { return missing_; }
  void remember(const std::vector<Canary>& sent, WallTime from);  // all of that time since `from`
  StatusView view(WallTime now) const;
  MetricsView metrics(WallTime now) const;
  // Counters go on from here in the next process, for those that live for one turn.
  void keep_tallies();

 private:
  struct RouteMemory {
    explicit RouteMemory(const Windows& windows) : seen(windows) {}
    // What goes with it, looked up once: with each canary that is a question of thousands of names.
    const Route* route = nullptr;
    std::size_t rank = 0, number = 0;  // in the order of names; in the config
    const Account* from = nullptr;
    ProviderName from_provider, to_provider;
    ReaderState* reader = nullptr;                            // of the mailbox where it ends
    Expected *arriving = nullptr, *returning = nullptr;       // there, and where it begins
    WallTime* last_sent = nullptr;                            // absent: nothing was
    static constexpr std::size_t stages = static_cast<std::size_t>(Stage::seen) + 1;
    std::array<RoundTripBuckets*, stages> stage_times{};      // absent: none so far
    bool dirty = false;                                       // listed in dirty_
    History seen;
    std::vector<RuleTrack> tracks;  // one a rule of the config
    std::optional<WallTime> judge_at, listed_at;  // the second is its one entry in judge_at_, no later than the first
    std::optional<WallTime> hold_over;            // its one entry in holds_
    struct Counts {  // since its incident began
      IncidentId incident;
      WallTime since;
      IncidentCounts counts;
    };
    std::optional<Counts> counted;
    std::map<IncidentId, IncidentCounts> counted_before;  // of open incidents that it has left for another
    std::optional<WallTime> last_delivered_at, last_late_at;  // arrivals
    std::string last_fate, own_fault;
    // When the first and the newest canary should have left, of those in a row that could not, which is our own affair.
    std::optional<TimeSpan> mute;
    RouteState state = RouteState::unknown;
    std::string reason = "no canary has been settled yet";
    std::optional<Symptom> symptom;
    std::optional<IncidentId> incident;  // the open one in which it is not well
    std::map<Fate, std::int64_t> settled;  // since the process began, for the metrics
    RoundTripBuckets round_trips;
    std::optional<Duration> last_round_trip;
    double recovery = 0;  // of an incident: see weigh_recovery()
    int good_needed = 0;  // canaries delivered in a row before the route counts as well again
  };
  struct ScopeMemory {  // several routes that a rule looks at as one
    RuleScope per = RuleScope::all;
    std::string name, title;
    std::unique_ptr<Group> seen;
    std::vector<RuleTrack> tracks;
    std::vector<RouteName> routes;
    Blame blame;  // of a leg: whose
  };
  struct Fired {  // a rule, in a scope
    const ScopeMemory* scope = nullptr;
    const Condition* condition = nullptr;
    std::vector<Symptom> symptoms;  // of the routes that show it; when none does alone, of all
    std::set<RouteName> shown;      // empty: none does alone
  };
  struct InFlight {
    Canary canary;
    RouteMemory* memory = nullptr;            // absent: its route is no longer configured
    std::optional<Duration> wall_minus_mono;  // when it was sent; absent after a restart
    bool submitting = false;                  // its outcome is still to come, even if it has arrived already
    WallTime check_at;                        // its one entry in deadlines_
    int asked = 0;                            // for a look, in vain so far
  };
  using InFlights = std::unordered_map<CanaryId, InFlight>;
  struct Sooner {
    bool operator()(const InFlight* a, const InFlight* b) const {
      return std::tie(a->check_at, a->canary.id) < std::tie(b->check_at, b->canary.id);
    }
  };

  void restore(EngineMemory memory, WallTime now);
  void make_scopes();
  void restore_tallies();
  void restore_counts(const Incident& incident);
  void track(Canary canary, std::optional<Duration> wall_minus_mono);
  void check_later(InFlight& in_flight, WallTime at);
  void drop(InFlights::iterator in_flight);
  void count_outstanding(const Canary& canary, const RouteMemory* memory, int more);
  RouteMemory* memory_of(const RouteName& route);  // absent: it is no longer configured
  void note(const Canary& canary, RouteMemory* memory);
  Observation observed_so_far(const Canary& canary, const RouteMemory& memory) const;
  void mark(RouteMemory& memory);  // to be judged in this turn
  void settle(InFlight& in_flight, Fate fate, std::string reason, WallTime now);
  void arrived(InFlight& in_flight, const Sighting& sighting, Now now);
  void seen_again(Canary canary, const Sighting& sighting, Now now);
  void note_reader(const AccountName& account, const InboxReport& report, WallTime now);

  void settle_overdue(WallTime now);
  void send_due(const std::vector<std::size_t>& due, Turn& turn, Now now);
  std::string why_not_send(const RouteMemory& memory) const;  // empty: it may be sent
  void send(RouteMemory& memory, CanaryPurpose purpose, Turn& turn, Now now);
  bool leaves_room(const Account& account, WallTime now) const;
  void start_evidence();
  void weigh(WallTime now);
  const std::vector<Disruption>& disruptions() const;  // none without a rule on evidence
  void send_confirming(Turn& turn, Now now);
  Symptom common_symptom(const Disruption& disruption, WallTime now) const;
  std::optional<Symptom> evident_symptom(const RouteMemory& memory, WallTime now) const;
  bool wanted_by(const Rule& rule, const RouteMemory& memory) const;
  bool remembers_enough(const Condition& condition, WallTime now) const;
  void blame_mailbox(Symptom& symptom) const;
  std::optional<Symptom> symptom_of_ours(const RouteMemory& memory, WallTime now) const;
  bool is_one_of_several(const Disruption& disruption) const;
  void judge_routes(WallTime now);
  void judge(RouteMemory& memory, WallTime now);
  void judge_scopes(WallTime now);
  void judge_scope(ScopeMemory& scope, std::vector<Fired>& fired, WallTime now);
  static void keep_culprits(std::vector<Fired>& fired);
  void judge_later(RouteMemory& memory, std::optional<WallTime> at);
  std::optional<Symptom> symptom_of(RouteMemory& memory, WallTime now);
  void judge_state(RouteMemory& memory, WallTime now);
  Symptom describe_symptom(const RouteMemory& memory, const Condition& condition, WallTime now) const;
  void keep_track(const Rule& rule, std::string_view subject, const RuleTrack& track);
  void explain(RouteMemory& memory, WallTime before);  // an incident has ended: what was sent before is explained
  void count(RouteMemory& memory, const Noted& noted);
  void keep_counts(const RouteMemory& memory);
  void start_counts(RouteMemory& memory, const Incident& incident);
  Findings findings(WallTime now);
  void decide(WallTime now);
  void decide_traffic(WallTime now);
  void restore_traffic(const TrafficRecord& record, WallTime now);
  std::optional<WallTime> next_wake(WallTime now) const;
  enum class Recording { of_changes, always };
  void follow(IncidentChange change, const std::vector<Incident>& open, Recording recording, WallTime now);
  void plan(WallTime now);
  void obey(WallTime now);
  std::string obeyed(const Act& act, WallTime now);  // what came of it
  void end_dismissals(WallTime now);
  std::vector<Incident> open_incidents() const;
  std::vector<Incident> canary_incidents() const;  // the open ones that are not of real traffic
  bool may_return(const IncidentId& id) const;
  int after_flaps(const RouteMemory& memory, const Incident& incident) const;
  std::optional<UpstreamStatus> upstream_of(const ProviderName& provider) const;
  void weigh_recovery(RouteMemory& memory, Fate fate) const;  // a canary is settled, in an incident
  bool recovered_but_for_the_usual(const RouteMemory& memory, int good_needed) const;
  bool still_drains(const RouteMemory& memory, WallTime now) const;
  bool is_well(const RouteMemory& memory, int good_needed, WallTime now) const;
  bool is_read(const AccountName& account) const;
  int good_needed_after(std::string_view rule_name) const;
  ComponentView component(const Provider& provider, const std::vector<Incident>& incidents, WallTime now) const;
  MaintenanceView maintenance_view(const Maintenance& maintenance) const;

  const Config& config_;
  EngineRole role_;
  IdMaker make_id_;
  NoticePolicy policy_;
  Conditions conditions_;
  std::map<RouteName, RouteMemory> routes_;
  std::vector<RouteMemory*> by_rank_, by_number_;  // in the order of names; of the config
  std::vector<RouteMemory*> dirty_;
  // By rank:
  std::set<std::size_t> troubled_;
  std::set<std::pair<WallTime, std::size_t>> holds_;     // when a rule's hold or clear time will be over
  std::set<std::pair<WallTime, std::size_t>> judge_at_;  // when to judge a route again though nothing came
  std::vector<ScopeMemory> scopes_;
  std::map<RouteName, Symptom> shared_symptoms_;  // of rules that look at several routes as one
  std::unique_ptr<Evidence> evidence_;            // absent: no rule asks for it
  Rule evidence_rule_;
  std::vector<std::size_t> confirm_;              // routes on which it wants a confirming canary now
  std::optional<WallTime> weigh_again_;
  bool ask_anchors_ = false;
  std::map<std::uint64_t, Symptom> evident_;      // what the routes of a disruption have in common, by its number
  bool last_turns_ = false;
  std::optional<TimeSpan> missing_;
  WallTime now_;  // of the newest event
  WallTime judged_at_, scopes_judged_at_;
  enum class Phase { restoring, live } phase_ = Phase::restoring;
  InFlights in_flight_;
  std::set<CanaryId> strays_;  // of the last adopt()
  std::set<InFlight*, Sooner> deadlines_;  // when to look at each pending canary again
  std::map<AccountName, Expected> outstanding_;
  std::map<AccountName, ReaderState> readers_;
  std::map<AccountName, std::vector<CanaryId>> await_look_;  // past their time, until their mailbox was looked into
  std::map<AccountName, WallTime> reader_recorded_;
  TrafficWatch traffic_;
  std::map<IncidentId, Incident> open_;
  std::vector<Incident> past_;  // newest last
  std::vector<Act> waiting_acts_;
  std::set<ActId> obeyed_;  // of these; the ledger may not know yet
  std::vector<Act> quiet_acts_;
  std::vector<Maintenance> maintenance_;  // for some time ahead
  std::optional<WallTime> planned_at_;    // when that was found out
  std::vector<Silence> silences_;
  // Routes whose incident was resolved by hand while they still failed: they open no other until they were well once.
  std::map<RouteName, IncidentId> dismissed_;
  std::map<IncidentId, std::vector<Notice>> notices_;
  std::map<RouteName, WallTime> last_sent_;
  std::map<AccountName, int> sent_today_;
  std::map<AccountName, double> scheduled_;  // canaries a microsecond
  std::set<AccountName> only_read_;          // their mails are not ours to delete
  WallTime began_at_, today_, turned_at_, decided_at_;
  WallTime news_at_;  // when an incident last changed in a way that people hear of
  PagePast past_of_page_;
  std::map<std::pair<ProviderName, Stage>, RoundTripBuckets> stage_times_;   // for the metrics, as `settled` of routes
  std::map<std::pair<ChannelName, NoticeState>, std::int64_t> notices_ended_;
  std::map<std::string, std::string> facts_;
  std::string ledger_fault_;
  Batch record_;
  std::vector<AccountMessage> forget_;
  std::set<AccountName> look_;
  bool news_ = true;
};

}  // namespace mailcanary
