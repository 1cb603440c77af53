// What the engine shows: the view behind the page, the API, `status` and the metrics.
#include <fmt/format.h>

#include <algorithm>

#include "core/units.h"
#include "monitor/engine.h"
#include "monitor/maintenance.h"

namespace mailcanary {

namespace {

constexpr Duration recent_times = std::chrono::hours(1);

std::optional<Duration> quantile(std::vector<Duration>& times, double q) {
  if (times.empty()) return std::nullopt;
  const auto rank = static_cast<std::ptrdiff_t>(q * static_cast<double>(times.size() - 1) + 0.5);
  std::nth_element(times.begin(), times.begin() + rank, times.end());
  return times[static_cast<std::size_t>(rank)];
}

void collect_times(const History& seen, WallTime since, std::vector<Duration>& into) {
  for (const auto& o : seen) {
    if (o.round_trip && o.sent_at >= since) into.push_back(*o.round_trip);
  }
}

}  // namespace

ComponentView Engine::component(const Provider& provider, const std::vector<Incident>& incidents, WallTime now) const {
  ComponentView view;
  view.id = provider.name.str();
  view.name = provider.title;
  if (const auto fact = facts_.find("since." + provider.name.str()); fact != facts_.end()) {
    if (auto since = parse_time(fact->second)) view.since = *since;
  }
  view.updated_at = view.since;

  if (const auto past = past_of_page_.providers.find(provider.name); past != past_of_page_.providers.end()) {
    view.days = past->second.days;
    view.by_hour = past->second.by_hour;
    view.by_day = past->second.by_day;
  }
  Impact impact = Impact::none;
  for (const auto& incident : incidents) {
    if (std::find(incident.components.begin(), incident.components.end(), provider.name) == incident.components.end()) {
      continue;
    }
    view.updated_at = std::max(view.updated_at, incident.resolved_at.value_or(incident.opened_at));
    if (incident.maintenance.empty() && !incident.blame.self) mark_days(view.days, incident, now);
    if (incident.open() && incident.maintenance.empty()) impact = std::max(impact, incident.impact);
  }
  const bool maintained = std::any_of(maintenance_.begin(), maintenance_.end(), [&](const Maintenance& m) {
    return m.in_force(now) && holds_provider(config_, m.scope, provider.name);
  });
  view.status = maintained && impact == Impact::none ? maintenance_status : component_status_of(impact);

  std::vector<Duration> times;
  int measured = 0, unknown = 0;
  for (const auto& [name, memory] : routes_) {
    if (memory.from_provider != provider.name && memory.to_provider != provider.name) continue;
    collect_times(memory.seen, now - recent_times, times);
    if (memory.last_delivered_at && (!view.last_delivered_at || *memory.last_delivered_at > *view.last_delivered_at)) {
      view.last_delivered_at = memory.last_delivered_at;
    }
    ++(memory.state == RouteState::unknown ? unknown : measured);
  }
  view.p50 = quantile(times, 0.50);
  view.p95 = quantile(times, 0.95);
  if (impact == Impact::none && measured == 0 && !maintained) {
    view.unknown = true;
    view.unknown_reason = unknown == 0 ? "not measured" : "no fresh measurement";
  }
  if (const auto upstream = upstream_of(provider.name)) view.provider_says = upstream_words(*upstream, now);
  return view;
}

MaintenanceView Engine::maintenance_view(const Maintenance& maintenance) const {
  MaintenanceView view{maintenance.id, maintenance.name, maintenance.text, maintenance.from, maintenance.until, {}};
  // An announced one has the id of its act, which says when; one that returns by the calendar shows so far ahead.
  view.announced_at = ulid_time(maintenance.id).value_or(maintenance.from - maintenance_ahead);
  for (const auto& provider : config_.providers) {
    if (holds_provider(config_, maintenance.scope, provider.name)) view.components.push_back(provider.name.str());
  }
  return view;
}

StatusView Engine::view(WallTime now) const {
  StatusView view;
  view.generated_at = now;
  view.vantage = config_.vantage;
  if (config_.vantage_from == Config::VantageFrom::file) view.public_vantage = config_.vantage;
  view.title = config_.status.title;
  view.url = config_.status.url;
  for (const auto& [id, incident] : open_) view.incidents.push_back(incident);
  view.incidents.insert(view.incidents.end(), past_.begin(), past_.end());
  std::set<IncidentId> remembered;
  for (const auto& incident : view.incidents) remembered.insert(incident.id);
  for (const auto& incident : past_of_page_.incidents) {
    if (!remembered.contains(incident.id)) view.incidents.push_back(incident);
  }
  std::sort(view.incidents.begin(), view.incidents.end(),
            [](const Incident& a, const Incident& b) { return a.opened_at > b.opened_at; });
  for (const auto& provider : config_.providers) {
    view.components.push_back(component(provider, view.incidents, now));
  }
  for (const auto& route : config_.routes) {
    const RouteMemory& memory = routes_.at(route.name);
    std::vector<Duration> times;
    collect_times(memory.seen, now - recent_times, times);
    view.routes.push_back({route.name, memory.state, memory.reason, memory.last_fate, memory.last_delivered_at,
                           quantile(times, 0.50), quantile(times, 0.95)});
  }
  for (const auto& m : maintenance_) {
    if (m.until > now) view.maintenance.push_back(maintenance_view(m));
  }
  for (const auto& m : past_of_page_.maintenance) view.past_maintenance.push_back(maintenance_view(m));
  view.history_from = past_of_page_.since;
  const Overall overall = overall_of(view.components, view.incidents);
  view.indicator = overall.indicator;
  view.description = overall.description;
  return view;
}

MetricsView Engine::metrics(WallTime now) const {
  MetricsView view;
  view.version = MAILCANARY_VERSION;
  view.vantage = config_.vantage;
  const auto title = [&](const ProviderName& name) { return config_.provider(name)->title; };
  for (const auto& [name, memory] : routes_) {
    view.routes.push_back({name, memory.route->from, memory.route->to, title(memory.from_provider),
                           title(memory.to_provider), memory.state, memory.settled, memory.last_round_trip,
                           memory.last_delivered_at, memory.round_trips});
  }
  std::map<RouteName, std::int64_t> pending;
  for (const auto& [id, in_flight] : in_flight_) {
    if (in_flight.canary.fate == Fate::pending) ++pending[in_flight.canary.route];
  }
  for (auto& route : view.routes) route.by_fate[Fate::pending] = pending[route.name];
  for (const auto& [account, reader] : readers_) {
    ReaderMetrics metrics{account, reader.fault.empty() ? ReaderMetrics::State::up : ReaderMetrics::State::down, {}};
    if (reader.looked_at) metrics.lag = now - *reader.looked_at;
    view.readers.push_back(metrics);
  }
  view.traffic = traffic_.metrics();
  for (const auto& [id, incident] : open_) ++view.incidents_open[incident.impact];
  for (const auto& channel : config_.channels) view.channels.push_back({channel.name, 0, {}, {}});
  const auto channel_of = [&](const ChannelName& name) {
    return std::find_if(view.channels.begin(), view.channels.end(), [&](const auto& each) { return each.name == name; });
  };
  for (const auto& notice : queued_notices()) {
    const auto channel = channel_of(notice.channel);
    if (channel == view.channels.end()) continue;
    ++channel->queued;
    channel->oldest = std::max(channel->oldest, now - notice.created_at);
  }
  for (const auto& [ended, count] : notices_ended_)
    if (const auto channel = channel_of(ended.first); channel != view.channels.end()) channel->ended[ended.second] = count;
  const auto add_rules = [&](const std::string& subject, RuleScope per, const std::vector<RuleTrack>& tracks) {
    for (std::size_t i = 0; i < tracks.size(); ++i)
      if (config_.rules[i].per == per)
        view.rules.push_back({config_.rules[i].name, subject, tracks[i].firing ? 2 : tracks[i].met_since ? 1 : 0});
  };
  for (const auto& [name, memory] : routes_) add_rules(name.str(), RuleScope::route, memory.tracks);
  for (const auto& scope : scopes_) add_rules(fmt::format("{}:{}", name_of(scope.per), scope.name), scope.per, scope.tracks);
  for (const auto& [key, times] : stage_times_) view.stages.push_back({key.first, key.second, times});
  if (!ledger_fault_.empty()) view.ledger = MetricsView::Ledger::down;
  if (turned_at_ != WallTime{}) view.last_turn = turned_at_;
  return view;
}

}  // namespace mailcanary
