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

namespace {

template <class List, class Superseded>
void erase_from_the_end(List& list, Superseded superseded) {
  list.erase(list.begin(), std::remove_if(list.rbegin(), list.rend(), superseded).base());
}

template <class List, class Key>
void keep_newest(List& list, Key key) {
  std::set<decltype(key(list.front()))> later;
  erase_from_the_end(list, [&](const auto& item) { return !later.insert(key(item)).second; });
}

}  // namespace

void drop_superseded(Batch& batch) {
  std::set<CanaryId> later;
  erase_from_the_end(batch.changed, [&](const Canary& canary) {
    const bool first = later.insert(canary.id).second;
    return !first && canary.fate == Fate::pending;
  });
  keep_newest(batch.incidents, [](const Incident& incident) { return incident.id; });
  keep_newest(batch.notices, [](const Notice& notice) { return notice.id; });
  keep_newest(batch.cursors, [](const AccountCursor& one) { return std::pair(one.account, one.cursor.folder); });
}

}  // namespace mailcanary
