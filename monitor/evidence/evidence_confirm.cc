// What is asked next: confirming canaries and looks into mailboxes, a few at a time.
#include <algorithm>

#include "monitor/evidence/evidence.h"

namespace mailcanary {
namespace {

// So many confirming canaries may be out at once while a suspicion is so strong (log odds, blips not ruled out). When it is
// strong enough, only time is missing. A weak one is pursued where all seem to fail, since few canaries settle that.
constexpr double strong_enough = 24, strong = 8.5, weak = 5.4;
constexpr int out_when_strong = 6, out_when_weak = 3;

int may_be_out(const Score& score) {
  if (score.odds_but_for_blips >= strong_enough) return 0;
  if (score.odds_but_for_blips >= strong || score.odds_if_all_fail >= strong - 1) return out_when_strong;
  return score.odds_if_all_fail >= weak ? out_when_weak : 0;
}

constexpr int asked_of_a_refusal = 5;
constexpr double refusal = 4;           // log odds of one, about
constexpr Duration question_waits = std::chrono::minutes(1);
constexpr int asked_who = 12;           // of one disruption, to tell who it is
constexpr std::size_t mailboxes_looked_into = 8;

std::size_t at(Stretch stretch) { return static_cast<std::size_t>(stretch); }

}  // namespace

void Evidence::confirm(Weighed& weighed, WallTime now) {
  for (const auto& one : watched_) {
    if (one->state != Case::State::out) continue;
    const AccountName& to = config_.routes[one->route].to;
    MailboxState& mailbox = mailboxes_[to];
    if (now - std::max(mailbox.looked_at.value_or(WallTime{}), mailbox.asked_at) < pace(*one, now)) continue;
    mailbox.asked_at = now;
    weighed.look.insert(to);
  }
  // Is it us? Mailboxes elsewhere tell without a canary.
  if (hot_.contains(parts_.ours) && states_[parts_.ours].score.bad > 0 && now - confirming_.looked_at >= 10 * tick_) {
    confirming_.looked_at = now;
    for (const auto& [name, mailbox] : mailboxes_) {
      if (weighed.look.size() < mailboxes_looked_into) weighed.look.insert(name);
    }
  }
  std::erase_if(confirming_.sent, [&](const CasePtr& one) {
    return !one->pending() || now - one->sent_at > 2 * config_.routes[one->route].late_after;
  });
  answer_questions(weighed, now);
  pursue(weighed, now);
  for (auto& disruption : disruptions_) {
    const bool clear = !disruption.blame.provider.empty() && disruption.blame.leg != Leg::unknown;
    if (!disruption.narrows || clear || disruption.blame.self || disruption.one_path || disruption.asked >= asked_who) continue;
    if (disruption.suspects.size() < 2 || now - disruption.asked_at < 5 * tick_) continue;
    disruption.asked_at = now;
    ++disruption.asked;
    ask(weighed, disruption.suspects, disruption.odds, now);
  }
}

bool Evidence::send(Weighed& weighed, std::size_t route, double odds, WallTime now) {
  if (!confirming_.may_spend(odds)) return false;
  confirming_.budget -= 1;
  confirming_.last_on[route] = confirming_.last_at = now;
  weighed.confirm.push_back(route);
  return true;
}

void Evidence::ask(Weighed& weighed, const std::vector<std::size_t>& suspects, double odds, WallTime now) {
  if (suspects.empty()) return;
  const auto busy = [&](std::size_t route) {
    const auto last = confirming_.last_on.find(route);
    const bool just_now = last != confirming_.last_on.end() && now - last->second < 5 * tick_;
    return confirming_.under_way(route) + (just_now ? 1.0 : 0.0) +
           static_cast<double>(std::count(weighed.confirm.begin(), weighed.confirm.end(), route));
  };
  if (const auto route = telling_route(parts_, suspects, busy)) send(weighed, *route, odds, now);
}

// A canary fared badly. Of one that stays out: a second one on its route. Of one that was refused: one after another, until
// one gets through.
void Evidence::answer_questions(Weighed& weighed, WallTime now) {
  for (auto& question : confirming_.questions) {
    const Case& about = *question.about;
    const Route& route = config_.routes[about.route];
    const bool settled_well = about.state == Case::State::arrived || (question.stretch == Stretch::handing_over && about.state == Case::State::out);
    if (settled_well || about.weight[at(question.stretch)].explained_by != 0) question.asked = asked_of_a_refusal;
    if (question.asked >= asked_of_a_refusal || now < question.next_at) continue;
    auto suspects = parts_.of_route[at(question.stretch)][about.route];
    std::stable_sort(suspects.begin(), suspects.end(), [&](std::size_t a, std::size_t b) {
      return states_[a].score.odds_but_for_blips > states_[b].score.odds_but_for_blips;
    });
    if (question.stretch == Stretch::transit) {
      if (about.purpose == CanaryPurpose::scheduled) send(weighed, about.route, 0, now);
      question.asked = asked_of_a_refusal;
      continue;
    }
    bool got_through = false;
    for (const std::size_t part : suspects) {
      if (part == parts_.ours) continue;
      for (const auto& one : states_[part].cases) {
        const Weight& weight = weight_in(part, *one);
        got_through = got_through || (!weight.bad && one->sent_at > about.sent_at && config_.routes[one->route].from == route.from);
      }
    }
    question.asked = got_through ? asked_of_a_refusal : question.asked + 1;
    question.next_at = now + 2 * tick_;
    if (got_through) continue;
    if (question.asked == 1) {
      send(weighed, about.route, refusal, now);
    } else {
      ask(weighed, suspects, refusal, now);
    }
  }
  std::erase_if(confirming_.questions, [&](const Confirming::Question& question) {
    return question.asked >= asked_of_a_refusal || now - question.next_at > question_waits;
  });
}

// A suspicion that grows is followed until it is certain or gone.
void Evidence::pursue(Weighed& weighed, WallTime now) {
  std::optional<std::size_t> first;
  for (const std::size_t part : hot_) {
    const Score& score = states_[part].score;
    if (score.odds_but_for_blips < weak) continue;
    if (!first || score.odds_but_for_blips > states_[*first].score.odds_but_for_blips) first = part;
  }
  if (!first || may_be_out(states_[*first].score) == 0) return;
  const double odds = states_[*first].score.odds_but_for_blips;
  const Stretch stretch = parts_.list[*first].stretch;
  const bool handing = stretch == Stretch::handing_over;
  if (handing && now - confirming_.last_at < 2 * tick_) return;
  std::vector<std::size_t> suspects = {*first};
  for (const std::size_t part : hot_) {
    if (part != *first && parts_.list[part].stretch == stretch && states_[part].score.odds_but_for_blips >= odds - 3)
      suspects.push_back(part);
  }
  auto out = std::count_if(confirming_.sent.begin(), confirming_.sent.end(),
                           [&](const CasePtr& one) { return passes(parts_.list[*first], one->route); });
  const int most = handing ? 1 : may_be_out(states_[*first].score);
  for (; out < most; ++out) ask(weighed, suspects, odds, now);
}

}  // namespace mailcanary
