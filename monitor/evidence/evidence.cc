// What becomes evidence: news of canaries, and what is learned from them.
#include "monitor/evidence/evidence.h"

#include <algorithm>

namespace mailcanary {
namespace {

constexpr double own_weight = 20, wider_weight = 20;  // canaries that a stream must know to outweigh a wider one
constexpr double assumed_tail = 0.03, tail_weight = 150;
constexpr std::size_t kept_in_calm = 8, kept_at_most = 256;
// News of a canary that was sent longer ago says nothing of now.
constexpr Duration newsworthy = std::chrono::hours(6), freshly_sent = std::chrono::minutes(5);
constexpr Duration learned_after = std::chrono::hours(1);
constexpr Duration shortest_tick = std::chrono::milliseconds(250);
constexpr double suspicious_share = 0.02, curious_share = 0.1, above_the_tail = 1.3;

std::size_t at(Stretch stretch) { return static_cast<std::size_t>(stretch); }

Case::State state_of(const Canary& canary) {
  switch (canary.fate) {
    case Fate::pending: return canary.accepted_at ? Case::State::out : Case::State::handing_over;
    case Fate::delivered:
    case Fate::late:
    case Fate::junked: return Case::State::arrived;
    case Fate::rejected:
    case Fate::deferred:
    case Fate::unreachable: return Case::State::refused;
    case Fate::bounced:
    case Fate::lost:
    case Fate::unknown: break;
  }
  return Case::State::gone;
}

std::optional<Duration> refused_after(const Canary& canary) {
  Duration took{};
  for (const auto& stage : canary.stages) took += stage.took.value_or(Duration::zero());
  return took;
}

}  // namespace

Evidence::Evidence(const Config& config, double enough) : config_(config), enough_(enough), parts_(parts_of(config)) {
  states_.resize(parts_.list.size());
  for (const auto& route : config.routes) tick_ = std::min(tick_, std::max<Duration>(route.late_after / 60, shortest_tick));
  std::map<ProviderName, std::size_t> provider_at;
  for (const auto& provider : config.providers) provider_at.emplace(provider.name, provider_at.size());
  std::map<AccountName, std::size_t> account_at;
  for (const auto& account : config.accounts) {
    account_at.emplace(account.name, account_at.size());
    mailboxes_[account.name].provider = account.provider.str();
  }
  inbound_.resize(provider_at.size());
  habits_.resize(account_at.size());
  answers_.resize(account_at.size());
  routes_.reserve(config.routes.size());
  for (const auto& route : config.routes) {
    numbers_[route.name] = routes_.size();
    RouteState state;
    state.from = account_at.at(route.from);
    state.to_provider = provider_at.at(config.account(route.to)->provider);
    routes_.push_back(std::move(state));
  }
}

// ---- canaries -------------------------------------------------------------------------------------------------------

void Evidence::note(const Canary& canary, WallTime now) {
  const auto number = numbers_.find(canary.route);
  if (number != numbers_.end()) note(number->second, canary, now);
}

void Evidence::note(std::size_t route, const Canary& canary, WallTime now) {
  const auto known = pending_.find(canary.id);
  if (canary.fate == Fate::unknown) {  // our own fault: of others it says nothing
    if (known == pending_.end()) return;
    const CasePtr one = known->second;
    pending_.erase(known);
    for (Weight& weight : one->weight) weight.counts = false;
    one->ours.counts = false;
    if (one->state == Case::State::handing_over && now - canary.sent_at < freshly_sent) blame_us(one, canary.reason);
    return;
  }
  if (canary.sent_at < routes_[route].explained_until || now - canary.sent_at > newsworthy) {
    if (known == pending_.end() || canary.fate == Fate::pending) return;
    known->second->state = state_of(canary);  // it is not out any more, and says nothing else
    for (Weight& weight : known->second->weight) weight.counts = false;
    pending_.erase(known);
    return;
  }
  // What is settled was known while it was pending, but for what a start finds in the ledger.
  if (known == pending_.end() && canary.fate != Fate::pending && weighed_at_ != WallTime{}) return;
  CasePtr one = known == pending_.end() ? std::make_shared<Case>() : known->second;
  const Case::State before = one->state;
  if (known == pending_.end()) {
    one->id = canary.id;
    one->route = route;
    one->purpose = canary.purpose;
    pending_.emplace(canary.id, one);
    if (canary.purpose == CanaryPurpose::confirming) {
      confirming_.sent.push_back(one);
    } else {
      confirming_.earn();
    }
  }
  const bool fresh = known == pending_.end();
  const bool moved_in_time = one->sent_at != canary.sent_at;
  one->sent_at = one->weight[0].sent_at = one->weight[1].sent_at = one->ours.sent_at = canary.sent_at;
  one->state = state_of(canary);
  one->deferred = canary.fate == Fate::deferred;
  if (!fresh && one->state == before && !moved_in_time) return;
  if (!canary.reason.empty()) one->words = canary.reason;

  const Route& config_route = config_.routes[route];
  switch (one->state) {
    case Case::State::handing_over:
      due_.emplace(canary.sent_at + tick_ * 4, Due{one, Stretch::handing_over});
      return;
    case Case::State::out:
      one->usual_until = canary.sent_at + suspicious_age(*one);
      due_.emplace(one->usual_until, Due{one, Stretch::transit});
      break;
    case Case::State::arrived:
      one->late = canary.round_trip.value_or(Duration::zero()) > config_route.late_after;
      if (one->late) one->held_by = holder_of(canary, *config_.account(config_route.from), *config_.account(config_route.to));
      break;
    case Case::State::refused:
    case Case::State::gone: break;
  }
  if (fresh || before == Case::State::handing_over) {  // an answer
    const bool refused = one->state == Case::State::refused;
    const bool answered = !canary.smtp_reply.empty() || !refused;
    reckon_ours(*one, refused_after(canary).value_or(Duration::zero()), answered);
    if (!refused && canary.accepted_at) answers_[routes_[route].from].arrived(*canary.accepted_at - canary.sent_at);
    reckon(*one, now);
    if (refused) {
      lessons_.push_back({now, one, std::nullopt});
    } else {
      habits_[routes_[route].from].seen(false);
    }
    list(one, Stretch::handing_over);
    const bool asks = canary.purpose == CanaryPurpose::scheduled && now - canary.sent_at < freshly_sent;
    if (refused && asks)
      confirming_.questions.push_back({one, Stretch::handing_over, now + 2 * tick_, 0});
    if (refused) one->words = canary.reason;
  }
  if (one->state == Case::State::arrived || one->state == Case::State::gone) {
    reckon(*one, now);
    learn_from(one, canary, now);
    list(one, Stretch::transit);
    const bool asks = canary.purpose == CanaryPurpose::scheduled && now - canary.sent_at < freshly_sent;
    if (one->state == Case::State::gone && asks)
      confirming_.questions.push_back({one, Stretch::transit, now, 0});
  }
  if (!one->pending()) pending_.erase(canary.id);
  moved_ = true;
}

// Trouble must not become normal: what fared badly is learned when it has turned out to be nobody's disruption.
void Evidence::learn_from(const CasePtr& one, const Canary& canary, WallTime now) {
  if (one->weight[at(Stretch::transit)].bad) {
    lessons_.push_back({now, one, canary.round_trip});
    return;
  }
  if (!canary.round_trip) return;
  RouteState& state = routes_[one->route];
  for (Normal* normal : {&state.normal, &inbound_[state.to_provider], &all_}) normal->arrived(*canary.round_trip);
}

bool Evidence::explained(const Case& one) const {
  return one.weight[0].explained_by != 0 || one.weight[1].explained_by != 0;
}

void Evidence::learn_later(WallTime now) {
  for (; !lessons_.empty() && now - lessons_.front().at >= learned_after; lessons_.pop_front()) {
    const Lesson& lesson = lessons_.front();
    if (explained(*lesson.one)) continue;
    RouteState& state = routes_[lesson.one->route];
    if (lesson.one->state == Case::State::refused) {
      habits_[state.from].seen(true);
      continue;
    }
    for (Normal* normal : {&state.normal, &inbound_[state.to_provider], &all_})
      lesson.round_trip ? normal->arrived(*lesson.round_trip) : normal->never_came();
  }
}

void Evidence::learn(const RouteName& route, const Histogram& round_trips, std::int64_t lost) {
  const auto number = numbers_.find(route);
  if (number == numbers_.end()) return;
  RouteState& state = routes_[number->second];
  for (Normal* normal : {&state.normal, &inbound_[state.to_provider], &all_}) {
    normal->arrived(round_trips);
    if (lost > 0) normal->never_came(static_cast<double>(lost));
  }
}

// What a route has shown itself counts as soon as it is enough; before, what others into the same provider have.
double Evidence::still_out(std::size_t route, Duration age) const {
  if (age <= Duration::zero()) return 1;
  const RouteState& state = routes_[route];
  const auto leaning = [&](const Normal& own, double wider, double weight) {
    return (own.count() * own.still_out(age) + weight * wider) / (own.count() + weight);
  };
  const double assumed = assumed_still_out(age, config_.routes[route].late_after);
  const double everywhere = leaning(all_, assumed, own_weight);
  const double learned = leaning(state.normal, leaning(inbound_[state.to_provider], everywhere, wider_weight), own_weight);
  // What comes late is learned late: before, the few that were seen tell too little of it.
  return std::max(learned, assumed_tail * tail_weight / (all_.count() + tail_weight));
}

double Evidence::usual_trouble(const RouteName& route) const {
  const std::size_t number = numbers_.at(route);
  const Habit& handing = habits_[routes_[number].from];
  return std::min(0.5, handing.share_of_deferred() + still_out(number, config_.routes[number].late_after));
}

// A confirming one was sent to see whether it stays out: that is of interest sooner.
Duration Evidence::suspicious_age(const Case& one) {
  RouteState& state = routes_[one.route];
  const double count = state.normal.count();
  const bool confirming = one.purpose == CanaryPurpose::confirming;
  if (state.suspicious_known < 0 || std::abs(count - state.suspicious_known) >= 10 + 0.05 * count) {
    state.suspicious_known = count;
    const Duration late_after = config_.routes[one.route].late_after;
    const auto age_of = [&](double share) {
      Duration age = late_after / 60;
      while (age < late_after && still_out(one.route, age) > share) age += std::max<Duration>(age / 12, Duration(1));
      return age;
    };
    const double tail = still_out(one.route, late_after);
    state.suspicious_at = age_of(std::max(suspicious_share, above_the_tail * tail));
    state.curious_at = age_of(std::max(curious_share, above_the_tail * tail));
  }
  return confirming ? state.curious_at : state.suspicious_at;
}

// ---- lists ----------------------------------------------------------------------------------------------------------

Weight& Evidence::weight_in(std::size_t part, Case& one) const {
  return part == parts_.ours ? one.ours : one.weight[at(parts_.list[part].stretch)];
}

std::vector<const Weight*> Evidence::weights_of(std::size_t part) const {
  std::vector<const Weight*> weights;
  weights.reserve(states_[part].cases.size());
  for (const auto& one : states_[part].cases) weights.push_back(&weight_in(part, *one));
  return weights;
}

void Evidence::list(const CasePtr& one, Stretch stretch) {
  const bool listed = std::exchange(one->listed[at(stretch)], true);
  for (const std::size_t part : parts_.of_route[at(stretch)][one->route]) {
    if (!listed) insert(part, one);
    states_[part].moved = true;
    if (const Weight& weight = weight_in(part, *one); !weight.bad || !weight.counts) continue;
    hot_.insert(part);
    if (part == parts_.ours)
      failed_for_us_.emplace_back(one->sent_at, config_.account(config_.routes[one->route].from)->provider.str());
  }
}

void Evidence::insert(std::size_t part, const CasePtr& one) {
  PartState& state = states_[part];
  auto place = state.cases.end();
  while (place != state.cases.begin() && (*std::prev(place))->sent_at > one->sent_at) --place;
  state.cases.insert(place, one);
  state.moved = true;
  if (const Weight& weight = weight_in(part, *one); weight.bad && weight.counts) hot_.insert(part);
  trim(part);
}

void Evidence::trim(std::size_t part) {
  PartState& state = states_[part];
  const std::size_t kept = hot_.contains(part) ? kept_at_most : kept_in_calm;
  while (state.cases.size() > kept) state.cases.pop_front();
}

void Evidence::explain(const RouteName& route, WallTime before) {
  const auto found = numbers_.find(route);
  if (found == numbers_.end()) return;
  const std::size_t number = found->second;
  routes_[number].explained_until = std::max(routes_[number].explained_until, before);
  const auto spoken = [&](const CasePtr& one) { return one->route == number && one->sent_at < before; };
  for (const auto stretch : {Stretch::handing_over, Stretch::transit}) {
    for (const std::size_t part : parts_.of_route[at(stretch)][number]) {
      erase_those(states_[part].cases, spoken);
      states_[part].moved = true;
    }
  }
  std::erase_if(watched_, spoken);
  for (auto& disruption : disruptions_) {
    if (disruption.members.erase(route) == 0) continue;
    disruption.narrows = false;
    disruption.recovered.insert(route);
  }
  moved_ = true;
}

}  // namespace mailcanary
