// How the engine follows what people do: maintenance, silences, acknowledgements, posts, and incidents that somebody
// has resolved.
#include <algorithm>

#include "core/log.h"
#include "monitor/engine.h"
#include "monitor/maintenance.h"

namespace mailcanary {

namespace {

constexpr Duration plan_again = std::chrono::hours(1);
constexpr Duration upstream_at_peace = std::chrono::minutes(5);
constexpr Duration upstream_in_trouble = std::chrono::minutes(1);

}  // namespace

Result<Orders> read_orders(LedgerStore& store, WallTime now) {
  auto waiting = store.waiting_acts();
  if (!waiting) return waiting.error();
  auto quiet = store.quiet_acts(now);
  if (!quiet) return quiet.error();
  return Orders{std::move(*waiting), std::move(*quiet)};
}

void Engine::ordered(Orders orders) {
  silences_ = silences_in(orders.quiet);
  quiet_acts_ = std::move(orders.quiet);
  planned_at_.reset();
  waiting_acts_ = std::move(orders.waiting);
  std::erase_if(obeyed_, [&](const ActId& id) {
    return std::none_of(waiting_acts_.begin(), waiting_acts_.end(), [&](const Act& act) { return act.id == id; });
  });
  news_ = true;
}

// Calendar rules reach far ahead; once an hour is enough.
void Engine::plan(WallTime now) {
  if (planned_at_ && now >= *planned_at_ && now - *planned_at_ < plan_again) return;
  planned_at_ = now;
  std::erase_if(notices_, [this](const auto& entry) {
    const bool waits = std::any_of(entry.second.begin(), entry.second.end(),
                                   [](const Notice& notice) { return notice.state == NoticeState::queued; });
    return !waits && !open_.contains(entry.first) && !may_return(entry.first);
  });
  maintenance_ = maintenance_between(config_, quiet_acts_, now, now + maintenance_ahead);
}

void Engine::obey(WallTime now) {
  for (auto& act : std::exchange(waiting_acts_, {})) {
    if (!obeyed_.insert(act.id).second) continue;
    act.outcome = obeyed(act, now);
    act.applied_at = now;
    log_info("act applied: incident={} by={} outcome=\"{}\"", act.about, act.who, act.outcome);
    record_.acts.push_back(std::move(act));
  }
}

std::string Engine::obeyed(const Act& act, WallTime now) {
  const IncidentId id(act.about);
  if (const auto open = open_.find(id); open != open_.end()) {
    Applied applied = apply(act, open->second, now);
    if (!applied.change.incident.open()) {
      for (const auto& name : applied.change.incident.failing) dismissed_[name] = id;
      if (open->second.of_traffic()) traffic_.dismiss(open->second.blame.account);
    }
    follow(std::move(applied.change), open_incidents(), Recording::always, now);
    return applied.outcome;
  }
  const auto past = std::find_if(past_.begin(), past_.end(), [&](const Incident& incident) { return incident.id == id; });
  if (past == past_.end()) return "no such incident is known any more";
  Applied applied = apply(act, *past, now);
  *past = std::move(applied.change.incident);
  record_.incidents.push_back(*past);
  news_ = true;
  return applied.outcome;
}

void Engine::upstream_read(const ProviderName& provider, const UpstreamStatus& status) {
  const std::string fact = upstream_fact(provider);
  record_.facts[fact] = facts_[fact] = upstream_to_text(status);
}

std::optional<UpstreamStatus> Engine::upstream_of(const ProviderName& provider) const {
  const auto fact = facts_.find(upstream_fact(provider));
  return fact == facts_.end() ? std::nullopt : upstream_from_text(fact->second);
}

std::vector<ProviderName> Engine::upstream_due(WallTime now) const {
  std::vector<ProviderName> due;
  for (const auto& provider : config_.providers) {
    if (provider.upstream_status.empty()) continue;
    const bool troubled = std::any_of(open_.begin(), open_.end(), [&](const auto& entry) {
      const auto& components = entry.second.components;
      return std::find(components.begin(), components.end(), provider.name) != components.end();
    });
    const auto last = upstream_of(provider.name);
    const Duration every = troubled ? upstream_in_trouble : upstream_at_peace;
    if (!last || now - last->at >= every || now < last->at) due.push_back(provider.name);
  }
  return due;
}

void Engine::end_dismissals(WallTime now) {
  std::erase_if(dismissed_, [&](const auto& dismissal) {
    const auto& [name, id] = dismissal;
    const auto route = routes_.find(name);
    // Also where a rule of numbers alone would call it well as soon as its window is empty.
    if (route != routes_.end() && !is_well(route->second, std::max(route->second.good_needed, good_after_outage), now)) return false;
    const auto past = std::find_if(past_.begin(), past_.end(), [&](const Incident& i) { return i.id == id; });
    if (past == past_.end()) return true;
    std::erase(past->failing, name);
    record_.incidents.push_back(*past);
    return true;
  });
}

}  // namespace mailcanary
