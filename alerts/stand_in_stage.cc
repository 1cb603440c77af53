// The stage that tells of a dead channel through another one: whoever is called by the dead one has not heard of the
// incident, and somebody must know that.
#include <algorithm>
#include <ranges>
#include <set>

#include <fmt/format.h>

#include "alerts/stages.h"
#include "core/text.h"

namespace mailcanary {
namespace {

using namespace std::chrono_literals;

// Shorter troubles end by themselves. What is not even tried again for so long, since the service says that the channel
// is not there or may not be used, is dead at once.
constexpr Duration patience = 10min;

bool is_stuck(const Notice& notice, WallTime now) {
  if (notice.state != NoticeState::queued || notice.attempts == 0) return false;
  return now - notice.created_at >= patience || (notice.next_attempt_at && *notice.next_attempt_at - now >= patience);
}

// The channel's newest notice that was to be told, if it has not got through and will not soon.
const Notice* dead_end(const NoticeTurn& turn, const ChannelName& channel) {
  for (const auto& past : std::views::reverse(this_life(turn))) {
    if (past.incident != turn.change.incident.id || past.channel != channel || is_held(past)) continue;
    if (past.state == NoticeState::collapsed) continue;
    return past.state == NoticeState::failed || is_stuck(past, turn.now) ? &past : nullptr;
  }
  return nullptr;
}

bool told_of(const NoticeTurn& turn, const ChannelName& target, const std::string& dead) {
  const auto notices = this_life(turn);
  return std::any_of(notices.begin(), notices.end(), [&](const Notice& past) {
    return past.incident == turn.change.incident.id && past.channel == target && is_because(past, Reason::stands_in) &&
           past.reason.starts_with(dead);
  });
}

// Who has heard of the incident; if nobody has, the first that can call somebody.
std::vector<ChannelName> who_stands_in(const NoticeTurn& turn, const std::set<ChannelName>& dead) {
  std::vector<ChannelName> told;
  for (const auto& channel : turn.policy.channels)
    if (!dead.contains(channel) && last_told(turn, channel) != nullptr) told.push_back(channel);
  const auto& people = turn.policy.people;
  const bool reaches_somebody = std::any_of(told.begin(), told.end(), [&](const ChannelName& channel) {
    return std::find(people.begin(), people.end(), channel) != people.end();
  });
  const auto first = std::find_if(people.begin(), people.end(), [&](const auto& channel) { return !dead.contains(channel); });
  if (!reaches_somebody && first != people.end()) told.push_back(*first);
  return told;
}

}  // namespace

Drafts stand_in(const NoticeTurn& turn, Drafts drafts) {
  if (!turn.change.incident.open()) return drafts;
  std::set<ChannelName> dead;
  for (const auto& channel : turn.policy.channels)
    if (dead_end(turn, channel) != nullptr) dead.insert(channel);
  if (dead.empty()) return drafts;
  for (const auto& target : who_stands_in(turn, dead)) {
    for (const auto& channel : dead) {
      const Notice& stuck = *dead_end(turn, channel);
      const std::string reason = reason_text(Reason::stands_in, fmt::format("for {},", channel.str()));
      if (told_of(turn, target, reason) || live_draft(drafts, target) != nullptr) continue;
      Notice draft;
      draft.channel = target;
      draft.kind = last_told(turn, target) == nullptr ? NoticeKind::opened : NoticeKind::updated;
      draft.reason = fmt::format("{} {}", reason, one_line(stuck.last_error));
      draft.text = fmt::format("Channel {} does not take notices ({}): whoever is called by it has not heard of this.",
                               channel.str(), stuck.last_error.empty() ? "no reason given" : one_line(stuck.last_error));
      hold_if_quiet(turn, draft);
      drafts.push_back(std::move(draft));
    }
  }
  return drafts;
}

}  // namespace mailcanary
