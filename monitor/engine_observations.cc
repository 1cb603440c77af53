// What the engine remembers for the rules: of each canary an observation, of each mailbox whether it can be read.
#include <fmt/format.h>

#include <algorithm>

#include "core/log.h"
#include "core/units.h"
#include "monitor/engine.h"
#include "monitor/evidence/evidence.h"

namespace mailcanary {

namespace {

constexpr Duration reader_note_every = std::chrono::seconds(30);

std::string first_stage_error(const Canary& canary) {
  for (const auto& record : canary.stages) {
    if (!record.error.empty()) return record.error;
  }
  return "";
}

}  // namespace

Engine::RouteMemory* Engine::memory_of(const RouteName& route) {
  const auto found = routes_.find(route);
  return found == routes_.end() ? nullptr : &found->second;
}

void Engine::mark(RouteMemory& memory) {
  if (!std::exchange(memory.dirty, true)) dirty_.push_back(&memory);
}

// Keeps what the rules need of a canary, in the order of sending.
void Engine::note(const Canary& canary, RouteMemory* of_route) {
  if (of_route == nullptr) return;
  RouteMemory& memory = *of_route;
  mark(memory);
  if (evidence_) evidence_->note(memory.number, canary, now_);

  if (canary.fate == Fate::unknown) {
    memory.seen.forget(canary.id);
    memory.own_fault = canary.reason;
    if (!memory.mute) memory.mute = TimeSpan{canary.sent_at, canary.sent_at};
    memory.mute->until = std::max(memory.mute->until, canary.sent_at);
    return;
  }
  const Noted noted = memory.seen.note(observed_so_far(canary, memory));
  count(memory, noted);
  if (canary.fate != Fate::pending && (!noted.before || noted.before->fate == Fate::pending)) weigh_recovery(memory, canary.fate);
  if (canary.fate != Fate::pending) {
    memory.own_fault.clear();
    memory.mute.reset();
    memory.last_fate = name_of(canary.fate);
  }
  if (mailcanary::arrived(canary.fate) && canary.arrived_at &&
      (!memory.last_delivered_at || *canary.arrived_at > *memory.last_delivered_at)) {
    memory.last_delivered_at = canary.arrived_at;
  }
  if (canary.fate == Fate::late && canary.arrived_at)
    memory.last_late_at = std::max(memory.last_late_at.value_or(*canary.arrived_at), *canary.arrived_at);
}

Observation Engine::observed_so_far(const Canary& canary, const RouteMemory& memory) const {
  Observation o = observation_of(canary);
  const ReaderState& reader = *memory.reader;
  o.overdue = canary.fate == Fate::pending && reader.looked_at && *reader.looked_at >= canary.late_at();
  if (failed(o.fate)) {
    o.words = canary.reason.empty() ? first_stage_error(canary) : canary.reason;
  } else if (o.overdue) {
    o.words = fmt::format("accepted, but not in the mailbox after {}", human_duration(canary.late_after));
  }
  return o;
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
    if (evidence_) evidence_->looked(account, *report.looked_at);
    if (const auto waiting = await_look_.find(account); waiting != await_look_.end()) {
      for (const auto& id : std::exchange(waiting->second, {})) {
        const auto in_flight = in_flight_.find(id);
        if (in_flight != in_flight_.end() && in_flight->second.canary.fate == Fate::pending) check_later(in_flight->second, now);
      }
    }
  } else {
    if (evidence_) evidence_->could_not_look(account, now);
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
    for (auto& [name, memory] : routes_) {
      if (memory.route->to == account) mark(memory);
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
