#include "monitor/simulate/simulation.h"

#include <algorithm>
#include <set>
#include <unordered_map>
#include <variant>

#include "alerts/outbox.h"
#include "core/crypto.h"
#include "monitor/batches.h"
#include "monitor/engine.h"
#include "monitor/schedule.h"

namespace mailcanary {

namespace {

using namespace std::chrono_literals;

constexpr Duration look_takes = 50ms;
constexpr Duration heartbeat = 30s, anchor_patience = 5s;
constexpr Duration first_retry = 1s, longest_retry = 60s;  // of looks that fail
constexpr Duration housekeeping_every = 1h;
constexpr std::size_t most_held = 4000;  // changes that wait for one transaction
constexpr Duration push_resolution = 500ms, stamp_resolution = 1s;

// What will happen in the world.
struct Answered {
  CanaryId id;
  SubmitOutcome outcome;
};
struct Arrives {
  std::size_t mailbox;
  Sighting sighting;
};
struct LookBegins {
  std::size_t mailbox;
};
struct LookEnds {
  std::size_t mailbox;
  std::string fault;
};
struct AnchorsAnswer {
  AnchorsTried tried;
};
using Happening = std::variant<Answered, Arrives, LookBegins, LookEnds, AnchorsAnswer>;

struct Mailbox {
  AccountName name;
  std::vector<Sighting> waiting;   // there, and not yet read
  bool looking = false;
  int faults = 0;                  // looks that failed, in a row
  WallTime retry_at;               // no look before, after one that failed
  std::optional<WallTime> beat_at; // the next look at the heartbeat, while looks are disturbed
};

class Simulator {
 public:
  Simulator(const Config& config, const World& world, const SimulationOptions& options, LedgerStore& store)
      : config_(config),
        options_(options),
        weather_(config, world, options.seed),
        store_(store),
        clock_(world.start),
        end_(world.start + world.duration),
        ids_(luck_key({options.seed, fnv1a64("ids")})),
        engine_(config, EngineMemory{}, EngineRole::decides, clock_.now(), [this](WallTime now) { return next_id(now); }),
        schedule_(config.routes, {}, clock_.now()) {
    for (const auto& route : config.routes) {
      for (const auto& name : {route.to, route.from}) add_mailbox(name);
    }
    for (std::size_t event = 0; event < world.events.size(); ++event) {
      for (std::size_t m = 0; m < mailboxes_.size(); ++m) {
        const WallTime first = weather_.begin_of(event) + phase_of(mailboxes_[m].name);
        happenings_.emplace(first, LookBegins{m});
      }
    }
    if (!config.anchors.empty()) ask_anchors();
    result_.began = world.start;
    result_.ended = end_;
  }

  Result<Simulation> run() {
    while (auto next = next_moment()) {
      if (*next >= end_) break;
      clock_.advance(std::max(*next - now(), Duration::zero()));
      std::vector<std::size_t> due;
      if (schedule_.next_due() && *schedule_.next_due() <= now()) due = schedule_.take_due(clock_.now());
      while (!happenings_.empty() && happenings_.begin()->first <= now()) {
        const Happening happening = std::move(happenings_.extract(happenings_.begin()).mapped());
        if (auto done = std::visit([this](const auto& what) { return happens(what); }, happening); !done)
          return done.error();
      }
      if (auto done = turn(due); !done) return done.error();
      if (now() >= housekeeping_at_) {
        if (auto done = keep_house(); !done) return done.error();
      }
    }
    if (auto done = write(); !done) return done.error();
    auto books = store_.audit(end_);
    if (!books) return books.error();
    result_.books = std::move(*books);
    return std::move(result_);
  }

 private:
  WallTime now() const { return clock_.now().wall; }

  std::string next_id(WallTime now) {
    const std::uint64_t words[2] = {ids_.bits(), ids_.bits()};
    std::string bytes;
    for (const std::uint64_t word : words) {
      for (int shift = 0; shift < 40; shift += 8) bytes += static_cast<char>((word >> shift) & 0xff);
    }
    return ulid_of(now, bytes);
  }

  Duration phase_of(const AccountName& mailbox) const {
    return Duration(static_cast<Duration::rep>(luck_key({options_.seed, fnv1a64(mailbox.str())}) %
                                               static_cast<std::uint64_t>(heartbeat.count())));
  }

  void add_mailbox(const AccountName& name) {
    if (!config_.account(name)->inbox || mailbox_at_.contains(name)) return;
    mailbox_at_[name] = mailboxes_.size();
    mailboxes_.push_back({name, {}, false, 0, {}, std::nullopt});
  }

