// What is asked next: confirming canaries and looks into mailboxes, a few at a time.
#include <algorithm>

#include "monitor/evidence/evidence.h"

namespace mailcanary {
namespace {

// What is strong enough (log odds, blips not ruled out) only waits for time to pass.
constexpr double strong_enough = 24, strong = 7.5, weak = 5.4;
constexpr double now_and_then = 6, hardly_chance = 8.5;  // where only some fail
// So many confirming canaries may be out at once. Where all seem to fail, few settle it, at once; where some do, many are
// needed, and they take their time.
constexpr int out_when_strong = 6, out_when_weak = 3;

struct Eagerness {
  int out = 0;
  Pursuit pursuit = Pursuit::some_may_fail;
};
Eagerness eagerness(const Score& score) {
  if (score.odds_but_for_blips >= strong_enough) return {};
  if (score.odds_if_all_fail >= strong) return {out_when_strong, Pursuit::all_fail};
  if (score.odds_if_all_fail >= weak) return {out_when_weak, Pursuit::all_fail};
  if (score.odds_but_for_blips >= hardly_chance) return {out_when_strong, Pursuit::some_fail};
  return {score.odds_but_for_blips >= now_and_then ? out_when_strong : 0, Pursuit::some_may_fail};
}

constexpr int asked_of_a_refusal = 5;
constexpr Duration question_waits = std::chrono::minutes(1);
constexpr int asked_who = 12;           // of one disruption, to tell who it is
constexpr std::size_t mailboxes_looked_into = 8;
constexpr Duration anchors_left_alone = std::chrono::seconds(10);

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
  // Is it us? Mailboxes elsewhere, and anchors, tell without a canary.
  if (hot_.contains(parts_.ours) && states_[parts_.ours].score.bad > 0 && now - confirming_.looked_at >= 10 * tick_) {
    confirming_.looked_at = now;
    weighed.ask_anchors = !config_.anchors.empty() && now - anchors_asked_at_ >= anchors_left_alone;
    if (weighed.ask_anchors) anchors_asked_at_ = now;
    for (const auto& [name, mailbox] : mailboxes_) {
      if (weighed.look.size() < mailboxes_looked_into) weighed.look.insert(name);
    }
  }
  std::erase_if(confirming_.sent, [&](const CasePtr& one) {
    return !one->pending() || now - one->sent_at > 2 * config_.routes[one->route].late_after;
  });
  const bool ours = std::any_of(disruptions_.begin(), disruptions_.end(), [](const Disruption& one) { return one.blame.self; });
  if (ours) {  // what cannot leave us asks nobody
    confirming_.questions.clear();
    return;
  }
  answer_questions(weighed, now);
  pursue(weighed, now);
  for (auto& disruption : disruptions_) {
    const bool clear = !disruption.blame.provider.empty() && disruption.blame.leg != Leg::unknown;
    if (!disruption.narrows || clear || disruption.blame.self || disruption.one_path || disruption.asked >= asked_who) continue;
    if (disruption.suspects.size() < 2 || now - disruption.asked_at < 5 * tick_) continue;
    disruption.asked_at = now;
    ++disruption.asked;
    ask(weighed, disruption.suspects, Pursuit::all_fail, now);
  }
}

bool Evidence::send(Weighed& weighed, std::size_t route, Pursuit pursuit, WallTime now) {
  if (!confirming_.may_spend(pursuit)) return false;
  confirming_.budget -= 1;
  confirming_.last_on[route] = confirming_.last_at = now;
  weighed.confirm.push_back(route);
  return true;
}

void Evidence::ask(Weighed& weighed, const std::vector<std::size_t>& suspects, Pursuit pursuit, WallTime now) {
  if (suspects.empty()) return;
  const auto busy = [&](std::size_t route) {
    const auto last = confirming_.last_on.find(route);
    const bool just_now = last != confirming_.last_on.end() && now - last->second < 5 * tick_;
    return confirming_.under_way(route) + (just_now ? 1.0 : 0.0) +
           static_cast<double>(std::count(weighed.confirm.begin(), weighed.confirm.end(), route));
  };
  if (const auto route = telling_route(parts_, suspects, pursuit, busy)) send(weighed, *route, pursuit, now);
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
      if (about.purpose == CanaryPurpose::scheduled) send(weighed, about.route, Pursuit::the_only_one, now);
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
      send(weighed, about.route, Pursuit::all_fail, now);
    } else {
      ask(weighed, suspects, Pursuit::all_fail, now);
    }
  }
  std::erase_if(confirming_.questions, [&](const Confirming::Question& question) {
    return question.asked >= asked_of_a_refusal || now - question.next_at > question_waits;
  });
}

// A suspicion that grows is followed until it is certain or gone.
void Evidence::pursue(Weighed& weighed, WallTime now) {
  std::optional<std::size_t> first;
  // What is strong enough comes first of all, so that what it will explain is not asked about.
  const auto rank = [&](std::size_t part) {
    const Score& score = states_[part].score;
    const bool urgent = score.odds_but_for_blips >= strong_enough || eagerness(score).pursuit == Pursuit::all_fail;
    return std::pair(urgent, score.odds_but_for_blips);
  };
  for (const std::size_t part : hot_) {
    if (states_[part].score.odds_but_for_blips < weak) continue;
    if (!first || rank(part) > rank(*first)) first = part;
  }
  if (!first) return;
  const auto [most_out, pursuit] = eagerness(states_[*first].score);
  if (most_out == 0) return;
  const double odds = states_[*first].score.odds_but_for_blips;
  const Stretch stretch = parts_.list[*first].stretch;
  const bool handing = stretch == Stretch::handing_over;
  if (handing && now - confirming_.last_at < 2 * tick_) return;
  std::vector<std::size_t> suspects = {*first};
  for (const std::size_t part : hot_) {
    if (part != *first && parts_.list[part].stretch == stretch && states_[part].score.odds_but_for_blips >= odds - 3)
      suspects.push_back(part);
  }
  // Those that say nothing yet are waited for.
  const auto tells = [&](const CasePtr& one) {
    return std::any_of(suspects.begin(), suspects.end(), [&](std::size_t part) { return passes(parts_.list[part], one->route); });
  };
  auto out = std::count_if(confirming_.sent.begin(), confirming_.sent.end(),
                           [&](const CasePtr& one) { return !one->suspicious && tells(one); });
  const int most = handing ? 1 : most_out;
  for (; out < most; ++out) ask(weighed, suspects, pursuit, now);
}

}  // namespace mailcanary
