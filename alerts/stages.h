// The stages of a notice's path; pipeline.cc puts them in order. A stage takes the drafts of one incident's turn and
// returns them: passed on, changed, added to, or held with a reason. A held draft goes through the later stages
// untouched, so that it ends in the ledger.
// Pure; any thread. Inside alerts/ only.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "alerts/pipeline.h"

namespace mailcanary {

struct NoticeTurn {
  const NoticePolicy& policy;
  const NoticeHistory& history;
  const IncidentChange& change;
  WallTime now;
};

// Drafts are notices whose channel, kind, state and reason are set, and `text` where there is news that goes first;
// `enqueue` fills in the rest.
using Drafts = std::vector<Notice>;

struct NoticeStage {
  const char* name;
  Drafts (*run)(const NoticeTurn& turn, Drafts drafts);
};

Drafts route(const NoticeTurn& turn, Drafts drafts);     // to the channels of the notify rules that match
Drafts group(const NoticeTurn& turn, Drafts drafts);     // one draft a channel, however many rules name it
Drafts inhibit(const NoticeTurn& turn, Drafts drafts);   // holds what follows from another incident
Drafts silence(const NoticeTurn& turn, Drafts drafts);   // holds what maintenance or a silence covers
Drafts dedupe(const NoticeTurn& turn, Drafts drafts);    // holds what the channel knows already
Drafts progress(const NoticeTurn& turn, Drafts drafts);  // adds new numbers of what lasts
Drafts remind(const NoticeTurn& turn, Drafts drafts);    // adds reminders of what stays open
Drafts escalate(const NoticeTurn& turn, Drafts drafts);  // adds the next people when nobody has taken it
Drafts stand_in(const NoticeTurn& turn, Drafts drafts);  // adds others for channels that do not take their notices
Drafts enqueue(const NoticeTurn& turn, Drafts drafts);   // numbers, words and ids; drops holds that say nothing new

// The reason as it stands in Notice::reason: the word, then numbers.
std::string reason_text(Reason reason, const std::string& numbers);
void hold(Notice& draft, Reason reason, const std::string& numbers);
bool is_held(const Notice& draft);
bool is_because(const Notice& notice, Reason reason);
// Holds a draft of the timed stages, which come after inhibit and silence.
void hold_if_quiet(const NoticeTurn& turn, Notice& draft);
// The hold that kept news of this incident from the channel since it was last told; null: there was none, or the
// channel has been told how things stand since.
const Notice* quiet_hold(const NoticeTurn& turn, const ChannelName& channel);
// The draft of this turn that goes out on the channel; null: none does.
Notice* live_draft(Drafts& drafts, const ChannelName& channel);
// The notices since the incident was over last: of one that returned, those of before tell nothing of who knows of it
// now. May hold notices of other incidents.
std::span<const Notice> this_life(const NoticeTurn& turn);
bool matches(const NotifyRoute& rule, const Incident& incident);
// What this channel was told of this incident last (queued, delivered, failed or collapsed); null: nothing.
const Notice* last_told(const NoticeTurn& turn, const ChannelName& channel);

}  // namespace mailcanary
