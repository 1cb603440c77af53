// The stages that follow from time alone: progress, remind and escalate. They see only open incidents.
#include <algorithm>

#include <fmt/format.h>

#include "alerts/incident_object.h"
#include "alerts/stages.h"
#include "core/units.h"

namespace mailcanary {
namespace {

bool has(const Drafts& drafts, const ChannelName& channel, NoticeKind kind) {
  return std::any_of(drafts.begin(), drafts.end(),
                     [&](const Notice& draft) { return draft.channel == channel && draft.kind == kind; });
}

bool escalated_before(const NoticeTurn& turn, const ChannelName& channel) {
  const auto notices = this_life(turn);
  return std::any_of(notices.begin(), notices.end(), [&](const Notice& past) {
    return past.incident == turn.change.incident.id && past.channel == channel && past.kind == NoticeKind::escalated &&
           !is_held(past);
  });
}

Notice timed_draft(const ChannelName& channel, NoticeKind kind, Reason reason, const std::string& numbers) {
  Notice draft;
  draft.channel = channel;
  draft.kind = kind;
  draft.reason = reason_text(reason, numbers);
  return draft;
}

// An incident that was kept quiet begins for people when they hear of it; one that returns, when they hear of that.
WallTime known_since(const NoticeTurn& turn, const Drafts& drafts) {
  const bool told_now = !std::all_of(drafts.begin(), drafts.end(), is_held);
  std::optional<WallTime> first;
  if (told_now) first = turn.now;
  for (const auto& past : this_life(turn)) {
    if (past.incident != turn.change.incident.id || is_held(past)) continue;
    first = std::min(first.value_or(past.created_at), past.created_at);
  }
  return first.value_or(turn.change.incident.opened_at);
}

std::string taken_since(const Incident& incident, WallTime now) {
  return human_duration(now - *incident.acknowledged_at) + " ago";
}

// The newest time at which new numbers were due; nothing: none was yet. Behind the last interval it comes again and again.
std::optional<Duration> last_due(const std::vector<Duration>& updates, Duration age) {
  if (updates.empty() || age < updates.front()) return std::nullopt;
  if (age >= updates.back()) return updates.back() * (age / updates.back());
  return *std::prev(std::upper_bound(updates.begin(), updates.end(), age));
}

}  // namespace

Drafts progress(const NoticeTurn& turn, Drafts drafts) {
  const Incident& incident = turn.change.incident;
  const Duration age = turn.now - incident.opened_at;
  if (!incident.open() || incident.status == IncidentStatus::monitoring) return drafts;
  for (const auto& rule : turn.policy.notify) {
    const auto due = last_due(rule.updates, age);
    if (!due || !matches(rule, incident)) continue;
    for (const auto& channel : rule.to) {
      const Notice* last = last_told(turn, channel);
      // What was told shortly before had the numbers, too.
      const Duration shortly = std::min(*due, rule.updates.back()) / 10;
      if (last == nullptr || live_draft(drafts, channel) || last->created_at >= incident.opened_at + *due - shortly) continue;
      if (has(drafts, channel, NoticeKind::updated) || same_counts(last->detail, incident)) continue;
      Notice draft = timed_draft(channel, NoticeKind::updated, Reason::progress_due,
                                 fmt::format("open for {}", human_duration(age)));
      draft.text = fmt::format("Still open after {}; these are the numbers now.", human_duration(*due));
      hold_if_quiet(turn, draft);
      drafts.push_back(std::move(draft));
    }
  }
  return drafts;
}

Drafts remind(const NoticeTurn& turn, Drafts drafts) {
  const Incident& incident = turn.change.incident;
  if (!incident.open()) return drafts;
  for (const auto& rule : turn.policy.notify) {
    if (rule.remind <= Duration::zero() || !matches(rule, incident)) continue;
    for (const auto& channel : rule.to) {
      const Notice* last = last_told(turn, channel);
      if (last == nullptr || live_draft(drafts, channel) || has(drafts, channel, NoticeKind::reminder)) continue;
      // Counted from when they heard it, not from when it was written.
      const Duration silent_for = turn.now - std::max(last->created_at, last->delivered_at.value_or(last->created_at));
      if (silent_for < rule.remind) continue;
      Notice draft = timed_draft(
          channel, NoticeKind::reminder, Reason::reminder_due,
          fmt::format("last told {} ago, every {}", human_duration(silent_for), human_duration(rule.remind)));
      if (incident.acknowledged_at) {
        hold(draft, Reason::acknowledged, taken_since(incident, turn.now));
      } else if (last->state == NoticeState::queued) {
        hold(draft, Reason::undelivered, fmt::format("number {} after {} attempts", last->sequence, last->attempts));
      } else {
        hold_if_quiet(turn, draft);
      }
      drafts.push_back(std::move(draft));
    }
  }
  return drafts;
}

Drafts escalate(const NoticeTurn& turn, Drafts drafts) {
  const Incident& incident = turn.change.incident;
  if (!incident.open()) return drafts;
  const Duration open_for = turn.now - known_since(turn, drafts);
  for (const auto& rule : turn.policy.notify) {
    if (!rule.escalate || open_for < rule.escalate->after || !matches(rule, incident)) continue;
    for (const auto& channel : rule.escalate->to) {
      if (escalated_before(turn, channel) || has(drafts, channel, NoticeKind::escalated)) continue;
      Notice draft = timed_draft(
          channel, NoticeKind::escalated, Reason::escalation_due,
          fmt::format("open for {}, limit {}", human_duration(open_for), human_duration(rule.escalate->after)));
      if (incident.acknowledged_at) {
        hold(draft, Reason::acknowledged, taken_since(incident, turn.now));
      } else if (incident.status == IncidentStatus::monitoring) {
        hold(draft, Reason::recovering, "");
      } else if (hold_if_quiet(turn, draft); is_held(draft)) {
      } else if (Notice* same_turn = live_draft(drafts, channel)) {
        *same_turn = std::move(draft);  // the stronger word takes the place of an update or reminder
        continue;
      }
      drafts.push_back(std::move(draft));
    }
  }
  return drafts;
}

}  // namespace mailcanary
