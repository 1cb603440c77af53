#include "alerts/pipeline.h"

#include "alerts/stages.h"

namespace mailcanary {
namespace {

// The path of a notice, top to bottom. A new stage is one row here and one function.
// clang-format off
constexpr NoticeStage stages[] = {
    {"route", route},
    {"group", group},
    {"inhibit", inhibit},
    {"silence", silence},  // and maintenance
    {"dedupe", dedupe},
    {"progress", progress},
    {"remind", remind},
    {"escalate", escalate},
    {"stand_in", stand_in},
    {"enqueue", enqueue},
};
// clang-format on

}  // namespace

std::vector<Notice> notices_for(const NoticePolicy& policy, const NoticeHistory& history, const IncidentChange& change,
                                WallTime now) {
  const NoticeTurn turn{policy, history, change, now};
  Drafts drafts;
  for (const auto& stage : stages) drafts = stage.run(turn, std::move(drafts));
  return drafts;
}

const char* name_of(Reason reason) {
  switch (reason) {
    case Reason::first: return "first";
    case Reason::newly_routed: return "newly_routed";
    case Reason::changed: return "changed";
    case Reason::posted: return "posted";
    case Reason::quiet_over: return "quiet_over";
    case Reason::progress_due: return "progress_due";
    case Reason::stands_in: return "stands_in";
    case Reason::resolved: return "resolved";
    case Reason::reminder_due: return "reminder_due";
    case Reason::escalation_due: return "escalation_due";
    case Reason::unknown_channel: return "unknown_channel";
    case Reason::inhibited: return "inhibited";
    case Reason::under_maintenance: return "under_maintenance";
    case Reason::silenced: return "silenced";
    case Reason::already_told: return "already_told";
    case Reason::nothing_new: return "nothing_new";
    case Reason::only_counts: return "only_counts";
    case Reason::never_told: return "never_told";
    case Reason::undelivered: return "undelivered";
    case Reason::acknowledged: return "acknowledged";
    case Reason::recovering: return "recovering";
  }
  return "changed";
}

}  // namespace mailcanary
