// The stages that keep quiet by intent: inhibit and silence. An end is told all the same to whoever heard of the
// beginning, so that nobody goes on working at what is over.
#include <algorithm>
#include <ranges>

#include "alerts/stages.h"

namespace mailcanary {
namespace {

bool is_hush(const Notice& notice) {
  return is_because(notice, Reason::inhibited) || is_because(notice, Reason::under_maintenance) ||
         is_because(notice, Reason::silenced);
}

void hold_if_inhibited(const NoticeTurn& turn, Notice& draft) {
  if (!turn.change.quiet.inhibited.empty()) hold(draft, Reason::inhibited, turn.change.quiet.inhibited);
}

void hold_if_silenced(const NoticeTurn& turn, Notice& draft) {
  if (!turn.change.quiet.maintenance.empty()) {
    hold(draft, Reason::under_maintenance, turn.change.quiet.maintenance);
    return;
  }
  for (const auto& silenced : turn.change.quiet.silences) {
    const auto& channels = silenced.channels;
    if (!channels.empty() && std::find(channels.begin(), channels.end(), draft.channel) == channels.end()) continue;
    hold(draft, Reason::silenced, silenced.words);
    return;
  }
}

Drafts hold_news(const NoticeTurn& turn, Drafts drafts, void (*hold_draft)(const NoticeTurn&, Notice&)) {
  for (auto& draft : drafts)
    if (!is_held(draft) && draft.kind != NoticeKind::resolved) hold_draft(turn, draft);
  return drafts;
}

}  // namespace

Drafts inhibit(const NoticeTurn& turn, Drafts drafts) { return hold_news(turn, std::move(drafts), hold_if_inhibited); }

Drafts silence(const NoticeTurn& turn, Drafts drafts) { return hold_news(turn, std::move(drafts), hold_if_silenced); }

void hold_if_quiet(const NoticeTurn& turn, Notice& draft) {
  hold_if_inhibited(turn, draft);
  if (!is_held(draft)) hold_if_silenced(turn, draft);
}

const Notice* quiet_hold(const NoticeTurn& turn, const ChannelName& channel) {
  for (const auto& past : std::views::reverse(turn.history.notices)) {
    if (past.incident != turn.change.incident.id || past.channel != channel) continue;
    if (past.state != NoticeState::held || is_because(past, Reason::nothing_new)) return nullptr;
    const bool timed = past.kind == NoticeKind::reminder || past.kind == NoticeKind::escalated;
    if (is_hush(past) && !timed) return &past;
  }
  return nullptr;
}

}  // namespace mailcanary
