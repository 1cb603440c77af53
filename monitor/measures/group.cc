#include "monitor/measures/group.h"

#include <algorithm>

namespace mailcanary {

void Group::add(History& member) {
  member.share_with(sums_);
  members_.push_back(&member);
}

std::optional<std::vector<Duration>> Group::few_times(std::size_t window, TimeOf family) const {
  if (sums_.windows[window].times_of(family).count() > History::few) return std::nullopt;
  std::vector<Duration> all;
  for (const History* member : members_) {
    if (member->sums(window).counted() == 0) continue;
    const auto times = member->few_times(window, family);
    if (!times) return std::nullopt;
    all.insert(all.end(), times->begin(), times->end());
  }
  return all;
}

History::Run Group::run() const {
  History::Run all;
  for (const History* member : members_) {
    const auto& good_at = member->run().good_at;
    if (good_at && (!all.good_at || *good_at > *all.good_at)) all.good_at = good_at;
  }
  for (const History* member : members_) {
    for (auto o = member->rbegin(); o != member->rend() && o->sent_at >= member->explained_until(); ++o) {
      if (all.good_at && o->sent_at <= *all.good_at) break;
      if (is_trouble(*o)) ++all.failures;
    }
  }
  return all;
}

std::optional<WallTime> Group::last_arrival() const {
  std::optional<WallTime> last;
  for (const History* member : members_) {
    if (member->last_arrival() && (!last || *member->last_arrival() > *last)) last = member->last_arrival();
  }
  return last;
}

std::optional<WallTime> Group::awaited_since() const {
  const auto last = last_arrival();
  std::optional<WallTime> first;
  for (const History* member : members_) {
    for (auto o = member->rbegin(); o != member->rend() && o->sent_at >= member->explained_until(); ++o) {
      if (last && o->sent_at <= *last) break;
      if (o->fate != Fate::unknown && (!first || o->sent_at < *first)) first = o->sent_at;
    }
  }
  return first;
}

std::int64_t Group::backlog() const {
  std::int64_t all = 0;
  for (const History* member : members_) all += member->backlog();
  return all;
}

std::optional<HourMedians::Drift> Group::drift() const {
  if (drift_of_ == sums_.drifted) return drift_;
  drift_of_ = sums_.drifted;
  drift_.reset();
  std::vector<HourMedians::Drift> drifts;
  HourMedians::Drift middle;
  for (const History* member : members_) {
    const auto& drift = member->drift();
    if (!drift) continue;
    drifts.push_back(*drift);
    middle.canaries += drift->canaries;
    middle.hours = std::max(middle.hours, drift->hours);
  }
  if (drifts.empty()) return drift_;
  const auto half = drifts.begin() + static_cast<std::ptrdiff_t>(drifts.size() / 2);
  std::nth_element(drifts.begin(), half, drifts.end(), [](const auto& a, const auto& b) { return a.times < b.times; });
  middle.times = half->times;
  drift_ = middle;
  return drift_;
}

}  // namespace mailcanary
