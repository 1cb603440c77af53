#include "alerts/notice.h"

#include <nlohmann/json.hpp>

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

bool is_of_our_own(const Notice& notice) {
  const auto incident = nlohmann::json::parse(notice.detail, nullptr, false);
  const auto self = nlohmann::json::json_pointer("/blames/self");
  return incident.is_object() && incident.contains(self) && incident[self] == true;
}

}  // namespace mailcanary
