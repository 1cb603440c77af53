#include "monitor/report/assembly.h"

#include <algorithm>

namespace mailcanary {
namespace {

std::int64_t at(const std::array<std::int64_t, 10>& by_fate, Fate fate) { return by_fate[static_cast<std::size_t>(fate)]; }

std::int64_t settled(const std::array<std::int64_t, 10>& by_fate) {
  std::int64_t sum = 0;
  for (std::size_t fate = 0; fate < by_fate.size(); ++fate)
    if (static_cast<Fate>(fate) != Fate::pending && static_cast<Fate>(fate) != Fate::unknown) sum += by_fate[fate];
  return sum;
}

// As `burn_rate` has it: what failed and what was late. Junk did arrive, and is shown apart.
std::int64_t bad_of(const std::array<std::int64_t, 10>& by_fate) {
  std::int64_t sum = at(by_fate, Fate::late);
  for (std::size_t fate = 0; fate < by_fate.size(); ++fate)
    if (failed(static_cast<Fate>(fate))) sum += by_fate[fate];
  return sum;
}

// A cadence nobody knows any more: of a route that is not configured now.
constexpr Duration usual_cadence = std::chrono::minutes(5);

}  // namespace

void Assembly::Part::close(WallTime slot) {
  if (routes > 0) series.add(slot, shares / routes);
  shares = 0;
  routes = 0;
}

void Assembly::Part::finish() {
  series.end();
  tally->measured = series.measured();
  tally->bad = series.bad();
  tally->excluded = series.excluded();
  tally->unknown = series.unknown();
  tally->latency = {times.quantile(0.5), times.quantile(0.95), times.quantile(0.99)};
}

Assembly::Assembly(const Config& config, const std::vector<Lane>& lanes, Options options)
    : config_(config), options_(std::move(options)) {
  std::unordered_map<ProviderName, std::size_t> providers;
  for (const auto& provider : config.providers) {
    providers.emplace(provider.name, providers_.size());
    ReportedProvider reported;
    reported.name = provider.name;
    reported.title = provider.title;
    providers_.push_back(std::move(reported));
  }
  for (const auto& account : config.accounts)
    if (const auto found = providers.find(account.provider); found != providers.end())
      provider_of_.emplace(account.name, found->second);
  for (const auto& route : config.routes) add_route(route.name, &route, nullptr);
  for (const auto& lane : lanes) {
    if (!indexes_.contains(lane.route)) add_route(lane.route, nullptr, &lane);
    route_of_lane_.emplace(lane.key, indexes_.at(lane.route));
  }
  make_parts();
}

void Assembly::add_route(const RouteName& name, const Route* route, const Lane* lane) {
  RouteWork work;
  work.route = route;
  ReportedRoute reported;
  reported.name = name;
  if (route == nullptr) reported.standing = ReportedRoute::Standing::gone;
  const AccountName& from = route != nullptr ? route->from : lane->from;
  const AccountName& to = route != nullptr ? route->to : lane->to;
  for (const auto& [account, provider] : {std::pair(&from, &reported.from), std::pair(&to, &reported.to)}) {
    const auto found = provider_of_.find(*account);
    if (found == provider_of_.end()) continue;
    *provider = providers_[found->second].name;
    if (std::find(work.providers.begin(), work.providers.end(), found->second) == work.providers.end())
      work.providers.push_back(found->second);
  }
  for (const std::size_t provider : work.providers) ++providers_[provider].routes;
  if (route != nullptr && !options_.maintenance.empty())
    work.excluded = widened(excluded_spans(config_, options_.maintenance, *route, options_.span.from, options_.span.until),
                            options_.slot);
  indexes_.emplace(name, work_.size());
  work_.push_back(std::move(work));
  routes_.push_back(std::move(reported));
}

// A provider is under maintenance while all of its routes are.
void Assembly::make_parts() {
  std::vector<std::vector<const Spans*>> excluded(providers_.size() + 1);
  std::vector<Duration> every(providers_.size() + 1, Duration::max());
  route_parts_.reserve(work_.size());
  for (std::size_t i = 0; i < work_.size(); ++i) {
    const RouteWork& work = work_[i];
    const Duration cadence = work.route != nullptr ? work.route->every : usual_cadence;
    route_parts_.emplace_back(routes_[i].tally, Series::Options{options_.span, options_.slot, cadence, work.excluded, nullptr});
    std::vector<std::size_t> wholes = work.providers;
    wholes.push_back(providers_.size());
    for (const std::size_t whole : wholes) {
      every[whole] = std::min(every[whole], cadence);
      if (work.route != nullptr) excluded[whole].push_back(&work.excluded);
    }
  }
  for (auto& cadence : every)
    if (cadence == Duration::max()) cadence = usual_cadence;
  for (std::size_t i = 0; i < providers_.size(); ++i)
    provider_parts_.emplace_back(providers_[i].tally, Series::Options{options_.span, options_.slot, every[i],
                                                                      common(excluded[i]), options_.month});
  all_part_.emplace_back(all_tally_, Series::Options{options_.span, options_.slot, every.back(), common(excluded.back()),
                                                     options_.month});
}

void Assembly::add(const LaneSlot& slot) {
  const auto found = route_of_lane_.find(slot.lane);
  if (found == route_of_lane_.end()) return;
  if (slot_ != slot.start) close_slot();
  slot_ = slot.start;
  RouteWork& work = work_[found->second];
  if (!work.touched) touched_.push_back(found->second);
  work.touched = true;
  for (std::size_t fate = 0; fate < work.now.size(); ++fate) work.now[fate] += slot.by_fate[fate];
}

void Assembly::add_times(const LaneSlot& slot) {
  const auto found = route_of_lane_.find(slot.lane);
  if (found != route_of_lane_.end()) route_parts_[found->second].times.merge(slot.round_trip);
}

void Assembly::add_pending(const RouteName& route) {
  const auto found = indexes_.find(route);
  if (found == indexes_.end()) return;
  const auto pending = static_cast<std::size_t>(Fate::pending);
  ++routes_[found->second].tally.by_fate[pending];
  for (const std::size_t provider : work_[found->second].providers) ++providers_[provider].tally.by_fate[pending];
  ++all_tally_.by_fate[pending];
}

void Assembly::close_slot() {
  if (!slot_) return;
  for (const std::size_t index : touched_) judge_route(index);
  for (const std::size_t index : touched_) {
    route_parts_[index].close(*slot_);
    work_[index].touched = false;
    work_[index].now = {};
    for (const std::size_t provider : work_[index].providers) provider_parts_[provider].close(*slot_);
  }
  all_part_.front().close(*slot_);
  touched_.clear();
}

// One route's canaries of one slot: what they count for the route, its providers and everything.
void Assembly::judge_route(std::size_t index) {
  const RouteWork& work = work_[index];
  const std::int64_t valid = settled(work.now), bad = bad_of(work.now);
  const TimeSpan span{*slot_, *slot_ + options_.slot};
  const bool excluded = touches(work.excluded, span);
  const Charge charge = bad > 0 && !excluded ? options_.charges->of(routes_[index].name, span) : Charge();

  const auto count = [&](Part& part, bool charged) {
    for (std::size_t fate = 0; fate < work.now.size(); ++fate) part.tally->by_fate[fate] += work.now[fate];
    if (excluded) {
      part.tally->in_maintenance += valid;
      return;
    }
    const std::int64_t held = charged ? bad : 0;
    const std::int64_t counted = valid - bad + held;
    if (!charged) (charge.own ? part.tally->own_fault : part.tally->of_others) += bad;
    part.tally->valid += counted;
    part.tally->good += counted - held;
    if (counted > 0) part.add(static_cast<double>(held) / static_cast<double>(counted));
  };
  count(route_parts_[index], !charge.own);
  for (const std::size_t provider : work.providers) count(provider_parts_[provider], charge.to(providers_[provider].name));
  count(all_part_.front(), !charge.own);
}

void Assembly::finish(MonthReport& report) {
  close_slot();
  for (std::size_t i = 0; i < work_.size(); ++i) {
    for (const std::size_t provider : work_[i].providers) provider_parts_[provider].times.merge(route_parts_[i].times);
    all_part_.front().times.merge(route_parts_[i].times);
    route_parts_[i].finish();
  }
  for (std::size_t i = 0; i < providers_.size(); ++i) {
    provider_parts_[i].finish();
    providers_[i].days = provider_parts_[i].series.days();
  }
  Part& all = all_part_.front();
  all.finish();

  const auto budget_of = [&](const Part& part, double objective) {
    Budget budget;
    budget.objective = objective;
    const Tally& tally = *part.tally;
    // A month that lasts: what is to come will be measured.
    const Duration promised = tally.measured + (options_.month->span.until - options_.span.until);
    const auto canaries = static_cast<double>(tally.valid);
    const auto share = [&](double whole) { return static_cast<std::int64_t>((1 - objective) * whole + 0.5); };
    budget.allowed = Duration(share(static_cast<double>(promised.count())));
    budget.spent = tally.bad;
    budget.canaries_spent = tally.valid - tally.good;
    const double stretch = tally.measured > Duration{} ? static_cast<double>(promised.count()) / static_cast<double>(tally.measured.count()) : 0;
    budget.canaries_allowed = share(canaries * stretch);
    if (tally.measured == Duration{}) return budget;
    budget.verdict = budget.spent > budget.allowed ? Verdict::broken : Verdict::kept;
    budget.ran_out_at = part.series.passed(budget.allowed);
    return budget;
  };
  for (std::size_t i = 0; i < providers_.size(); ++i)
    providers_[i].budget = budget_of(provider_parts_[i], config_.slo.objective_of(providers_[i].name));
  report.budget = budget_of(all, config_.slo.objective);
  report.all = all_tally_;
  report.days = all.series.days();
  report.providers = std::move(providers_);
  report.routes = std::move(routes_);
}

}  // namespace mailcanary
