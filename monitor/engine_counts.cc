// What an open incident counts: of each of its routes, moved with every canary and kept in the ledger, so that nobody
// has to read all canaries since its beginning.
#include <sstream>

#include <fmt/format.h>

#include "core/units.h"
#include "monitor/engine.h"

namespace mailcanary {

namespace {

std::string fact_of(const RouteName& route) { return "counts." + route.str(); }

void add(IncidentCounts& counts, Fate fate, bool overdue, int more) {
  counts.canaries += more;
  if (failed(fate)) counts.failed += more;
  if (overdue) counts.overdue += more;
  if (fate == Fate::pending && !overdue) counts.not_due += more;
  if (fate == Fate::late) counts.delayed_arrived += more;
  if (fate == Fate::bounced) counts.bounced += more;
  if (fate == Fate::lost) counts.lost += more;
}

}  // namespace

IncidentCounts counts_since(const History& seen, WallTime since) {
  IncidentCounts counts;
  for (auto o = seen.rbegin(); o != seen.rend() && o->sent_at >= since; ++o) add(counts, o->fate, o->overdue, 1);
  return counts;
}

void Engine::start_counts(RouteMemory& memory, const Incident& incident) {
  std::erase_if(memory.counted_before, [this](const auto& left) { return !open_.contains(left.first); });
  if (memory.counted && open_.contains(memory.counted->incident))
    memory.counted_before[memory.counted->incident] = memory.counted->counts;
  memory.counted = RouteMemory::Counts{incident.id, incident.began_at, counts_since(memory.seen, incident.began_at)};
  keep_counts(memory);
}

void Engine::count(RouteMemory& memory, const Noted& noted) {
  if (!memory.counted || !open_.contains(memory.counted->incident) || noted.after.sent_at < memory.counted->since) return;
  IncidentCounts& counts = memory.counted->counts;
  // Settled ones were counted before the restart; of those on their way only this process knows.
  if (phase_ == Phase::restoring && noted.after.fate != Fate::pending) return;
  if (noted.before) {
    add(counts, noted.before->fate, noted.before->overdue, -1);
  } else if (mailcanary::arrived(noted.after.fate) && phase_ == Phase::live) {
    // Forgotten long ago, so it had been settled: one that turns up now was lost, and of others a copy came.
    add(counts, noted.after.duplicated ? noted.after.fate : Fate::lost, false, -1);
  }
  add(counts, noted.after.fate, noted.after.overdue, 1);
  if (noted.after.fate != Fate::pending) keep_counts(memory);
}

// Without those on their way, which are counted anew from the ledger's pending ones.
void Engine::keep_counts(const RouteMemory& memory) {
  if (role_ == EngineRole::only_observes) return;
  IncidentCounts settled = memory.counted->counts;
  for (auto o = memory.seen.rbegin(); o != memory.seen.rend() && o->sent_at >= memory.counted->since; ++o) {
    if (o->fate == Fate::pending) add(settled, o->fate, o->overdue, -1);
  }
  record_.facts[fact_of(memory.route->name)] =
      fmt::format("{} {} {} {} {} {} {}", memory.counted->incident.str(), format_time(memory.counted->since),
                  settled.canaries, settled.failed, settled.delayed_arrived, settled.bounced, settled.lost);
}

void Engine::restore_counts(const Incident& incident) {
  for (const auto& name : incident.routes) {
    const auto route = routes_.find(name);
    const auto fact = facts_.find(fact_of(name));
    if (route == routes_.end() || fact == facts_.end()) continue;
    std::istringstream words(fact->second);
    std::string id, since;
    IncidentCounts counts;
    words >> id >> since >> counts.canaries >> counts.failed >> counts.delayed_arrived >> counts.bounced >> counts.lost;
    const auto time = parse_time(since);
    if (!words || id != incident.id.str() || !time) continue;
    route->second.counted = RouteMemory::Counts{incident.id, *time, counts};
  }
}

}  // namespace mailcanary
