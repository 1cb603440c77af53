#include "monitor/simulate/weather.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/crypto.h"
#include "probes/smtp_verdict.h"

namespace mailcanary {

namespace {

using namespace std::chrono_literals;
using Verdict = SubmitOutcome::Verdict;

constexpr Duration submit_patience = 60s;   // as the daemon's
constexpr Duration look_patience = 30s;
constexpr Duration refusal_takes = 200ms;
// Our own network is down: the resolver, then the connection gives up.
constexpr Duration own_timeout_least = 10s, own_timeout_more = 10s;
constexpr double submit_part = 1.0 / 15;    // of the median round trip
constexpr double submit_sigma = 0.3;
// A queue tries again after these pauses, then every hour, and returns the mail after five days.
constexpr Duration first_retry = 5min, longest_retry = 60min, queue_gives_up = 24h * 5;
constexpr Duration duplicate_after = 20s;

// What is drawn for what; each has a stream of its own.
enum Stream : std::uint64_t { fair_stream = 1, event_stream = 2, queue_stream = 3, look_stream = 4 };

bool legless(const WorldEvent& event) { return event.scope.leg == Leg::unknown; }

}  // namespace

// The luck that one event deals to one canary: all draws, always, so that one effect changes no other.
struct EventLuck {
  bool loss, bounce, junk, unreachable, defer, duplicate, shared;
  EventLuck(const WorldEffect& effect, Luck luck)
      : loss(luck.happens(effect.shares.loss)),
        bounce(luck.happens(effect.shares.bounce)),
        junk(luck.happens(effect.shares.junk)),
        unreachable(luck.happens(effect.shares.unreachable)),
        defer(luck.happens(effect.shares.defer)),
        duplicate(luck.happens(effect.shares.duplicate)),
        shared(luck.happens(effect.share)) {}
};

struct Weather::Walk {
  const Route& route;
  std::size_t route_index;
  std::uint64_t key;
  WallTime sent_at, at;               // where it is now
  Duration submit_takes{}, travels{};  // travels: from acceptance to arrival
  Duration round_trip{};              // in fair weather
  std::vector<bool> met{};            // events
  bool over = false;                  // refused, or vanished
  bool junk = false, duplicate = false, bounce = false;
  std::string diagnostic{};
  Passage passage{};

