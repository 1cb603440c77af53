#include "alerts/notice.h"

namespace mailcanary {

const char* name_of(NoticeKind kind) {
  switch (kind) {
    case NoticeKind::opened: return "opened";
    case NoticeKind::updated: return "updated";
    case NoticeKind::resolved: return "resolved";
    case NoticeKind::reminder: return "reminder";
    case NoticeKind::escalated: return "escalated";
  }
  return "updated";
}

const char* name_of(NoticeState state) {
  switch (state) {
    case NoticeState::queued: return "queued";
    case NoticeState::delivered: return "delivered";
    case NoticeState::held: return "held";
    case NoticeState::failed: return "failed";
    case NoticeState::collapsed: return "collapsed";
  }
  return "queued";
}

}  // namespace mailcanary
