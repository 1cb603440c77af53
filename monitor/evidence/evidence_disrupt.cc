// What is certainly disrupted: which part, who that blames, and the routes that show it.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/text.h"
#include "monitor/evidence/evidence.h"

namespace mailcanary {
namespace {

constexpr double close = 3;             // scores nearer than this to the best one are as good
constexpr double as_good = 0.75;
constexpr double telling = 2.5;         // log odds from which a canary shows what a disruption is about
// That both directions of a provider fail now and then, or all ways, is rarer than that one leg does.
constexpr double wide_needs_more = 2;
constexpr std::size_t canaries_told = 3;
constexpr int strikes_bring_back = 2;   // a route that had recovered
constexpr int fails_known_after = 12;   // canaries
constexpr int enough_told = 3;          // late canaries whose hops say where they waited
constexpr double mostly = 0.8;          // of them
// Who it is may become clearer for so many cadences after it was found.
constexpr int cadences_to_narrow = 6;

std::size_t at(Stretch stretch) { return static_cast<std::size_t>(stretch); }

// Several legs at once.
bool is_wide(const Part& part) {
  const Blame& name = part.names.front();
  return !part.ours && part.routes.size() > 1 && part.stretch == Stretch::transit && name.leg == Leg::unknown;
}

struct Bad {
  int bad = 0, good_before = 0;  // before the last of them
  int all() const { return bad + good_before; }
};

// By those that have settled, once they are enough; by all that fare badly before. What fails now and then although all
// is well must not make it less, the longer it lasts.
void estimate_fails(Disruption& disruption, const Bad& seen, const Bad& settled) {
  const bool enough = settled.all() >= fails_known_after;
  const Bad& telling_most = enough ? settled : seen;
  if (telling_most.bad == 0) return;
  const double fails = static_cast<double>(telling_most.bad) / telling_most.all();
  disruption.fails = enough && disruption.fails_known ? std::max(disruption.fails, fails) : fails;
  disruption.fails_known = disruption.fails_known || enough;
}

}  // namespace

// The best parts of a stretch, hardly to be told apart; the first is the widest of the very best. Our own side comes last
// while only one provider has failed: it may be us, but nothing shows it.
std::vector<std::size_t> Evidence::candidates(Stretch stretch, std::uint64_t number, double* best) {
  std::vector<std::pair<double, std::size_t>> scored;
  std::optional<std::size_t> unproven;
  for (const std::size_t part : hot_) {
    if (parts_.list[part].stretch != stretch) continue;
    const Score score = number == 0 ? states_[part].score : score_of(weights_of(part), number);
    if (score.odds > 0) scored.emplace_back(score.odds, part);
    if (part == parts_.ours && !several_providers(score.since)) {
      unproven = part;
    } else {
      *best = std::max(*best, score.odds);
    }
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
  if (const auto us = std::find(found.begin(), found.end(), unproven); us != found.end()) std::rotate(us, us + 1, found.end());
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
  for (auto& [route, member] : disruption.members) member.failed = member.late = member.out = member.overdue = 0;
  int good = 0;
  Bad seen, settled;
  std::map<std::size_t, int> strikes;  // bad ones in a row, by route
  disruption.held_by_sender = disruption.held_by_receiver = 0;
  for (const auto& one : states_[disruption.part].cases) {
    Weight& weight = weight_in(disruption.part, *one);
    if (!weight.counts || one->sent_at < disruption.since || one->id.empty()) continue;
    const Route& route = config_.routes[one->route];
    if (!weight.bad) {
      ++good;
      strikes[one->route] = 0;
      continue;
    }
    for (Weight* of : {&one->ours, &one->weight[at(disruption.stretch)]}) {
      if (of->explained_by != 0) continue;
      of->explained_by = disruption.number;
      for (const std::size_t part : parts_.of_route[at(disruption.stretch)][one->route]) states_[part].moved = true;
    }
    if (weight.explained_by != disruption.number) continue;
    if (*std::max_element(weight.odds.begin(), weight.odds.end()) < telling * (one->late ? late_counts : 1)) continue;
    const bool perhaps_only_slow = one->state == Case::State::out && weighed_at_ - one->sent_at < route.late_after;
    if (disruption.recovered.contains(route.name) && (perhaps_only_slow || ++strikes[one->route] < strikes_bring_back)) continue;
    seen.bad += 1;
    seen.good_before = good;
    if (!perhaps_only_slow) settled = {settled.bad + 1, good};
    disruption.held_by_sender += one->held_by == Holder::sender;
    disruption.held_by_receiver += one->held_by == Holder::receiver;
    const auto [place, fresh] = disruption.members.try_emplace(route.name);
    Disruption::Member& member = place->second;
    if (fresh) member.since = one->sent_at;
    if (fresh) joined_.push_back(one->route);
    if (fresh) disruption.recovered.erase(route.name);
    member.since = std::min(member.since, one->sent_at);
    member.last_bad = std::max(member.last_bad, one->sent_at);
    if (member.first_error.empty()) member.first_error = one->words;
    const bool told = std::find(member.canaries.begin(), member.canaries.end(), one->id) != member.canaries.end();
    if (!told && member.canaries.size() < canaries_told) member.canaries.push_back(one->id);
    (one->pending() ? member.out : one->late ? member.late : member.failed) += 1;
    member.overdue += one->pending() && !perhaps_only_slow ? 1 : 0;
  }
  estimate_fails(disruption, seen, settled);
  name_by_hops(disruption);
}

// Two legs whose routes are the same cannot be told apart by any canary, but by where late ones waited.
void Evidence::name_by_hops(Disruption& disruption) {
  const int told = disruption.held_by_sender + disruption.held_by_receiver;
  const bool leg_known = !disruption.blame.provider.empty() && disruption.blame.leg != Leg::unknown;
  if (told < enough_told || (leg_known && !disruption.named_by_hops) || disruption.blame.self) return;
  const int most = std::max(disruption.held_by_sender, disruption.held_by_receiver);
  if (most < mostly * told) return;
  const Leg not_it = most == disruption.held_by_sender ? Leg::inbound : Leg::outbound;
  std::vector<Part> parts;
  for (const std::size_t suspect : disruption.suspects) {
    Part part = parts_.list[suspect];
    const bool several = part.names.size() > 1;
    std::erase_if(part.names, [&](const Blame& name) { return name.leg == not_it || (several && name.leg == Leg::unknown); });
    if (!part.names.empty()) parts.push_back(std::move(part));
  }
  std::vector<const Part*> left;
  for (const Part& part : parts) left.push_back(&part);
  const Blame blame = left.empty() ? Blame{} : common_blame(left);
  if (blame.provider.empty()) return;
  disruption.blame = blame;
  disruption.named_by_hops = true;
  disruption.one_path = false;
}

std::string Evidence::words(const Disruption& disruption) const {
  const int tens = std::clamp(static_cast<int>(disruption.odds / std::log(10.0)), 1, 99);
  std::string text = fmt::format(
      "{} of {} failed, came late or stay out too long since the first of them; chance alone does that once in 10^{} times",
      disruption.bad, count_noun(disruption.bad + disruption.good, "canary", "canaries"), tens);
  if (anchors_ && anchors_->at >= disruption.since && disruption.stretch == Stretch::handing_over)
    text += fmt::format("; {} of {} answered", anchors_->tried.answered, count_noun(anchors_->tried.asked, "anchor", "anchors"));
  if (const int told = disruption.held_by_sender + disruption.held_by_receiver; told > 0)
    text += fmt::format("; of {} that came late and say where they waited, {} did at the sender's hosts and {} at the recipient's",
                        told, disruption.held_by_sender, disruption.held_by_receiver);
  return text;
}

bool Evidence::awaits(const RouteName& route) const {
  return std::any_of(disruptions_.begin(), disruptions_.end(), [&](const Disruption& disruption) {
    const auto member = disruption.members.find(route);
    return member != disruption.members.end() && member->second.out > 0;
  });
}

bool Evidence::may_be_us(const Disruption& disruption) const {
  const auto& suspects = disruption.suspects;
  const bool suspected = std::find(suspects.begin(), suspects.end(), parts_.ours) != suspects.end();
  return disruption.blame.self || (disruption.blame.provider.empty() && suspected);
}

std::optional<WallTime> Evidence::last_bad(const RouteName& route) const {
  std::optional<WallTime> last;
  for (const auto& disruption : disruptions_) {
    if (const auto member = disruption.members.find(route); member != disruption.members.end())
      last = std::max(last.value_or(member->second.last_bad), member->second.last_bad);
  }
  return last;
}

}  // namespace mailcanary