  std::optional<WallTime> next_moment() const {
    std::optional<WallTime> next = schedule_.next_due();
    const auto not_after = [&](WallTime at) { next = std::min(next.value_or(at), at); };
    if (!happenings_.empty()) not_after(happenings_.begin()->first);
    if (wake_at_) not_after(*wake_at_);
    return next;
  }

  // ---- one turn, as the station takes it ----

  Result<void> turn(const std::vector<std::size_t>& due) {
    Turn turn = engine_.turn(due, clock_.now());
    wake_at_ = turn.wake_at;
    for (const auto& incident : turn.record.incidents) note(incident);
    const bool notices = !turn.record.notices.empty();
    turn.record.to_remove.clear();  // what was read leaves these mailboxes by itself
    append(held_, std::move(turn.record));
    if (held_.sent.size() + held_.changed.size() >= most_held) {
      if (auto done = write(); !done) return done.error();
    }
    for (const auto& canary : turn.send) send(canary);
    for (const auto& name : turn.look) {
      if (const auto found = mailbox_at_.find(name); found != mailbox_at_.end())
        happenings_.emplace(now() + look_takes, LookBegins{found->second});
    }
    if (turn.ask_anchors) ask_anchors();
    if (notices) deliver_notices();
    return {};
  }

  void note(const Incident& incident) {
    auto place = std::find_if(result_.incidents.begin(), result_.incidents.end(),
                              [&](const SimulatedIncident& known) { return known.incident.id == incident.id; });
    if (place == result_.incidents.end()) place = result_.incidents.insert(place, SimulatedIncident{});
    place->incident = incident;
    for (const auto& route : incident.failing) place->joined.try_emplace(route, now());
  }

  void deliver_notices() {
    for (const auto& channel : config_.channels) {
      for (;;) {
        OutboxChoice choice = choose_next(engine_.queued_notices(), channel.name, now());
        for (const auto& notice : choice.collapsed) engine_.notice_changed(notice);
        if (!choice.next) break;
        Delivery taken;
        taken.outcome = Delivery::Outcome::delivered;
        const Notice delivered = after_attempt(std::move(*choice.next), taken, now(), 0.5);
        ++result_.notices[delivered.kind];
        engine_.notice_changed(delivered);
      }
    }
  }

  // ---- the ledger ----

  Result<void> write() {
    if (held_.empty()) return {};
    drop_superseded(held_);
    auto committed = store_.commit({&held_});
    held_ = {};
    return committed;
  }

  Result<void> keep_house() {
    housekeeping_at_ = now() + housekeeping_every;
    if (options_.on_progress) options_.on_progress(now() - result_.began);
    if (auto done = write(); !done) return done.error();
    for (;;) {
      auto work = store_.retire(config_.retention, now());
      if (!work) return work.error();
      if (*work == LedgerStore::Work::done) return {};
    }
  }

  // ---- sending ----

  void send(const Canary& canary) {
    const auto same = [&](const Route& route) { return route.name == canary.route; };
    const auto route = std::find_if(config_.routes.begin(), config_.routes.end(), same);
    CanaryNumber number;
    number.route = static_cast<std::size_t>(route - config_.routes.begin());
    number.purpose = canary.purpose;
    number.number = ++numbers_[{number.route, canary.purpose}];
    ++result_.canaries;
    if (canary.purpose == CanaryPurpose::confirming) ++result_.confirming;
    const Passage passage = weather_.passage(number, now());
    if (options_.on_sent) options_.on_sent(number, now(), passage);

    Answered answered{canary.id, {}};
    SubmitOutcome& outcome = answered.outcome;
    outcome.verdict = passage.verdict;
    outcome.started_at = now();
    outcome.smtp_reply = passage.reply;
    outcome.reason = passage.reason;
    const bool accepted = passage.verdict == SubmitOutcome::Verdict::accepted;
    if (accepted) outcome.accepted_at = passage.answered_at;
    const Stage failed_at = passage.reply.empty() ? Stage::connect : Stage::submit;
    outcome.stages.push_back({accepted ? Stage::submit : failed_at, passage.answered_at - now(), passage.reason});
    happenings_.emplace(passage.answered_at, std::move(answered));
    for (const auto& copy : passage.copies) {
      const auto mailbox = mailbox_at_.find(copy.mailbox);
      if (mailbox == mailbox_at_.end()) continue;  // nobody reads it
      happenings_.emplace(copy.readable_at, Arrives{mailbox->second, sighting_of(canary.id, copy)});
    }
  }

