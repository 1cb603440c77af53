// What the evidence says: the weight of each canary, the score of each part, and when one is certainly disrupted.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/text.h"
#include "monitor/evidence/evidence.h"

namespace mailcanary {
namespace {

constexpr double least_chance = 0.003;  // of staying out although all is well
constexpr double late_counts = 0.4;     // it came: that it was late may have many harmless reasons
constexpr double close = 3;             // scores nearer than this to the best one are as good
constexpr double as_good = 0.75;
constexpr double telling = 2.5;         // log odds from which a canary shows what a disruption is about
// That both directions of a provider fail now and then, or all ways, is rarer than that one leg does.
constexpr double wide_needs_more = 2;
constexpr std::size_t canaries_told = 3;
// Who it is may become clearer for so many cadences after it was found.
constexpr int cadences_to_narrow = 6;
constexpr std::size_t most_at_once = 4;
constexpr double usual_answer = 0.03;   // so many answers take as long: nothing to worry about yet

std::size_t at(Stretch stretch) { return static_cast<std::size_t>(stretch); }

void set(Weight& weight, const LogOdds& odds, const LogOdds& in_blip, bool bad) {
  weight.odds = odds;
  weight.odds_in_blip = in_blip;
  weight.bad = bad;
}

// Several legs at once.
bool is_wide(const Part& part) {
  const Blame& name = part.names.front();
  return !part.ours && part.routes.size() > 1 && part.stretch == Stretch::transit && name.leg == Leg::unknown;
}

LogOdds scaled(LogOdds odds, double by) {
  for (double& one : odds) one *= by;
  return odds;
}

}  // namespace

// ---- weights --------------------------------------------------------------------------------------------------------

void Evidence::reckon(Case& one, WallTime now) {
  if (one.state == Case::State::handing_over) return reckon_handing_over(one, now - one.sent_at);
  Weight& handed = one.weight[at(Stretch::handing_over)];
  if (one.state == Case::State::refused) {
    const LogOdds odds = against(habits_[routes_[one.route].from].share());
    set(handed, odds, odds, true);
    one.weight[at(Stretch::transit)].counts = false;
    return;
  }
  set(handed, in_favour(), in_favour(), false);
  reckon_transit(one, now);
}

// Servers may be slow to answer for a while, and no harm is done.
void Evidence::reckon_handing_over(Case& one, Duration age) {
  const Normal& answers = answers_[routes_[one.route].from];
  const Duration late_after = config_.routes[one.route].late_after;
  const auto chance = [&](Duration waited) {
    if (waited <= Duration::zero()) return 1.0;
    const double assumed = assumed_still_out(waited, late_after / 4);
    return std::max(least_chance, (answers.count() * answers.still_out(waited) + 20 * assumed) / (answers.count() + 20));
  };
  const LogOdds odds = against(chance(age - late_after / 6));
  set(one.weight[at(Stretch::handing_over)], odds, odds, true);
  one.weight[at(Stretch::transit)].counts = false;
  const LogOdds ours = against(chance(age - late_after / 12));
  set(one.ours, ours, ours, true);
}

// Whoever answers, be it with a refusal, shows that our own side works; a quick end without an answer shows nothing.
void Evidence::reckon_ours(Case& one, Duration took, bool answered) {
  one.ours.counts = answered || took > config_.routes[one.route].late_after / 30;
  const LogOdds odds = answered ? in_favour() : against(habits_[routes_[one.route].from].share());
  set(one.ours, odds, odds, !answered);
}

void Evidence::reckon_transit(Case& one, WallTime now) {
  Weight& weight = one.weight[at(Stretch::transit)];
  weight.counts = true;
  const Route& route = config_.routes[one.route];
  const auto chance = [&](Duration age) { return std::max(least_chance, still_out(one.route, age)); };
  switch (one.state) {
    case Case::State::arrived: {
      if (!one.late) return set(weight, in_favour(), in_favour(), false);
      const LogOdds odds = scaled(against(chance(route.late_after)), late_counts);
      return set(weight, odds, odds, true);
    }
    case Case::State::out: {
      const Duration age = known_age(one, now);
      return set(weight, against(chance(age)), against(chance(age - route.late_after / 2)), true);
    }
    default: {
      const LogOdds odds = against(least_chance);
      return set(weight, odds, odds, true);
    }
  }
}

// ---- parts ----------------------------------------------------------------------------------------------------------

// Only a look into its mailbox tells that a canary is not there.
Duration Evidence::known_age(const Case& one, WallTime now) const {
  const auto mailbox = mailboxes_.find(config_.routes[one.route].to);
  if (mailbox == mailboxes_.end() || !mailbox->second.looked_at) return Duration::zero();
  return std::max(std::min(now, *mailbox->second.looked_at) - one.sent_at, Duration::zero());
}

// How soon one that is out is looked for again: a lonely one a few times only.
Duration Evidence::pace(const Case& one, WallTime now) const {
  const auto& passed = parts_.of_route[at(one.suspicious ? Stretch::transit : Stretch::handing_over)][one.route];
  const bool lonely = std::all_of(passed.begin(), passed.end(), [&](std::size_t part) { return states_[part].score.bad <= 1; });
  if (explained(one)) return 15 * tick_;
  return std::clamp<Duration>((now - one.sent_at) / (lonely ? 4 : 32), tick_, 60 * tick_);
}

void Evidence::suspect_overdue(Weighed& weighed, WallTime now) {
  std::vector<CasePtr> overdue = std::exchange(unseen_, {});
  for (; !due_.empty() && due_.begin()->first <= now; due_.erase(due_.begin())) {
    const Due& due = due_.begin()->second;
    if ((due.stretch == Stretch::handing_over) == (due.one->state == Case::State::handing_over)) overdue.push_back(due.one);
  }
  for (const auto& one : overdue) {
    if (!one->pending() || one->suspicious || one->sent_at < routes_[one->route].explained_until) continue;
    const bool handing = one->state == Case::State::handing_over;
    const Stretch stretch = handing ? Stretch::handing_over : Stretch::transit;
    if (one->listed[at(stretch)]) continue;
    const Normal& answers = answers_[routes_[one->route].from];
    if (handing && answers.count() > 0 && answers.still_out(now - one->sent_at) > usual_answer) {
      due_.emplace(now + (now - one->sent_at) / 2, Due{one, stretch});
      continue;
    }
    if (!handing && known_age(*one, now) < one->usual_until - one->sent_at) {
      const AccountName& to = config_.routes[one->route].to;
      WallTime& asked = mailboxes_[to].asked_at;
      if (now - asked >= (mailboxes_[to].faulty_since ? 10 : 2) * tick_ || now < asked) {
        asked = now;
        weighed.look.insert(to);
      }
      unseen_.push_back(one);
      continue;
    }
    one->suspicious = !handing;
    reckon(*one, now);
    list(one, stretch);
    watched_.push_back(one);
    if (one->purpose == CanaryPurpose::scheduled) confirming_.questions.push_back({one, stretch, now, 0});
  }
}

void Evidence::weigh_parts(WallTime now) {
  for (const auto& one : watched_) {
    if (!one->pending()) continue;
    reckon(*one, now);
    const bool handing = one->state == Case::State::handing_over;
    for (const std::size_t part : parts_.of_route[at(handing ? Stretch::handing_over : Stretch::transit)][one->route])
      states_[part].moved = true;
  }
  // Even one that is explained grows heavier for a while: it tells who it is.
  std::erase_if(watched_, [&](const CasePtr& one) {
    const bool told_all = explained(*one) && now - one->sent_at > 2 * config_.routes[one->route].late_after;
    if (one->state == Case::State::out) return !one->suspicious || told_all;
    return one->state != Case::State::handing_over;
  });
  for (auto part = hot_.begin(); part != hot_.end();) {
    PartState& state = states_[*part];
    if (!std::exchange(state.moved, false)) {
      ++part;
      continue;
    }
    state.score = score_of(weights_of(*part));
    // Where nothing speaks for trouble any more, the past need not be kept.
    const bool may_grow = state.score.odds_but_for_blips > 0 ||
                          std::any_of(state.cases.begin(), state.cases.end(), [&](const CasePtr& one) {
                            const Weight& weight = weight_in(*part, *one);
                            return weight.bad && weight.counts && (one->pending() || is_open(weight.explained_by));
                          });
    const std::size_t was = *part;
    part = may_grow ? std::next(part) : hot_.erase(part);
    trim(was);
  }
}

// The best parts of a stretch, hardly to be told apart; the first is the widest of the very best.
std::vector<std::size_t> Evidence::candidates(Stretch stretch, std::uint64_t number, double* best) {
  std::vector<std::pair<double, std::size_t>> scored;
  for (const std::size_t part : hot_) {
    if (parts_.list[part].stretch != stretch) continue;
    const Score score = number == 0 ? states_[part].score : score_of(weights_of(part), number);
    if (score.odds > 0) scored.emplace_back(score.odds, part);
    *best = std::max(*best, score.odds);
  }
  std::erase_if(scored, [&](const auto& one) { return one.first < *best - close; });
  std::sort(scored.begin(), scored.end(), [&](const auto& a, const auto& b) {
    const auto order = [&](const auto& one) {
      return std::pair(std::llround((*best - one.first) / as_good), -static_cast<long>(parts_.list[one.second].routes.size()));
    };
    return order(a) < order(b);
  });
  std::vector<std::size_t> found;
  for (const auto& one : scored) found.push_back(one.second);
  return found;
}

bool Evidence::is_open(std::uint64_t number) const {
  return std::any_of(disruptions_.begin(), disruptions_.end(), [&](const Disruption& one) { return one.number == number; });
}

bool Evidence::several_providers(WallTime since) const {
  std::set<std::string> providers;
  for (const auto& [when, provider] : failed_for_us_) {
    if (when >= since) providers.insert(provider);
  }
  return providers.size() > 1;
}

// Not by what happened within an instant: a server that starts anew is away for a moment.
bool Evidence::lasts(const Score& score, Stretch stretch, WallTime now) const {
  if (stretch == Stretch::transit) return true;
  return (score.bad > 1 ? score.last_bad : now) - score.since >= 5 * tick_;
}

bool Evidence::open_next(WallTime now) {
  std::optional<std::size_t> best;
  for (const std::size_t part : hot_) {
    const Score& score = states_[part].score;
    const bool needs_more = score.share < failing_shares.front() && is_wide(parts_.list[part]);
    if (score.odds < enough_ + (needs_more ? wide_needs_more : 0)) continue;
    if (!lasts(score, parts_.list[part].stretch, now)) continue;
    if (part == parts_.ours && !several_providers(score.since)) continue;
    if (!best || score.odds > states_[*best].score.odds) best = part;
  }
  if (!best) return false;
  double most = 0;
  const auto suspects = candidates(parts_.list[*best].stretch, 0, &most);
  Disruption found;
  found.number = ++last_number_;
  found.stretch = parts_.list[*best].stretch;
  found.part = suspects.empty() ? *best : suspects.front();
  found.opened_at = now;
  const Score& score = states_[found.part].score;
  found.since = score.since;
  name(found, suspects);
  take_score(found, score);
  gather(found);
  if (found.members.empty()) return false;  // only looks failed: no canary shows it yet
  found.suspects = suspects;
  disruptions_.push_back(std::move(found));
  return true;
}

void Evidence::take_score(Disruption& disruption, const Score& score) const {
  if (score.odds < disruption.odds) return;
  disruption.odds = score.odds;
  disruption.share = score.share;
  disruption.bad = score.bad;
  disruption.good = score.good;
}

void Evidence::name(Disruption& disruption, const std::vector<std::size_t>& candidates) {
  std::vector<const Part*> parts;
  for (const std::size_t part : candidates) parts.push_back(&parts_.list[part]);
  const bool us = std::find(candidates.begin(), candidates.end(), parts_.ours) != candidates.end();
  if (us && several_providers(disruption.since)) {
    disruption.part = parts_.ours;
    disruption.blame = Blame{{}, {}, Leg::unknown, true};
    return;
  }
  if (parts.empty()) return;
  const Blame blame = common_blame(parts);
  disruption.one_path = parts.size() == 1 && parts_.list[disruption.part].routes.size() == 1 && blame.provider.empty();
  const Part& part = parts_.list[disruption.part];
  const bool everywhere = part.names.front().provider.empty() && !part.ours && part.routes.size() > 1;
  if (!blame.provider.empty() || blame.self || everywhere) disruption.blame = blame;
}

void Evidence::narrow(Disruption& disruption, WallTime now) {
  const Duration cadence = config_.routes[parts_.list[disruption.part].routes.front()].every;
  if (now - disruption.opened_at > cadences_to_narrow * cadence) disruption.narrows = false;
  if (!disruption.narrows) return;
  double most = 0;
  const auto suspects = candidates(disruption.stretch, disruption.number, &most);
  if (suspects.empty() || most < enough_) return;
  if (std::find(suspects.begin(), suspects.end(), disruption.part) == suspects.end()) disruption.part = suspects.front();
  name(disruption, suspects);
  disruption.suspects = suspects;
  take_score(disruption, score_of(weights_of(disruption.part), disruption.number));
}

// Its canaries are explained, and their routes are its members.
void Evidence::gather(Disruption& disruption) {
  for (auto& [route, member] : disruption.members) member.failed = member.late = member.out = 0;
  int bad = 0, good = 0, good_before_bad = 0;
  for (const auto& one : states_[disruption.part].cases) {
    Weight& weight = weight_in(disruption.part, *one);
    if (!weight.counts || one->sent_at < disruption.since || one->id.empty()) continue;
    if (!weight.bad) {
      ++good;
      continue;
    }
    for (Weight* of : {&one->ours, &one->weight[at(disruption.stretch)]}) {
      if (of->explained_by != 0) continue;
      of->explained_by = disruption.number;
      for (const std::size_t part : parts_.of_route[at(disruption.stretch)][one->route]) states_[part].moved = true;
    }
    if (weight.explained_by != disruption.number) continue;
    if (*std::max_element(weight.odds.begin(), weight.odds.end()) < telling * (one->late ? late_counts : 1)) continue;
    ++bad;
    good_before_bad = good;
    const auto [place, fresh] = disruption.members.try_emplace(config_.routes[one->route].name);
    Disruption::Member& member = place->second;
    if (fresh) member.since = one->sent_at;
    member.since = std::min(member.since, one->sent_at);
    member.last_bad = std::max(member.last_bad, one->sent_at);
    if (member.first_error.empty()) member.first_error = one->words;
    const bool told = std::find(member.canaries.begin(), member.canaries.end(), one->id) != member.canaries.end();
    if (!told && member.canaries.size() < canaries_told) member.canaries.push_back(one->id);
    (one->pending() ? member.out : one->late ? member.late : member.failed) += 1;
  }
  if (bad > 0) disruption.fails = static_cast<double>(bad) / (bad + good_before_bad);
}

Evidence::Weighed Evidence::weigh(WallTime now) {
  Weighed weighed;
  const bool set_back = now < weighed_at_;
  if (!moved_ && !set_back && (!again_ || now < *again_)) {
    weighed.again = again_;
    return weighed;
  }
  weighed_at_ = now;
  weighed.moved = true;
  moved_ = false;
  std::erase_if(failed_for_us_, [&](const auto& one) { return now - one.first > std::chrono::hours(1); });
  learn_later(now);
  suspect_overdue(weighed, now);
  weigh_parts(now);
  for (auto& disruption : disruptions_) {
    narrow(disruption, now);
    gather(disruption);
  }
  weigh_parts(now);  // without what they explain
  for (std::size_t i = 0; i < most_at_once && open_next(now); ++i) weigh_parts(now);
  std::erase_if(disruptions_, [](const Disruption& disruption) { return disruption.members.empty(); });
  confirm(weighed, now);
  weighed.again = again_ = next_moment(now);
  return weighed;
}

std::optional<WallTime> Evidence::next_moment(WallTime now) {
  std::optional<WallTime> next;
  const auto not_after = [&](WallTime at) { next = std::min(next.value_or(at), std::max(at, now + Duration(1))); };
  const auto idle = [](const Due& due) {
    return due.stretch == Stretch::handing_over ? due.one->state != Case::State::handing_over
                                                : due.one->state != Case::State::out || due.one->suspicious;
  };
  while (!due_.empty() && idle(due_.begin()->second)) due_.erase(due_.begin());
  if (!due_.empty()) not_after(due_.begin()->first);
  for (const auto& one : watched_) not_after(now + pace(*one, now));
  if (!unseen_.empty()) not_after(now + 2 * tick_);
  for (const auto& question : confirming_.questions) not_after(std::max(question.next_at, now + tick_));
  const bool awaited = std::any_of(confirming_.sent.begin(), confirming_.sent.end(), [](const CasePtr& one) { return !one->suspicious; });
  if (awaited) not_after(now + tick_);
  return next;
}

std::string Evidence::words(const Disruption& disruption) const {
  const int tens = std::clamp(static_cast<int>(disruption.odds / std::log(10.0)), 1, 99);
  return fmt::format("{} of {} failed, came late or stay out too long since the first of them; chance alone does that once in 10^{} times",
                     disruption.bad, count_noun(disruption.bad + disruption.good, "canary", "canaries"), tens);
}

std::optional<WallTime> Evidence::last_bad(const RouteName& route) const {
  std::optional<WallTime> last;
  for (const auto& disruption : disruptions_) {
    if (const auto member = disruption.members.find(route); member != disruption.members.end())
      last = std::max(last.value_or(member->second.last_bad), member->second.last_bad);
  }
  return last;
}

double Evidence::suspicion() const {
  double most = 0;
  for (const std::size_t part : hot_) most = std::max(most, states_[part].score.odds);
  return most;
}

}  // namespace mailcanary
