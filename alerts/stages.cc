// The stages that follow from a change of the incident: route, group, dedupe, enqueue. Those that follow from time
// alone are in timed_stages.cc.
#include "alerts/stages.h"

#include <algorithm>
#include <ranges>

#include <fmt/format.h>

#include "alerts/incident_object.h"
#include "alerts/notice_lines.h"
#include "alerts/status/incident_parts.h"
#include "config/template.h"
#include "core/text.h"
#include "core/units.h"

namespace mailcanary {
namespace {

using Kind = IncidentChange::Kind;

bool is_of(const Notice& notice, const NoticeTurn& turn) { return notice.incident == turn.change.incident.id; }

template <class List, class Item>
bool holds(const List& list, const Item& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

Notice draft_for(const ChannelName& channel, NoticeKind kind, Reason reason, const std::string& numbers) {
  Notice draft;
  draft.channel = channel;
  draft.kind = kind;
  draft.reason = reason_text(reason, numbers);
  return draft;
}

// People must read why they hear of it only now.
Notice draft_after_quiet(const ChannelName& channel, NoticeKind kind, const Notice& held) {
  Notice draft = draft_for(channel, kind, Reason::quiet_over, "held before, " + held.reason);
  const std::string words = held.reason.substr(std::min(held.reason.find(": ") + 2, held.reason.size()));
  if (is_because(held, Reason::inhibited)) draft.text = "Not told until now: it was held back " + words + ".";
  if (is_because(held, Reason::under_maintenance)) draft.text = "Not told until now: maintenance, " + words + ".";
  if (is_because(held, Reason::silenced)) draft.text = "Not told until now: silenced " + words + ".";
  return draft;
}

// What a channel hears of this change, told before or not; nothing when it need not hear.
std::vector<Notice> draft_of_change(const NoticeTurn& turn, const ChannelName& channel) {
  const Incident& incident = turn.change.incident;
  const std::string why = incident.rule.empty() ? incident.reason : "rule " + incident.rule + ", " + incident.reason;
  const bool told = last_told(turn, channel) != nullptr;
  const Notice* held = quiet_hold(turn, channel);
  switch (turn.change.kind) {
    case Kind::opened: return {draft_for(channel, NoticeKind::opened, Reason::first, why)};
    case Kind::resolved: {
      const Duration lasted = incident.resolved_at.value_or(turn.now) - incident.began_at;
      return {draft_for(channel, NoticeKind::resolved, Reason::resolved, "lasted " + human_duration(lasted))};
    }
    case Kind::changed:
    case Kind::progressed:
      if (told && !turn.change.posted.empty())
        return {draft_for(channel, NoticeKind::updated, Reason::posted, turn.change.posted)};
      if (told && !held)
        return {draft_for(channel, NoticeKind::updated, Reason::changed,
                          fmt::format("now {}, {}", name_of(incident.status), name_of(incident.impact)))};
      [[fallthrough]];
    case Kind::none:
      if (!incident.open()) return {};
      if (held) return {draft_after_quiet(channel, told ? NoticeKind::updated : NoticeKind::opened, *held)};
      if (told) return {};
      return {draft_for(channel, NoticeKind::opened, Reason::newly_routed, why)};
  }
  return {};
}

std::string first_word(const std::string& reason) { return reason.substr(0, reason.find(':')); }

// True when the channel's notices since it was last told already hold the same for the same reason.
bool repeats_a_hold(const NoticeTurn& turn, const Notice& draft) {
  for (const auto& past : std::views::reverse(turn.history.notices)) {
    if (!is_of(past, turn) || past.channel != draft.channel) continue;
    if (past.state != NoticeState::held) return false;
    if (past.kind == draft.kind && first_word(past.reason) == first_word(draft.reason)) return true;
  }
  return false;
}

// What somebody has just written for customers is said in their words. A post that is not for customers is none there.
std::string words_for_customers(const NoticeTurn& turn, const Notice& notice) {
  const Incident& incident = turn.change.incident;
  const bool by_hand = !incident.updates.empty() && !incident.updates.back().by.empty() && incident.updates.back().at == turn.now;
  if (by_hand && !incident.updates.back().public_text.empty()) return incident.updates.back().public_text;
  return is_because(notice, Reason::posted) ? std::string() : public_text(incident, turn.now);
}

void use_templates(const NoticeTurn& turn, Notice& notice) {
  const auto templates = turn.policy.words.find(notice.channel);
  if (templates == turn.policy.words.end()) return;
  const auto values = template_values(notice, turn.change.incident, turn.now);
  for (const auto& [key, text] : templates->second) {
    if (key == "title") notice.title = one_line(fill_template(text, values));
    if (key == "text") notice.text = fill_template(text, values);
    if (key == "public_text" && !notice.public_text.empty()) notice.public_text = fill_template(text, values);
  }
}

int last_sequence(const NoticeTurn& turn, const ChannelName& channel) {
  int last = 0;
  for (const auto& past : turn.history.notices)
    if (is_of(past, turn) && past.channel == channel) last = std::max(last, past.sequence);
  return last;
}

}  // namespace

std::string reason_text(Reason reason, const std::string& numbers) {
  return numbers.empty() ? name_of(reason) : fmt::format("{}: {}", name_of(reason), numbers);
}

void hold(Notice& draft, Reason reason, const std::string& numbers) {
  draft.state = NoticeState::held;
  draft.reason = reason_text(reason, numbers);
}

bool is_because(const Notice& notice, Reason reason) { return first_word(notice.reason) == name_of(reason); }

bool is_held(const Notice& draft) { return draft.state == NoticeState::held; }

bool matches(const NotifyRoute& rule, const Incident& incident) {
  if (!rule.impacts.empty() && !holds(rule.impacts, incident.impact)) return false;
  if (rule.providers.empty() || holds(rule.providers, incident.blame.provider)) return true;
  // A fault of our own blinds us for every provider, so everybody who watches one of them must hear.
  if (incident.blame.self && incident.components.empty()) return true;
  return std::any_of(incident.components.begin(), incident.components.end(),
                     [&](const ProviderName& name) { return holds(rule.providers, name); });
}

std::span<const Notice> this_life(const NoticeTurn& turn) {
  const std::span<const Notice> all = turn.history.notices;
  const auto ends = [&](const Notice& notice) { return is_of(notice, turn) && notice.kind == NoticeKind::resolved; };
  const auto last = std::find_if(all.rbegin(), all.rend(), ends);
  return all.last(static_cast<std::size_t>(last - all.rbegin()));
}

const Notice* last_told(const NoticeTurn& turn, const ChannelName& channel) {
  for (const auto& past : std::views::reverse(turn.history.notices))
    if (is_of(past, turn) && past.channel == channel && past.state != NoticeState::held) return &past;
  return nullptr;
}

Notice* live_draft(Drafts& drafts, const ChannelName& channel) {
  const auto found = std::find_if(drafts.begin(), drafts.end(),
                                  [&](const Notice& draft) { return draft.channel == channel && !is_held(draft); });
  return found == drafts.end() ? nullptr : &*found;
}

Drafts route(const NoticeTurn& turn, Drafts drafts) {
  const auto add = [&](const ChannelName& channel) {
    for (auto& draft : draft_of_change(turn, channel)) {
      // An empty list means that the caller does not check; silence would be the worst answer to that.
      if (!turn.policy.channels.empty() && !holds(turn.policy.channels, channel))
        hold(draft, Reason::unknown_channel, channel.str());
      drafts.push_back(std::move(draft));
    }
  };
  std::vector<ChannelName> routed;
  for (const auto& rule : turn.policy.notify) {
    if (!matches(rule, turn.change.incident)) continue;
    for (const auto& channel : rule.to) {
      add(channel);
      routed.push_back(channel);
    }
  }
  // Who was told once hears the rest too: the impact fell below the rule's, or the channel came in by escalation.
  for (const auto& past : turn.history.notices) {
    if (!is_of(past, turn) || is_held(past) || holds(routed, past.channel)) continue;
    add(past.channel);
    routed.push_back(past.channel);
  }
  return drafts;
}

Drafts group(const NoticeTurn&, Drafts drafts) {
  Drafts grouped;
  for (auto& draft : drafts) {
    const auto same = [&](const Notice& other) { return other.channel == draft.channel; };
    if (std::none_of(grouped.begin(), grouped.end(), same)) grouped.push_back(std::move(draft));
  }
  return grouped;
}

Drafts dedupe(const NoticeTurn& turn, Drafts drafts) {
  for (auto& draft : drafts) {
    if (is_held(draft)) continue;
    const Notice* last = last_told(turn, draft.channel);
    if (draft.kind == NoticeKind::opened && last != nullptr && last->kind != NoticeKind::resolved) {
      hold(draft, Reason::already_told, fmt::format("{} is number {}", name_of(last->kind), last->sequence));
    } else if (draft.kind == NoticeKind::resolved && last == nullptr) {
      hold(draft, Reason::never_told, "");
    } else if (draft.kind == NoticeKind::resolved && last->kind == NoticeKind::resolved) {
      hold(draft, Reason::already_told, fmt::format("resolved is number {}", last->sequence));
    } else if (turn.change.kind == Kind::progressed && is_because(draft, Reason::changed)) {
      hold(draft, Reason::only_counts, "");
    } else if (draft.kind == NoticeKind::updated && !is_because(draft, Reason::posted) && same_news(last->detail, turn.change.incident)) {
      hold(draft, Reason::nothing_new, fmt::format("as in number {}", last->sequence));
    }
  }
  return drafts;
}

Drafts enqueue(const NoticeTurn& turn, Drafts drafts) {
  const Incident& incident = turn.change.incident;
  std::erase_if(drafts, [&](const Notice& draft) { return is_held(draft) && repeats_a_hold(turn, draft); });
  for (std::size_t i = 0; i < drafts.size(); ++i) {
    Notice& notice = drafts[i];
    notice.id = NoticeId(make_ulid(turn.now));
    notice.incident = incident.id;
    notice.incident_key = incident.key;
    notice.sequence = last_sequence(turn, notice.channel) + 1;
    for (std::size_t before = 0; before < i; ++before)
      if (drafts[before].channel == notice.channel) ++notice.sequence;
    notice.status = incident.status;
    notice.impact = incident.impact;
    notice.created_at = turn.now;
    notice.title = notice_title(notice.kind, incident);
    std::string news = notice.text;
    const Notice* last = last_told(turn, notice.channel);
    if (news.empty() && notice.kind == NoticeKind::updated && last != nullptr) news = news_words(*last, incident);
    notice.text = (news.empty() ? "" : news + "\n") + notice_text(notice.kind, incident, turn.now);
    notice.public_text = words_for_customers(turn, notice);
    notice.url = incident_link(turn.policy.page_url, incident.id);
    notice.detail = incident_json(incident);
    use_templates(turn, notice);
  }
  return drafts;
}

}  // namespace mailcanary
