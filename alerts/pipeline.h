// The path of a notice, as one visible list of stages in pipeline.cc. Each stage takes drafts, and lets them pass,
// changes them or holds them with a reason; nothing is dropped without one.
// Pure: (policy, what is known, the change, now) → notices to write. Any thread.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "alerts/notice.h"
#include "alerts/quiet.h"

namespace mailcanary {

// Why a notice is sent or held: the first word of Notice::reason, the same in log, metric and notice.
enum class Reason {
  // sent
  first,           // the incident opened
  newly_routed,    // open already, but this channel was not told yet (impact rose, or a rule was added)
  changed,         // impact, culprit or status changed
  posted,          // somebody has something to say about it
  quiet_over,      // what kept it quiet has ended, and it is still there
  progress_due,    // it has lasted so long that new numbers are told
  stands_in,       // for a channel that does not take its notices
  resolved,
  reminder_due,
  escalation_due,
  // held
  unknown_channel, // the rule names a channel that is not there
  inhibited,       // it follows from another incident
  under_maintenance,
  silenced,
  already_told,    // the same kind of notice went to this channel before
  nothing_new,     // what this channel was told last still holds
  only_counts,     // only numbers moved; the next update or reminder carries them
  never_told,      // resolved, but this channel never heard of it
  undelivered,     // no reminder of what still waits in the outbox
  acknowledged,    // somebody has taken it: no reminder, no escalation
  recovering,      // no escalation of what is mending
};
const char* name_of(Reason reason);

// What happened to an incident in this turn.
struct IncidentChange {
  enum class Kind { opened, changed /* impact, culprit or status rose or fell */, progressed /* only counts */, resolved, none }
      kind = Kind::none;
  Incident incident;  // as it is now
  Quiet quiet = {};   // what keeps people from being told of it now
  std::string posted = {};  // what somebody posted in this turn; goes with Kind::changed
};

// What the pipeline must know of the past: the notices of the incidents concerned (any state), newest last.
struct NoticeHistory {
  std::vector<Notice> notices;
};

struct NoticePolicy {
  std::vector<NotifyRoute> notify;     // from the config; never empty (the default channel applies)
  std::vector<ChannelName> channels;   // all known, for checks
  std::string page_url;                // base of links, or empty
  std::vector<ChannelName> people = {};  // those of `channels` that can call somebody, to stand in for each other
  std::map<ChannelName, std::map<std::string, std::string>> words = {};  // templates of the channels that have some
};

// Notices to write in the same transaction as the change: queued ones and held ones (with reasons). Call it with
// Kind::none for every open incident each turn too: reminders and escalations come from time alone. A hold that only
// repeats the channel's last notice is not written again, so turns without news cost nothing.
std::vector<Notice> notices_for(const NoticePolicy& policy, const NoticeHistory& history, const IncidentChange& change,
                                WallTime now);

// The words. On-call text says what is wrong, for whom, since when, measured how, what it means for senders and the
// first error; public text names no address, host or peer output.
std::string notice_title(NoticeKind kind, const Incident& incident);
std::string notice_text(NoticeKind kind, const Incident& incident, WallTime now);
// What is new since a channel was told last, in a sentence; empty when only time has passed.
std::string news_words(const Notice& last, const Incident& incident);
std::string public_text(const Incident& incident, WallTime now);
// The incident for machines: stable field names, for webhooks and status --json.
std::string incident_json(const Incident& incident);

}  // namespace mailcanary
