// Is it us? What canaries that never left, looks into mailboxes and anchors say of our own side.
#include "monitor/evidence/evidence.h"

namespace mailcanary {
namespace {

constexpr const char* the_anchors = "(anchors)";  // no provider has that name

std::size_t at(Stretch stretch) { return static_cast<std::size_t>(stretch); }

}  // namespace

// It never left: our resolver, our disk, our network.
void Evidence::blame_us(const CasePtr& one, const std::string& why) {
  one->state = Case::State::refused;
  one->words = why;
  one->ours.counts = one->ours.bad = true;
  one->ours.odds = one->ours.odds_in_blip = against(Habit{}.share());
  failed_for_us_.emplace_back(one->sent_at, config_.account(config_.routes[one->route].from)->provider.str());
  if (!std::exchange(one->listed[at(Stretch::handing_over)], true)) insert(parts_.ours, one);
  hot_.insert(parts_.ours);
  states_[parts_.ours].moved = true;
  moved_ = true;
}

bool Evidence::certainly_us() const {
  const Score& score = states_[parts_.ours].score;
  return hot_.contains(parts_.ours) && score.odds >= enough_ && several_providers(score.since);
}

void Evidence::looked(const AccountName& mailbox, WallTime at) {
  MailboxState& state = mailboxes_[mailbox];
  state.looked_at = at;
  state.faulty_since.reset();
  if (!watched_.empty() || !unseen_.empty()) moved_ = true;
  const bool said = state.good_for_us_at && at - *state.good_for_us_at < 5 * tick_ && at >= *state.good_for_us_at;
  if (!hot_.contains(parts_.ours) || said) return;
  state.good_for_us_at = at;
  insert_for_us(at, in_favour(), false);
}

void Evidence::could_not_look(const AccountName& mailbox, WallTime at) {
  MailboxState& state = mailboxes_[mailbox];
  if (std::exchange(state.faulty_since, at)) return;  // said before
  failed_for_us_.emplace_back(at, state.provider);
  insert_for_us(at, against(Habit{}.share()), true);
}

// Hosts that have nothing to do with each other fail together only when it is us.
void Evidence::anchors_tried(const AnchorsTried& tried, WallTime at) {
  anchors_ = AnchorNews{at, tried};
  const bool failed = tried.answered == 0;
  if (failed) {
    failed_for_us_.emplace_back(at, the_anchors);
  } else {
    std::erase_if(failed_for_us_, [](const auto& one) { return one.second == the_anchors; });
  }
  insert_for_us(at, failed ? against(Habit{}.share()) : in_favour(), failed);
}

void Evidence::insert_for_us(WallTime at, const LogOdds& odds, bool bad) {
  auto one = std::make_shared<Case>();
  one->state = bad ? Case::State::refused : Case::State::arrived;
  one->ours.sent_at = one->sent_at = at;
  one->ours.odds = one->ours.odds_in_blip = odds;
  one->ours.bad = bad;
  insert(parts_.ours, one);
  moved_ = true;
}

}  // namespace mailcanary
