// How the engine follows canaries: what their submission and their mailboxes tell, and what becomes of each.
#include <fmt/format.h>

#include <algorithm>

#include "core/log.h"
#include "core/text.h"
#include "core/units.h"
#include "monitor/engine.h"
#include "probes/smtp_verdict.h"

namespace mailcanary {

namespace {

void set_stage(Canary& canary, Stage stage, std::optional<Duration> took) {
  for (auto& record : canary.stages) {
    if (record.stage == stage) {
      record.took = took;
      return;
    }
  }
  canary.stages.push_back({stage, took, ""});
}

std::string said_words(const BounceReport& bounce) {
  return one_line(fmt::format("{} {}", bounce.status, bounce.diagnostic));
}

std::string returned_words(const BounceReport& bounce) {
  const std::string word = bounce.reason.empty() ? "" : fmt::format(" ({})", one_line(bounce.reason));
  return fmt::format("returned to the sender{}: {}", word, said_words(bounce));
}

}  // namespace

void Engine::submitted(const CanaryId& id, const SubmitOutcome& outcome, Now now) {
  now_ = now.wall;
  auto found = in_flight_.find(id);
  if (found == in_flight_.end()) return;
  InFlight& in_flight = found->second;
  Canary& canary = in_flight.canary;
  in_flight.submitting = false;
  // What it waited in our own queue is not the provider's time.
  if (const Duration waited = outcome.started_at - canary.sent_at; waited > Duration::zero()) {
    canary.sent_at = outcome.started_at;
    if (canary.round_trip) canary.round_trip = std::max(*canary.round_trip - waited, Duration::zero());
    if (canary.fate == Fate::pending) check_later(in_flight, canary.late_at());
  }
  canary.stages.insert(canary.stages.begin(), outcome.stages.begin(), outcome.stages.end());
  canary.smtp_reply = outcome.smtp_reply;
  canary.accepted_at = outcome.accepted_at;
  if (canary.accepted_at && canary.arrived_at) {
    set_stage(canary, Stage::transit, std::max(Duration::zero(), *canary.arrived_at - *canary.accepted_at));
  }

  using Verdict = SubmitOutcome::Verdict;
  switch (outcome.verdict) {
    case Verdict::accepted: break;
    case Verdict::rejected: settle(in_flight, Fate::rejected, outcome.reason, now.wall); break;
    case Verdict::deferred: settle(in_flight, Fate::deferred, outcome.reason, now.wall); break;
    case Verdict::unreachable: settle(in_flight, Fate::unreachable, outcome.reason, now.wall); break;
    case Verdict::own_fault: settle(in_flight, Fate::unknown, outcome.reason, now.wall); break;
  }
  record_.changed.push_back(canary);
  note(canary, in_flight.memory);
  if (canary.fate != Fate::pending) drop(found);
}

std::vector<CanaryId> Engine::unknown_in(const InboxReport& report) const {
  std::vector<CanaryId> ids;
  for (const auto& sighting : report.sightings) {
    if (!in_flight_.contains(sighting.id)) ids.push_back(sighting.id);
  }
  return ids;
}

void Engine::observed(const AccountName& account, const InboxReport& report, const std::vector<Canary>& found, Now now) {
  now_ = now.wall;
  note_reader(account, report, now.wall);
  for (const auto& cursor : report.cursors) record_.cursors.push_back({account, cursor});
  if (!report.traffic.empty()) traffic_.bounced(account, report.traffic, now.wall, record_);
  const bool only_read = only_read_.contains(account);

  for (const auto& sighting : report.sightings) {
    if (auto known = in_flight_.find(sighting.id); known != in_flight_.end()) {
      arrived(known->second, sighting, now);
      if (known->second.canary.fate != Fate::pending && !known->second.submitting) drop(known);
    } else {
      // What this turn has settled is newer than what the ledger says: two copies may come in one report.
      const auto same = [&](const Canary& c) { return c.id == sighting.id; };
      const auto newest = std::find_if(record_.changed.rbegin(), record_.changed.rend(), same);
      const auto older = std::find_if(found.begin(), found.end(), same);
      std::optional<Canary> stored;
      if (newest != record_.changed.rend()) {
        stored = *newest;
      } else if (older != found.end()) {
        stored = *older;
      }
      if (!stored) {
        // Signed with our key, but not in this ledger: another monitor's, or of a ledger that was thrown away.
        log_warning("a canary that is not in the ledger was found and left alone: id={} account={}", sighting.id.str(),
                    account.str());
        continue;
      }
      if (stored->fate == Fate::pending) {
        track(*stored, std::nullopt);
        const auto tracked = in_flight_.find(stored->id);
        arrived(tracked->second, sighting, now);
        if (tracked->second.canary.fate != Fate::pending) drop(tracked);
      } else {
        seen_again(*stored, sighting, now);
      }
    }
    if (only_read) continue;
    forget_.push_back({account, sighting.message});
    record_.to_remove.push_back({account, sighting.message});
  }
}

void Engine::adopt(std::vector<Canary> pending, WallTime now) {
  std::set<CanaryId> strays;
  for (auto& canary : pending) {
    if (now < canary.late_at() || in_flight_.contains(canary.id)) continue;
    strays.insert(canary.id);
    if (strays_.contains(canary.id)) track(std::move(canary), std::nullopt);
  }
  strays_ = std::move(strays);
}

void Engine::settled_elsewhere(const Canary& stored) {
  auto found = in_flight_.find(stored.id);
  if (found == in_flight_.end() || found->second.canary.fate != Fate::pending) return;
  const Canary ours = found->second.canary;
  Canary whole = stored;
  if (!whole.accepted_at) {
    whole.accepted_at = ours.accepted_at;
    whole.smtp_reply = ours.smtp_reply;
    whole.stages.insert(whole.stages.begin(), ours.stages.begin(), ours.stages.end());
    if (whole.accepted_at && whole.arrived_at) {
      set_stage(whole, Stage::transit, std::max(Duration::zero(), *whole.arrived_at - *whole.accepted_at));
    }
  }
  RouteMemory* const memory = found->second.memory;
  count_outstanding(whole, memory, -1);
  drop(found);
  record_.changed.push_back(whole);
  note(whole, memory);
}

void Engine::not_recorded(const std::vector<Canary>& canaries, const std::string& why, WallTime now) {
  for (const auto& canary : canaries) {
    auto found = in_flight_.find(canary.id);
    if (found == in_flight_.end()) continue;
    settle(found->second, Fate::unknown, "never sent, the ledger could not record it: " + why, now);
    record_.changed.push_back(found->second.canary);
    drop(found);
  }
}

void Engine::track(Canary canary, std::optional<Duration> wall_minus_mono) {
  RouteMemory* const memory = memory_of(canary.route);
  count_outstanding(canary, memory, 1);
  note(canary, memory);
  const CanaryId id = canary.id;
  InFlight& in_flight = in_flight_[id];
  in_flight.canary = std::move(canary);
  in_flight.memory = memory;
  in_flight.wall_minus_mono = wall_minus_mono;
  check_later(in_flight, in_flight.canary.late_at());
}

void Engine::drop(InFlights::iterator in_flight) {
  deadlines_.erase(&in_flight->second);
  in_flight_.erase(in_flight);
}

void Engine::count_outstanding(const Canary& canary, const RouteMemory* memory, int more) {
  (memory == nullptr ? outstanding_[canary.to] : *memory->arriving).arriving += more;
  (memory == nullptr ? outstanding_[canary.from] : *memory->returning).returning += more;
}

void Engine::check_later(InFlight& in_flight, WallTime at) {
  deadlines_.erase(&in_flight);
  in_flight.check_at = at;
  deadlines_.insert(&in_flight);
}

void Engine::settle(InFlight& in_flight, Fate fate, std::string reason, WallTime now) {
  Canary& canary = in_flight.canary;
  if (!may_become(canary.fate, fate)) return;
  if (canary.fate == Fate::pending) count_outstanding(canary, in_flight.memory, -1);
  deadlines_.erase(&in_flight);
  canary.fate = fate;
  canary.reason = std::move(reason);
  canary.settled_at = now;
  note(canary, in_flight.memory);
  if (in_flight.memory == nullptr) return;
  RouteMemory& memory = *in_flight.memory;
  ++memory.settled[fate];
  if (canary.round_trip) {
    memory.round_trips.add(*canary.round_trip);
    memory.last_round_trip = canary.round_trip;
  }
  for (const auto& record : canary.stages) {
    if (!record.took) continue;
    RoundTripBuckets*& times = memory.stage_times[static_cast<std::size_t>(record.stage)];
    const bool of_sender = record.stage <= Stage::submit;
    if (times == nullptr) times = &stage_times_[{of_sender ? memory.from_provider : memory.to_provider, record.stage}];
    times->add(*record.took);
  }
}

void Engine::arrived(InFlight& in_flight, const Sighting& sighting, Now now) {
  Canary& canary = in_flight.canary;
  if (sighting.kind == Sighting::Kind::bounce && sighting.bounce && tells_sending_limit(*sighting.bounce)) {
    canary.bounce = sighting.bounce;
    settle(in_flight, Fate::unknown, sending_limit_reason(one_line(canary.bounce->diagnostic)), now.wall);
    record_.changed.push_back(canary);
    return;
  }
  if (sighting.kind != Sighting::Kind::canary) {
    canary.bounce = sighting.bounce;
    const BounceReport said = sighting.bounce.value_or(BounceReport{});
    if (sighting.kind == Sighting::Kind::bounce) {
      settle(in_flight, Fate::bounced, returned_words(said), now.wall);
    } else {
      canary.reason = fmt::format("a server says that it is delayed: {}", said_words(said));
      note(canary, in_flight.memory);
    }
    record_.changed.push_back(canary);
    return;
  }
  if (canary.fate != Fate::pending) {  // arrived already, its submission is not yet over
    ++canary.duplicates;
    record_.changed.push_back(canary);
    return;
  }
  canary.arrived_at = sighting.arrived_at;
  canary.arrival_source = sighting.source;
  canary.resolution = sighting.resolution;
  canary.clock_skew = sighting.clock_skew;
  canary.seen_at = sighting.seen_at;
  canary.folder = sighting.message.folder;
  canary.hops = sighting.hops;
  canary.verdicts = sighting.verdicts;
  canary.changes = sighting.changes;
  Duration round_trip = sighting.arrived_at - canary.sent_at;
  const bool by_our_clock = sighting.source == ArrivalSource::push || sighting.source == ArrivalSource::poll;
  if (by_our_clock && in_flight.wall_minus_mono) {
    // The wall clock may have been set since; the monotonic one tells by how much.
    round_trip -= now.wall.time_since_epoch() - now.mono.time_since_epoch() - *in_flight.wall_minus_mono;
  } else if (!by_our_clock && sighting.clock_skew) {
    round_trip -= *sighting.clock_skew;
  }
  canary.round_trip = std::max(round_trip, Duration::zero());
  if (canary.accepted_at) {
    set_stage(canary, Stage::transit, std::max(Duration::zero(), sighting.arrived_at - *canary.accepted_at));
  }
  set_stage(canary, Stage::arrival, sighting.resolution);
  set_stage(canary, Stage::seen, std::max(Duration::zero(), sighting.seen_at - sighting.arrived_at));

  if (sighting.in_junk) {
    const std::string& filter = sighting.verdicts.spam;
    settle(in_flight, Fate::junked,
           fmt::format("filed into {}{}", one_line(sighting.message.folder),
                       filter.empty() ? "" : fmt::format("; the filter says: {}", one_line(filter))),
           now.wall);
  } else if (*canary.round_trip > canary.late_after) {
    settle(in_flight, Fate::late, fmt::format("arrived after {} (late after {})", human_duration(*canary.round_trip),
                                              human_duration(canary.late_after)), now.wall);
  } else {
    settle(in_flight, Fate::delivered, "", now.wall);
  }
  record_.changed.push_back(canary);
}

// A canary whose fate was settled is seen once more.
void Engine::seen_again(Canary canary, const Sighting& sighting, Now now) {
  if (sighting.kind == Sighting::Kind::bounce && !mailcanary::arrived(canary.fate) && sighting.bounce && !canary.bounce) {
    // It says why, days later perhaps: the fate stays, the reason is worth keeping.
    canary.bounce = sighting.bounce;
    canary.reason += fmt::format("; {}", returned_words(*sighting.bounce));
    record_.changed.push_back(std::move(canary));
    return;
  }
  if (sighting.kind != Sighting::Kind::canary) return;
  RouteMemory* const memory = memory_of(canary.route);
  if (canary.fate == Fate::lost) {
    InFlight in_flight;
    in_flight.canary = std::move(canary);
    in_flight.canary.fate = Fate::pending;  // arrived() sets all the rest; the ledger knows it was lost
    in_flight.memory = memory;
    count_outstanding(in_flight.canary, memory, 1);
    arrived(in_flight, sighting, now);
    if (in_flight.canary.fate == Fate::delivered) in_flight.canary.fate = Fate::late;
    in_flight.canary.reason = fmt::format("had been called lost; arrived after {}",
                                          human_duration(in_flight.canary.round_trip.value_or(Duration::zero())));
    record_.changed.back() = in_flight.canary;
    note(in_flight.canary, memory);
    return;
  }
  if (mailcanary::arrived(canary.fate)) {
    ++canary.duplicates;
  } else if (!canary.arrived_at) {
    canary.arrived_at = sighting.arrived_at;
    canary.arrival_source = sighting.source;
    canary.seen_at = sighting.seen_at;
    canary.reason += "; it arrived all the same";
  }
  record_.changed.push_back(canary);
  note(canary, memory);
}

}  // namespace mailcanary
