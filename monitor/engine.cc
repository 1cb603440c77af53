#include "monitor/engine.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/log.h"
#include "core/text.h"
#include "core/units.h"

namespace mailcanary {

namespace {

constexpr Duration look_again = std::chrono::seconds(1);
constexpr Duration reader_note_every = std::chrono::seconds(30);
// To fold incidents costs time for each route in trouble. A hundred cost nothing; thousands are folded less often.
constexpr std::size_t folded_at_once = 100;
constexpr Duration fold_pause_per_route = std::chrono::milliseconds(1);
constexpr Duration longest_fold_pause = std::chrono::seconds(5);

WallTime day_of(WallTime time) { return std::chrono::floor<std::chrono::days>(time); }

void set_stage(Canary& canary, Stage stage, std::optional<Duration> took) {
  for (auto& record : canary.stages) {
    if (record.stage == stage) {
      record.took = took;
      return;
    }
  }
  canary.stages.push_back({stage, took, ""});
}

std::string first_stage_error(const Canary& canary) {
  for (const auto& record : canary.stages) {
    if (!record.error.empty()) return record.error;
  }
  return "";
}

}  // namespace

Engine::Engine(const Config& config, EngineMemory memory, EngineRole role, Now now)
    : config_(config), role_(role), span_(memory_span(config)), today_(day_of(now.wall)) {
  policy_.notify = config.notify;
  for (const auto& channel : config.channels) policy_.channels.push_back(channel.name);
  policy_.page_url = config.status.url;
  restore(std::move(memory), now.wall);
}

// ---- events ---------------------------------------------------------------------------------------------------------

void Engine::submitted(const CanaryId& id, const SubmitOutcome& outcome, Now now) {
  auto found = in_flight_.find(id);
  if (found == in_flight_.end()) return;
  InFlight& in_flight = found->second;
  Canary& canary = in_flight.canary;
  in_flight.submitting = false;
  if (canary.fate == Fate::pending && outcome.started_at > canary.sent_at) {
    canary.sent_at = outcome.started_at;  // what it waited in our own queue is not the provider's time
    check_later(in_flight, canary.late_at());
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
  note(canary);
  if (canary.fate != Fate::pending) in_flight_.erase(found);
}

std::vector<CanaryId> Engine::unknown_in(const InboxReport& report) const {
  std::vector<CanaryId> ids;
  for (const auto& sighting : report.sightings) {
    if (!in_flight_.contains(sighting.id)) ids.push_back(sighting.id);
  }
  return ids;
}

void Engine::observed(const AccountName& account, const InboxReport& report, const std::vector<Canary>& found, Now now) {
  note_reader(account, report, now.wall);
  for (const auto& cursor : report.cursors) record_.cursors.push_back({account, cursor});

  for (const auto& sighting : report.sightings) {
    if (auto known = in_flight_.find(sighting.id); known != in_flight_.end()) {
      arrived(known->second, sighting, now);
      if (known->second.canary.fate != Fate::pending && !known->second.submitting) in_flight_.erase(known);
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
        arrived(in_flight_.at(stored->id), sighting, now);
        if (in_flight_.at(stored->id).canary.fate != Fate::pending) in_flight_.erase(stored->id);
      } else {
        seen_again(*stored, sighting, now);
      }
    }
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
  --outstanding_[whole.to];
  deadlines_.erase({found->second.check_at, stored.id});
  in_flight_.erase(found);
  record_.changed.push_back(whole);
  note(whole);
}

void Engine::removed(const std::vector<AccountMessage>& messages) {
  record_.removed.insert(record_.removed.end(), messages.begin(), messages.end());
}

void Engine::notice_changed(const Notice& notice) {
  auto& list = notices_[notice.incident];
  const auto place = std::find_if(list.begin(), list.end(), [&](const Notice& n) { return n.id == notice.id; });
  if (place == list.end()) {
    list.push_back(notice);
  } else {
    *place = notice;
  }
  record_.notices.push_back(notice);
  // Notices of an ended incident are remembered only as long as one of them waits.
  const bool waits = std::any_of(list.begin(), list.end(), [](const Notice& n) { return n.state == NoticeState::queued; });
  if (!waits && !open_.contains(notice.incident)) notices_.erase(notice.incident);
}

void Engine::not_recorded(const std::vector<Canary>& canaries, const std::string& why, WallTime now) {
  for (const auto& canary : canaries) {
    auto found = in_flight_.find(canary.id);
    if (found == in_flight_.end()) continue;
    settle(found->second, Fate::unknown, "never sent, the ledger could not record it: " + why, now);
    record_.changed.push_back(found->second.canary);
    in_flight_.erase(found);
  }
}

void Engine::ledger_fault(std::string why) {
  if (why == ledger_fault_) return;
  ledger_fault_ = std::move(why);
  news_ = true;
}

void Engine::set_days(std::map<ProviderName, std::vector<DayBar>> days) {
  days_ = std::move(days);
  news_ = true;
}

int Engine::outstanding(const AccountName& to) const {
  const auto found = outstanding_.find(to);
  return found == outstanding_.end() ? 0 : found->second;
}

std::vector<Notice> Engine::queued_notices() const {
  std::vector<Notice> queued;
  for (const auto& [incident, list] : notices_) {
    for (const auto& notice : list) {
      if (notice.state == NoticeState::queued) queued.push_back(notice);
    }
  }
  return queued;
}

// ---- the turn -------------------------------------------------------------------------------------------------------

Turn Engine::turn(const std::vector<std::size_t>& due, Now now) {
  Turn turn;
  turned_at_ = now.wall;
  settle_overdue(now.wall);
  send_due(due, turn, now);
  judge_routes(now.wall);
  if (role_ == EngineRole::decides) decide(now.wall);
  turn.record = std::exchange(record_, {});
  turn.forget = std::exchange(forget_, {});
  turn.look = std::exchange(look_, {});
  turn.news = std::exchange(news_, false);
  return turn;
}

void Engine::settle_overdue(WallTime now) {
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    InFlight& in_flight = in_flight_.at(deadlines_.begin()->second);
    Canary& canary = in_flight.canary;
    dirty_.insert(canary.route);
    const auto& reader = readers_[canary.to];
    const WallTime deadline = now >= canary.lost_at() ? canary.lost_at() : canary.late_at();
    // Nothing is said of a mailbox that was not looked at since: have it looked at, and ask again soon.
    const bool looked = reader.looked_at && *reader.looked_at >= deadline;
    if (!looked) look_.insert(canary.to);
    if (!looked || in_flight.submitting) {
      check_later(in_flight, now + look_again);
      continue;
    }
    if (now < canary.lost_at()) {
      note(canary);
      check_later(in_flight, canary.lost_at());
      continue;
    }
    if (canary.accepted_at) {
      settle(in_flight, Fate::lost,
             fmt::format("accepted, but not in the mailbox {} later", human_duration(canary.lost_after)), now);
    } else {
      settle(in_flight, Fate::unknown, "its submission was cut off by a restart, and it never arrived", now);
    }
    record_.changed.push_back(canary);
    in_flight_.erase(CanaryId(canary.id));
  }
}

void Engine::send_due(const std::vector<std::size_t>& due, Turn& turn, Now now) {
  if (day_of(now.wall) != today_) {
    today_ = day_of(now.wall);
    sent_today_.clear();
  }
  for (const std::size_t index : due) {
    const Route& route = config_.routes.at(index);
    RouteMemory& memory = routes_.at(route.name);
    const Account* from = config_.account(route.from);
    if (!ledger_fault_.empty()) {
      memory.own_fault = "the ledger cannot record: " + ledger_fault_;
      dirty_.insert(route.name);
      continue;
    }
    if (from->daily_limit > 0 && sent_today_[route.from] >= from->daily_limit) {
      memory.own_fault = fmt::format("account {} has used its daily limit of {}", route.from.str(),
                                     count_noun(from->daily_limit, "message", "messages"));
      dirty_.insert(route.name);
      continue;
    }
    ++sent_today_[route.from];
    last_sent_[route.name] = now.wall;
    Canary canary;
    canary.id = CanaryId(make_ulid(now.wall));
    canary.route = route.name;
    canary.from = route.from;
    canary.to = route.to;
    canary.vantage = config_.vantage;
    canary.late_after = route.late_after;
    canary.lost_after = route.lost_after;
    canary.sent_at = now.wall;
    record_.sent.push_back(canary);
    turn.send.push_back(canary);
    track(canary, now.wall.time_since_epoch() - now.mono.time_since_epoch());
    in_flight_.at(canary.id).submitting = true;
  }
}

void Engine::decide(WallTime now) {
  if (open_.empty() && troubled_.empty()) return;
  if (troubled_.size() > folded_at_once && now >= decided_at_ &&
      now - decided_at_ < std::min<Duration>(longest_fold_pause, fold_pause_per_route * troubled_.size()))
    return;
  decided_at_ = now;
  std::vector<Incident> open;
  for (const auto& [id, incident] : open_) open.push_back(incident);

  for (auto& change : fold_incidents(config_, std::move(open), findings(now), now)) {
    Incident& incident = change.incident;
    for (const auto& notice : notices_for(policy_, {notices_[incident.id]}, change, now)) {
      notices_[incident.id].push_back(notice);
      record_.notices.push_back(notice);
      news_ = true;
    }
    if (change.kind == IncidentChange::Kind::none) continue;
    record_.incidents.push_back(incident);
    news_ = true;
    const std::set<RouteName> still_failing(incident.failing.begin(), incident.failing.end());
    for (const auto& name : incident.routes) {
      auto found = routes_.find(name);
      if (found == routes_.end()) continue;
      RouteMemory& memory = found->second;
      const bool failing = still_failing.contains(name);
      if (memory.in_incident && !failing) {
        // Well again: what was sent before is explained, and counts for no new trouble.
        memory.horizon = now;
        for (std::size_t i = 0; i < memory.tracks.size(); ++i) {
          const RuleTrack before = std::exchange(memory.tracks[i], RuleTrack{});
          if (before != memory.tracks[i]) keep_track(config_.rules[i], name, memory.tracks[i]);
        }
        memory.symptom.reset();
        troubled_.erase(name);
        dirty_.insert(name);
      }
      memory.in_incident = failing;
    }
    if (change.kind == IncidentChange::Kind::resolved) {
      open_.erase(incident.id);
      past_.push_back(incident);
    } else {
      open_[incident.id] = incident;
    }
  }
}

// ---- keeping canaries -----------------------------------------------------------------------------------------------

void Engine::track(Canary canary, std::optional<Duration> wall_minus_mono) {
  ++outstanding_[canary.to];
  note(canary);
  const CanaryId id = canary.id;
  InFlight& in_flight = in_flight_[id];
  in_flight.canary = std::move(canary);
  in_flight.wall_minus_mono = wall_minus_mono;
  check_later(in_flight, in_flight.canary.late_at());
}

void Engine::check_later(InFlight& in_flight, WallTime at) {
  deadlines_.erase({in_flight.check_at, in_flight.canary.id});
  in_flight.check_at = at;
  deadlines_.emplace(at, in_flight.canary.id);
}

void Engine::settle(InFlight& in_flight, Fate fate, std::string reason, WallTime now) {
  Canary& canary = in_flight.canary;
  if (!may_become(canary.fate, fate)) return;
  if (canary.fate == Fate::pending) --outstanding_[canary.to];
  deadlines_.erase({in_flight.check_at, canary.id});
  canary.fate = fate;
  canary.reason = std::move(reason);
  canary.settled_at = now;
  note(canary);
  if (auto memory = routes_.find(canary.route); memory != routes_.end()) {
    ++memory->second.settled[fate];
    if (canary.round_trip) {
      memory->second.round_trips.add(*canary.round_trip);
      memory->second.last_round_trip = canary.round_trip;
    }
  }
}

void Engine::arrived(InFlight& in_flight, const Sighting& sighting, Now now) {
  Canary& canary = in_flight.canary;
  if (sighting.kind != Sighting::Kind::canary) {
    canary.bounce = sighting.bounce;
    const std::string said = sighting.bounce
                                 ? one_line(fmt::format("{} {}", sighting.bounce->status, sighting.bounce->diagnostic))
                                 : "";
    if (sighting.kind == Sighting::Kind::bounce) {
      const std::string word = sighting.bounce && !sighting.bounce->reason.empty()
                                   ? fmt::format(" ({})", one_line(sighting.bounce->reason))
                                   : "";
      settle(in_flight, Fate::bounced, fmt::format("returned to the sender{}: {}", word, said), now.wall);
    } else {
      canary.reason = fmt::format("a server says that it is delayed: {}", said);
      note(canary);
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
  if (sighting.kind != Sighting::Kind::canary) return;  // a bounce after the fact changes nothing
  if (canary.fate == Fate::lost) {
    InFlight in_flight;
    in_flight.canary = std::move(canary);
    in_flight.canary.fate = Fate::pending;  // arrived() sets all the rest; the ledger knows it was lost
    ++outstanding_[in_flight.canary.to];
    arrived(in_flight, sighting, now);
    if (in_flight.canary.fate == Fate::delivered) in_flight.canary.fate = Fate::late;
    in_flight.canary.reason = fmt::format("had been called lost; arrived after {}",
                                          human_duration(in_flight.canary.round_trip.value_or(Duration::zero())));
    record_.changed.back() = in_flight.canary;
    note(in_flight.canary);
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
  note(canary);
}

// Keeps what the rules need of a canary, in the order of sending.
void Engine::note(const Canary& canary) {
  auto found = routes_.find(canary.route);
  if (found == routes_.end()) return;  // a route that is no longer configured
  RouteMemory& memory = found->second;
  dirty_.insert(canary.route);

  auto place = std::find_if(memory.seen.rbegin(), memory.seen.rend(), [&](const Observation& o) { return o.id == canary.id; });
  if (canary.fate == Fate::unknown) {
    if (place != memory.seen.rend()) memory.seen.erase(std::next(place).base());
    memory.own_fault = canary.reason;
    return;
  }
  if (place == memory.seen.rend()) {
    auto after = std::find_if(memory.seen.rbegin(), memory.seen.rend(),
                              [&](const Observation& o) { return o.sent_at <= canary.sent_at; });
    memory.seen.insert(after.base(), Observation{});
    place = std::find_if(memory.seen.rbegin(), memory.seen.rend(), [](const Observation& o) { return o.id.empty(); });
  }
  Observation& o = *place;
  o.id = canary.id;
  o.sent_at = canary.sent_at;
  o.fate = canary.fate;
  o.duplicated = canary.duplicates > 0;
  o.round_trip = canary.round_trip;
  o.submit = canary.accepted_at ? std::optional(*canary.accepted_at - canary.sent_at) : std::nullopt;
  const auto& reader = readers_[canary.to];
  o.overdue = canary.fate == Fate::pending && reader.looked_at && *reader.looked_at >= canary.late_at();
  if (failed(o.fate)) {
    o.words = canary.reason.empty() ? first_stage_error(canary) : canary.reason;
  } else if (o.overdue) {
    o.words = fmt::format("accepted, but not in the mailbox after {}", human_duration(canary.late_after));
  } else {
    o.words.clear();
  }
  if (canary.fate != Fate::pending) {
    memory.own_fault.clear();
    memory.last_fate = name_of(canary.fate);
  }
  if (mailcanary::arrived(canary.fate) && canary.arrived_at &&
      (!memory.last_delivered_at || *canary.arrived_at > *memory.last_delivered_at)) {
    memory.last_delivered_at = canary.arrived_at;
  }
}

void Engine::note_reader(const AccountName& account, const InboxReport& report, WallTime now) {
  ReaderState& reader = readers_[account];
  const std::string before = reader.fault;
  if (report.looked_at) {
    reader.looked_at = report.looked_at;
    reader.faulty_since.reset();
    reader.faults = 0;
    reader.fault.clear();
    reader.own_fault = false;
  } else {
    if (!reader.faulty_since) reader.faulty_since = now;
    ++reader.faults;
    reader.fault = report.fault;
    reader.own_fault = report.own_fault;
  }
  if (reader.fault != before) {
    news_ = true;
    if (!reader.fault.empty()) {
      log_warning("mailbox cannot be read: account={} reason=\"{}\"", account.str(), reader.fault);
    } else {
      log_info("mailbox can be read again: account={}", account.str());
    }
    for (const auto& [name, memory] : routes_) {
      if (memory.route->to == account) dirty_.insert(name);
    }
  }
  // `status` reads this from the ledger; not at every look, so that a look costs no write.
  WallTime& recorded = reader_recorded_[account];
  if (reader.fault != before || now - recorded >= reader_note_every) {
    recorded = now;
    record_.facts["reader." + account.str()] =
        fmt::format("{}\t{}\t{}\t{}", reader.looked_at ? format_time(*reader.looked_at) : "",
                    reader.faulty_since ? format_time(*reader.faulty_since) : "", reader.own_fault ? "own" : "peer",
                    reader.fault);
  }
}

}  // namespace mailcanary