  Sighting sighting_of(const CanaryId& id, const Passage::Copy& copy) {
    Sighting sighting;
    sighting.id = id;
    sighting.kind = copy.kind;
    sighting.in_junk = copy.junk;
    sighting.message = {copy.junk ? "Junk" : "INBOX", 1, ++last_uid_};
    sighting.arrived_at = copy.at;
    if (copy.kind == Sighting::Kind::bounce) {
      sighting.bounce = BounceReport{};
      sighting.bounce->kind = BounceReport::Kind::failed;
      sighting.bounce->action = "failed";
      sighting.bounce->diagnostic = copy.diagnostic;
      sighting.bounce->hard = !copy.diagnostic.starts_with('4');
    }
    return sighting;
  }

  Result<void> happens(const Answered& answered) {
    engine_.submitted(answered.id, answered.outcome, clock_.now());
    return {};
  }

  // ---- anchors ----

  void ask_anchors() {
    const int asked = static_cast<int>(config_.anchors.size());
    const bool down = weather_.cut_off(now());
    happenings_.emplace(now() + (down ? anchor_patience : look_takes), AnchorsAnswer{{asked, down ? 0 : asked}});
  }

  Result<void> happens(const AnchorsAnswer& answer) {
    engine_.anchors_tried(answer.tried, now());
    return {};
  }

  // ---- mailboxes ----

  Result<void> happens(const Arrives& arrives) {
    Mailbox& mailbox = mailboxes_[arrives.mailbox];
    mailbox.waiting.push_back(arrives.sighting);
    return begin_look(arrives.mailbox);
  }

  Result<void> happens(const LookBegins& look) { return begin_look(look.mailbox); }
  Result<void> happens(const LookEnds& look) { return end_look(look.mailbox, look.fault); }

  Result<void> begin_look(std::size_t index) {
    Mailbox& mailbox = mailboxes_[index];
    if (mailbox.looking || now() < mailbox.retry_at) return {};
    const Look look = weather_.look(mailbox.name, now());
    if (look.ends_at <= now()) return end_look(index, look.fault);
    mailbox.looking = true;
    happenings_.emplace(look.ends_at, LookEnds{index, look.fault});
    return {};
  }

  Result<void> end_look(std::size_t index, const std::string& fault) {
    Mailbox& mailbox = mailboxes_[index];
    mailbox.looking = false;
    InboxReport report;
    report.fault = fault;
    std::vector<Canary> found;
    if (fault.empty()) {
      mailbox.faults = 0;
      report.looked_at = now();
      report.sightings = std::exchange(mailbox.waiting, {});
      for (auto& sighting : report.sightings) {
        const bool pushed = now() - sighting.arrived_at <= push_resolution;
        sighting.source = pushed ? ArrivalSource::push : ArrivalSource::internaldate;
        sighting.resolution = pushed ? push_resolution : stamp_resolution;
        sighting.seen_at = now();
      }
      auto known = settled_canaries(report);
      if (!known) return known.error();
      found = std::move(*known);
      if (weather_.looks_disturbed(mailbox.name, now()) && (!mailbox.beat_at || *mailbox.beat_at <= now())) {
        mailbox.beat_at = now() + heartbeat;
        happenings_.emplace(*mailbox.beat_at, LookBegins{index});
      }
    } else {
      const int doublings = std::min(mailbox.faults++, 6);
      mailbox.retry_at = now() + std::min<Duration>(first_retry * (1 << doublings), longest_retry);
      happenings_.emplace(mailbox.retry_at, LookBegins{index});
    }
    engine_.observed(mailbox.name, report, found, clock_.now());
    return {};
  }

  Result<std::vector<Canary>> settled_canaries(const InboxReport& report) {
    std::vector<Canary> found;
    const auto unknown = engine_.unknown_in(report);
    if (unknown.empty()) return found;
    if (auto done = write(); !done) return done.error();
    for (const auto& id : unknown) {
      auto canary = store_.find(id);
      if (!canary) return canary.error();
      if (*canary) found.push_back(std::move(**canary));
    }
    return found;
  }

  const Config& config_;
  const SimulationOptions& options_;
  Weather weather_;
  LedgerStore& store_;
  FakeClock clock_;
  WallTime end_;
  Luck ids_;
  Engine engine_;
  Schedule schedule_;
  std::multimap<WallTime, Happening> happenings_;  // of one moment in the order they were foreseen
  std::vector<Mailbox> mailboxes_;
  std::map<AccountName, std::size_t> mailbox_at_;
  std::map<std::pair<std::size_t, CanaryPurpose>, std::uint64_t> numbers_;
  std::uint32_t last_uid_ = 0;
  std::optional<WallTime> wake_at_;
  WallTime housekeeping_at_;
  Batch held_;
  Simulation result_;
};

}  // namespace

Result<Simulation> simulate(const Config& config, const World& world, const SimulationOptions& options) {
  auto store = open_memory_ledger();
  if (!store) return store.error();
  return Simulator(config, world, options, **store).run();
}

}  // namespace mailcanary