  void refuse(Verdict verdict, Duration after, std::string reply, std::string reason) {
    over = true;
    passage.verdict = verdict;
    passage.answered_at = sent_at + after;
    passage.reply = std::move(reply);
    passage.reason = std::move(reason);
  }
  void return_mail(std::string why) {
    bounce = true;
    diagnostic = std::move(why);
  }
};

Weather::Weather(const Config& config, const World& world, std::uint64_t seed) : config_(config), world_(world), seed_(seed) {
  for (const auto& route : config.routes) route_keys_.push_back(fnv1a64(route.name.str()));
  for (const auto& event : world.events) {
    const WorldScope& scope = event.scope;
    const auto in_scope = [&](const AccountName& name) {
      if (!scope.account.empty() && name != scope.account) return false;
      return scope.provider.empty() || config_.account(name)->provider == scope.provider;
    };
    std::vector<Reach> reach;
    for (const auto& route : config.routes) {
      const bool named = scope.route.empty() || route.name == scope.route;
      Reach here{named && in_scope(route.from), named && in_scope(route.to)};
      if (event.scope.leg == Leg::submit || event.scope.leg == Leg::outbound) here.to = false;
      if (event.scope.leg == Leg::inbound || event.scope.leg == Leg::mailbox) here.from = false;
      reach.push_back(here);
    }
    reach_.push_back(std::move(reach));
  }
}

bool Weather::touches(std::size_t event, std::size_t route) const {
  const Reach& reach = reach_[event][route];
  return reach.from || reach.to;
}

Passage Weather::passage(const CanaryNumber& canary, WallTime sent_at) const {
  const Route& route = config_.routes[canary.route];
  const FairWeather& fair = world_.fair_on(route.name);
  Walk walk{route, canary.route, luck_key({seed_, route_keys_[canary.route], static_cast<std::uint64_t>(canary.purpose),
                                           canary.number}),
            sent_at, sent_at};
  walk.met.resize(world_.events.size());
  Luck luck(luck_key({walk.key, fair_stream}));
  const Duration usual = luck.lognormal(fair.median, fair.sigma);
  const bool in_tail = luck.happens(fair.tail.share);
  const Duration unusual = luck.lognormal(fair.tail.median, fair.tail.sigma);
  walk.round_trip = std::max<Duration>(in_tail ? unusual : usual, 2ms);
  const Duration handing = luck.lognormal(std::chrono::duration_cast<Duration>(fair.median * submit_part), submit_sigma);
  walk.submit_takes = std::clamp<Duration>(handing, 1ms, walk.round_trip / 2);
  walk.travels = walk.round_trip - walk.submit_takes;

  const bool lost = luck.happens(fair.shares.loss), bounced = luck.happens(fair.shares.bounce);
  walk.junk = luck.happens(fair.shares.junk);
  const bool unreachable = luck.happens(fair.shares.unreachable), deferred = luck.happens(fair.shares.defer);
  walk.duplicate = luck.happens(fair.shares.duplicate);
  if (unreachable) walk.refuse(Verdict::unreachable, refusal_takes, "", "connect: connection reset");
  if (!walk.over && deferred)
    walk.refuse(Verdict::deferred, refusal_takes, "450 4.2.0 try again later", "rcpt to refused: 450 4.2.0 try again later");
  if (!walk.over) submit(walk);
  if (walk.over) return std::move(walk.passage);

  walk.passage.answered_at = walk.at = sent_at + walk.submit_takes;
  if (lost) walk.over = true;
  if (bounced) walk.return_mail("550 5.0.0 returned to the sender");
  travel(walk, Leg::outbound);
  travel(walk, Leg::inbound);
  if (!walk.over) arrive(walk);
  return std::move(walk.passage);
}

void Weather::submit(Walk& walk) const {
  for (std::size_t i = 0; i < world_.events.size() && !walk.over; ++i) {
    const Leg leg = world_.events[i].scope.leg;
    if (active(i, walk.sent_at) && reach_[i][walk.route_index].from && (leg == Leg::submit || leg == Leg::unknown))
      submit_through(walk, i);
  }
  if (!walk.over && walk.submit_takes >= submit_patience)
    walk.refuse(Verdict::unreachable, submit_patience, "", "end of data: no answer within 60 s");
}

void Weather::submit_through(Walk& walk, std::size_t index) const {
  const WorldEvent& event = world_.events[index];
  Luck luck(luck_key({walk.key, event_stream, index}));
  const EventLuck drawn(event.effect, luck);
  const bool here = !legless(event);  // at this leg and no other
  if (event.scope.self && (drawn.unreachable || drawn.loss)) {
    luck = Luck(luck_key({walk.key, look_stream, index}));
    const auto more = static_cast<Duration::rep>(luck.uniform() * static_cast<double>(own_timeout_more.count()));
    return walk.refuse(Verdict::unreachable, own_timeout_least + Duration(more), "", "connect: timed out");
  }
  if (drawn.unreachable)
    return walk.refuse(Verdict::unreachable, refusal_takes, "", "connect: connection refused");
  if (here && drawn.loss)
    return walk.refuse(Verdict::unreachable, submit_patience, "", "greeting: no answer within 60 s");
  const std::string reply = drawn.defer ? "451 4.3.0 try again later"
                            : drawn.shared && !event.effect.reject.empty() ? event.effect.reject
                                                                           : "";
  if (!reply.empty()) {
    const auto said = read_reply(reply);
    return walk.refuse(said ? verdict_on(refusal_of(*said, RefusedAt::message)) : Verdict::rejected, walk.submit_takes, reply,
                       "rcpt to refused: " + reply);
  }
  if (here || event.scope.self) {
    if (drawn.shared) {
      walk.submit_takes += event.effect.delay;
      const double slower = (event.effect.slow - 1) * static_cast<double>(walk.round_trip.count());
      walk.submit_takes = std::max<Duration>(walk.submit_takes + Duration(static_cast<Duration::rep>(slower)), 1ms);
    }
    if (drawn.bounce) walk.return_mail("550 5.0.0 returned by the sender's server");
    walk.junk = walk.junk || drawn.junk;
    walk.duplicate = walk.duplicate || drawn.duplicate;
    walk.met[index] = true;
  }
}

void Weather::travel(Walk& walk, Leg leg) const {
  for (std::size_t i = 0; i < world_.events.size() && !walk.over; ++i) {
    const WorldEvent& event = world_.events[i];
    const Reach& reach = reach_[i][walk.route_index];
    const WallTime at = leg == Leg::outbound ? walk.at : walk.at + walk.travels;
    const bool in_reach = leg == Leg::outbound ? reach.from : reach.to;
    const bool this_leg = event.scope.leg == leg || event.scope.leg == Leg::unknown ||
                          (event.scope.leg == Leg::mailbox && leg == Leg::inbound);
    if (!event.scope.self && !walk.met[i] && in_reach && this_leg && active(i, at)) travel_through(walk, i, leg);
  }
}

void Weather::travel_through(Walk& walk, std::size_t index, Leg leg) const {
  const WorldEvent& event = world_.events[index];
  const WorldEffect& effect = event.effect;
  const EventLuck drawn(effect, Luck(luck_key({walk.key, event_stream, index})));
  const bool reading = event.scope.leg == Leg::mailbox;
  const bool from_too = legless(event) && reach_[index][walk.route_index].from;
  walk.met[index] = true;
  walk.junk = walk.junk || drawn.junk;
  walk.duplicate = walk.duplicate || drawn.duplicate;
  if (drawn.bounce) walk.return_mail("550 5.0.0 returned to the sender");
  if (reading) return;  // the rest is a matter of looks
  if (drawn.loss) {
    walk.over = true;
    return;
  }
  if (drawn.shared) {
    walk.travels += effect.delay;
    if (effect.slow != 1) {
      const double slower = (effect.slow - 1) * static_cast<double>(walk.round_trip.count());
      walk.travels = std::max<Duration>(walk.travels + Duration(static_cast<Duration::rep>(slower)), 1ms);
    }
  }
  // Where the sender's own provider refused it at the door, it is not refused again on the way.
  if (from_too && leg == Leg::outbound) return;
  const WallTime at = leg == Leg::outbound ? walk.at : walk.at + walk.travels;
  if (drawn.unreachable) walk.travels += queued(walk, index, at, effect.shares.unreachable);
  if (drawn.defer) walk.travels += queued(walk, index, at, effect.shares.defer);
  if (drawn.shared && !effect.reject.empty() && !from_too) {
    if (effect.reject[0] == '4') {
      walk.travels += queued(walk, index, at, effect.share);
    } else {
      walk.return_mail(effect.reject);
    }
  }
  if (walk.travels >= queue_gives_up && effect.delay < queue_gives_up) walk.return_mail("4.4.7 delivery time expired");
}

// How long it waits for a server that does not take it.
Duration Weather::queued(const Walk& walk, std::size_t event, WallTime since, double share) const {
  Luck luck(luck_key({walk.key, queue_stream, event}));
  Duration waited{};
  for (Duration pause = first_retry; waited < queue_gives_up; pause = std::min(2 * pause, longest_retry)) {
    waited += pause;
    if (!active(event, since + waited) || !luck.happens(share)) break;
  }
  return waited;
}

void Weather::arrive(Walk& walk) const {
  Passage::Copy copy;
  copy.mailbox = walk.route.to;
  copy.at = copy.readable_at = walk.at + walk.travels;
  copy.junk = walk.junk;
  if (walk.bounce) {
    copy.mailbox = walk.route.from;
    copy.kind = Sighting::Kind::bounce;
    copy.junk = false;
    copy.diagnostic = walk.diagnostic;
    copy.at = copy.readable_at = copy.at + walk.round_trip;  // the way back
    walk.passage.copies.push_back(copy);
    return;
  }
  // A mailbox is read as a whole; of one route alone, its mail stays unseen.
  for (std::size_t i = 0; i < world_.events.size(); ++i) {
    const WorldEvent& event = world_.events[i];
    if (event.scope.route != walk.route.name || event.scope.leg != Leg::mailbox || !active(i, copy.at)) continue;
    const EventLuck drawn(event.effect, Luck(luck_key({walk.key, look_stream, i})));
    if (drawn.loss || drawn.unreachable || drawn.defer || (drawn.shared && !event.effect.reject.empty()))
      copy.readable_at = std::max(copy.readable_at, end_of(i));
    if (drawn.shared) copy.readable_at = std::max(copy.readable_at, copy.at + event.effect.delay);
  }
  walk.passage.copies.push_back(copy);
  if (!walk.duplicate) return;
  copy.at += duplicate_after;
  copy.readable_at = std::max(copy.readable_at, copy.at);
  walk.passage.copies.push_back(copy);
}

// ---- looks ----------------------------------------------------------------------------------------------------------

bool Weather::meets_looks(std::size_t index, const AccountName& mailbox) const {
  const WorldScope& scope = world_.events[index].scope;
  if (scope.leg == Leg::submit || scope.leg == Leg::outbound || scope.leg == Leg::inbound) return false;
  if (!scope.route.empty()) return false;
  if (!scope.account.empty() && scope.account != mailbox) return false;
  if (!scope.provider.empty() && config_.account(mailbox)->provider != scope.provider) return false;
  const WorldEffect& effect = world_.events[index].effect;
  if (effect.shares.unreachable > 0) return true;
  if (scope.self) return effect.shares.loss > 0 || effect.delay > Duration::zero() || effect.slow != 1;
  if (scope.leg != Leg::mailbox) return false;
  return effect.shares.loss > 0 || effect.shares.defer > 0 || !effect.reject.empty() || effect.delay > Duration::zero() ||
         effect.slow != 1;
}

bool Weather::looks_disturbed(const AccountName& mailbox, WallTime at) const {
  for (std::size_t i = 0; i < world_.events.size(); ++i) {
    if (active(i, at) && meets_looks(i, mailbox)) return true;
  }
  return false;
}

bool Weather::cut_off(WallTime at) const {
  for (std::size_t i = 0; i < world_.events.size(); ++i) {
    const WorldEvent& event = world_.events[i];
    if (!event.scope.self || !active(i, at)) continue;
    const EventLuck drawn(event.effect, Luck(luck_key({seed_, look_stream, i, static_cast<std::uint64_t>(at.time_since_epoch().count())})));
    if (drawn.unreachable || drawn.loss) return true;
  }
  return false;
}

Look Weather::look(const AccountName& mailbox, WallTime at) const {
  Look look{at, ""};
  for (std::size_t i = 0; i < world_.events.size(); ++i) {
    const WorldEvent& event = world_.events[i];
    if (!active(i, at) || !meets_looks(i, mailbox)) continue;
    Luck luck(luck_key({seed_, look_stream, fnv1a64(mailbox.str()), i,
                        static_cast<std::uint64_t>(at.time_since_epoch().count())}));
    const EventLuck drawn(event.effect, luck);
    if (event.scope.self && (drawn.unreachable || drawn.loss)) {
      const auto more = static_cast<Duration::rep>(luck.uniform() * static_cast<double>(own_timeout_more.count()));
      return {at + own_timeout_least + Duration(more), "connect: timed out"};
    }
    if (drawn.unreachable) return {at + refusal_takes, "connect: connection refused"};
    if (drawn.loss) return {at + look_patience, "greeting: no answer within 30 s"};
    if (drawn.defer) return {at + refusal_takes, "log in: NO [UNAVAILABLE] try again later"};
    if (!drawn.shared) continue;
    if (!event.effect.reject.empty()) return {at + refusal_takes, "log in: NO " + event.effect.reject};
    look.ends_at += event.effect.delay;
    if (event.effect.slow > 1) {
      const double slower = (event.effect.slow - 1) * static_cast<double>(refusal_takes.count());
      look.ends_at += Duration(static_cast<Duration::rep>(slower));
    }
  }
  if (look.ends_at - at > look_patience) return {at + look_patience, "read: no answer within 30 s"};
  return look;
}

}  // namespace mailcanary
