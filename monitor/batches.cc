#include "monitor/batches.h"

#include <algorithm>
#include <iterator>
#include <set>

namespace mailcanary {

void append(Batch& to, Batch from) {
  const auto move_all = [](auto& target, auto& source) {
    target.insert(target.end(), std::make_move_iterator(source.begin()), std::make_move_iterator(source.end()));
  };
  move_all(to.sent, from.sent);
  move_all(to.changed, from.changed);
  move_all(to.incidents, from.incidents);
  move_all(to.notices, from.notices);
  move_all(to.acts, from.acts);
  move_all(to.cursors, from.cursors);
  move_all(to.to_remove, from.to_remove);
  move_all(to.removed, from.removed);
  move_all(to.bounces, from.bounces);
  move_all(to.sent_mails, from.sent_mails);
  for (auto& [name, value] : from.facts) to.facts[name] = std::move(value);
}

void drop_superseded(std::vector<Canary>& changed) {
  std::set<CanaryId> later;
  const auto superseded = [&](const Canary& canary) {
    const bool first = later.insert(canary.id).second;
    return !first && canary.fate == Fate::pending;
  };
  changed.erase(changed.begin(), std::remove_if(changed.rbegin(), changed.rend(), superseded).base());
}

}  // namespace mailcanary
