// What the evidence says: the weight of each canary, and the score of each part.
#include <algorithm>

#include "monitor/evidence/evidence.h"

namespace mailcanary {
namespace {

constexpr double least_chance = 0.003;  // of staying out although all is well
constexpr std::size_t most_at_once = 4;
// To weigh costs time for each part in question. Two hundred cost nothing; thousands are weighed less often.
constexpr std::size_t weighed_at_once = 200;
constexpr Duration pause_per_part = std::chrono::milliseconds(5), longest_pause = std::chrono::seconds(5);
constexpr double usual_answer = 0.03;   // so many answers take as long: nothing to worry about yet

std::size_t at(Stretch stretch) { return static_cast<std::size_t>(stretch); }

void set(Weight& weight, const LogOdds& odds, const LogOdds& in_blip, bool bad) {
  weight.odds = odds;
  weight.odds_in_blip = in_blip;
  weight.bad = bad;
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
    const Habit& habit = habits_[routes_[one.route].from];
    const LogOdds odds = against(one.deferred ? habit.share_of_deferred() : habit.share());
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
    default: {  // gone: some always are
      const LogOdds odds = against(chance(route.lost_after));
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

Evidence::Weighed Evidence::weigh(WallTime now) {
  Weighed weighed;
  const bool set_back = now < weighed_at_;
  if (!moved_ && !set_back && (!again_ || now < *again_)) {
    weighed.again = again_;
    return weighed;
  }
  // While nothing is open, each moment counts.
  const bool many = hot_.size() > weighed_at_once && !disruptions_.empty();
  if (const Duration pause = std::min<Duration>(longest_pause, pause_per_part * hot_.size()); many && !set_back && now - weighed_at_ < pause) {
    weighed.again = weighed_at_ + pause;
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
  weighed.joined = std::exchange(joined_, {});
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

double Evidence::suspicion() const {
  double most = 0;
  for (const std::size_t part : hot_) most = std::max(most, states_[part].score.odds);
  return most;
}

}  // namespace mailcanary
