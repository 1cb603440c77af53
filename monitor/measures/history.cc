#include "monitor/measures/history.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace mailcanary {
namespace {

constexpr int steps_of_a_window = 60;
constexpr std::size_t newest_kept = 64;
constexpr std::size_t most_kept = 512;
constexpr Duration kept_for = std::chrono::hours(1);
// A mark that no window holds any more stays so long, so that what comes late is told from what is new.
constexpr Duration remembered = std::chrono::hours(1);

WallTime hour_start(WallTime time) { return std::chrono::floor<std::chrono::hours>(time); }

bool good(const Mark& mark) { return mark.counts() && !mark.trouble(); }
bool bad(const Mark& mark) { return mark.counts() && mark.trouble(); }

}  // namespace

bool is_long(const Window& window) { return window.over > longest_exact_window; }

History::History(const Windows& windows) : windows_(&windows) {
  sums_.resize(windows.list.size());
  since_.resize(windows.list.size(), WallTime::min());
}

// ---- news of canaries -----------------------------------------------------------------------------------------------

ShortDeque<Mark>::iterator History::find(std::size_t key) {
  const auto found = std::find_if(marks_.rbegin(), marks_.rend(), [&](const Mark& m) { return m.key == key; });
  return found == marks_.rend() ? marks_.end() : std::prev(found.base());
}

void History::insert(const Mark& mark) {
  const auto after = std::find_if(marks_.rbegin(), marks_.rend(), [&](const Mark& m) { return m.at <= mark.at; });
  marks_.insert(after.base(), mark);
}

Noted History::note(Observation seen) {
  Noted noted;
  noted.after = mark_of(seen);
  noted.after.explained = seen.sent_at < explained_until_;
  if (const auto place = find(noted.after.key); place != marks_.end()) {
    noted.before = *place;
    apply(*place, Change::take);
    if (place->at == noted.after.at) {
      *place = noted.after;
    } else {
      marks_.erase(place);
      insert(noted.after);
    }
  } else {
    insert(noted.after);
  }
  apply(noted.after, Change::add);
  const bool just_arrived = seen.round_trip && !(noted.before && noted.before->round_trip);
  if (windows_->by_hour && just_arrived) hours_.add(seen.sent_at, *seen.round_trip);

  // Whatever is newer than all and has left no mark is not among them.
  const bool fresh = !noted.before && (seen_.empty() || seen.sent_at > seen_.back().sent_at);
  const auto known = fresh ? seen_.rend()
                           : std::find_if(seen_.rbegin(), seen_.rend(), [&](const Observation& o) { return o.id == seen.id; });
  if (known != seen_.rend() && known->sent_at == seen.sent_at) {
    *known = std::move(seen);
  } else {
    if (known != seen_.rend()) seen_.erase(std::next(known).base());
    const auto after =
        std::find_if(seen_.rbegin(), seen_.rend(), [&](const Observation& o) { return o.sent_at <= seen.sent_at; });
    seen_.insert(after.base(), std::move(seen));
  }
  move_run(noted.before, noted.after);
  return noted;
}

void History::forget(const CanaryId& id) {
  if (const auto place = find(std::hash<CanaryId>{}(id)); place != marks_.end()) {
    apply(*place, Change::take);
    marks_.erase(place);
  }
  erase_those(seen_, [&](const Observation& o) { return o.id == id; });
  recount_tail();
}

void History::explain(WallTime before) {
  if (before <= explained_until_) return;
  explained_until_ = before;
  for (Mark& mark : marks_) {
    if (mark.sent_at >= before || mark.explained) continue;
    apply(mark, Change::take);
    mark.explained = true;
  }
  // What only the hours still know: whole ones, and the one in which the incident ended with them.
  for (Hour& hour : slots_) {
    if (hour.start >= before) break;
    Sums left;  // what of it was sent later
    for (const Mark& mark : marks_) {
      if (hour_start(mark.at) == hour.start) left.add(mark, {true, true, true});
    }
    for (std::size_t w = 0; w < sums_.size(); ++w) {
      if (!is_long(windows_->list[w]) || hour.start < since_[w]) continue;
      for (SharedSums* shared : shared_) {
        if (!windows_->list[w].shared) continue;
        shared->windows[w].take(hour.sums);
        shared->windows[w].add(left);
      }
      sums_[w].take(hour.sums);
      sums_[w].add(left);
    }
    hour.sums = left;
  }
  hours_.explain(before);
  drift_hour_.reset();
  recount_tail();
}

void History::restore_median(WallTime start, const Histogram& round_trips) {
  if (!windows_->by_hour) return;
  hours_.restore(start, round_trips);
  drift_hour_.reset();
}

bool History::knows(const CanaryId& id) const {
  const std::size_t key = std::hash<CanaryId>{}(id);
  return std::any_of(marks_.begin(), marks_.end(), [&](const Mark& mark) { return mark.key == key; });
}

void History::restore_hour(WallTime start, const Sums& sums) {
  restore_median(start, sums.times_of(TimeOf::round_trip));
  if (start < explained_until_) return;
  bool held = false;
  for (std::size_t w = 0; w < sums_.size(); ++w) {
    if (!is_long(windows_->list[w]) || start < since_[w]) continue;
    held = true;
    sums_[w].add(sums);
    for (SharedSums* shared : shared_) {
      if (windows_->list[w].shared) shared->windows[w].add(sums);
    }
  }
  if (held) hour_of(start).sums.add(sums);
}

// ---- windows --------------------------------------------------------------------------------------------------------

void History::change_window(std::size_t window, const Mark& mark, Change change) {
  const Window& shape = windows_->list[window];
  const auto move = [&](Sums& sums) {
    change == Change::add ? sums.add(mark, shape.families) : sums.take(mark, shape.families);
  };
  move(sums_[window]);
  if (!shape.shared) return;
  for (SharedSums* shared : shared_) move(shared->windows[window]);
}

History::Hour& History::hour_of(WallTime at) {
  const WallTime start = hour_start(at);
  auto place = std::lower_bound(slots_.begin(), slots_.end(), start,
                                [](const Hour& hour, WallTime wanted) { return hour.start < wanted; });
  if (place == slots_.end() || place->start != start) place = slots_.insert(place, Hour{start, {}});
  return *place;
}

void History::apply(const Mark& mark, Change change) {
  if (!mark.stands()) return;
  if (mark.overdue) backlog_ += change == Change::add ? 1 : -1;
  bool by_hour = false;
  Families families{};
  for (std::size_t w = 0; w < sums_.size(); ++w) {
    const Window& window = windows_->list[w];
    if (is_long(window)) {
      by_hour = true;
      for (std::size_t f = 0; f < time_families; ++f) families[f] = families[f] || window.families[f];
    }
    if ((is_long(window) ? hour_start(mark.at) : mark.at) >= since_[w]) change_window(w, mark, change);
  }
  if (!by_hour) return;
  Sums& sums = hour_of(mark.at).sums;
  change == Change::add ? sums.add(mark, families) : sums.take(mark, families);
}

void History::advance(WallTime now) {
  if (windows_->by_hour && drift_hour_ != hour_start(now)) {
    drift_hour_ = hour_start(now);
    const auto before = std::exchange(drift_, hours_.drift(now));
    if (drift_ != before) {
      for (SharedSums* shared : shared_) ++shared->drifted;
    }
  }
  WallTime oldest = now;
  for (std::size_t w = 0; w < sums_.size(); ++w) {
    const Window& window = windows_->list[w];
    WallTime begin = now - window.over;
    if (is_long(window)) {
      begin = hour_start(begin);
      if (begin <= since_[w]) continue;
      for (const Hour& hour : slots_) {
        if (hour.start >= begin) break;
        if (hour.start < since_[w]) continue;
        sums_[w].take(hour.sums);
        for (SharedSums* shared : shared_) {
          if (window.shared) shared->windows[w].take(hour.sums);
        }
      }
      since_[w] = begin;
      continue;
    }
    oldest = std::min(oldest, begin);
    if (since_[w] != WallTime::min() && begin - since_[w] < window.over / steps_of_a_window) continue;
    auto mark = std::lower_bound(marks_.begin(), marks_.end(), since_[w],
                                 [](const Mark& m, WallTime wanted) { return m.at < wanted; });
    for (; mark != marks_.end() && mark->at < begin; ++mark) change_window(w, *mark, Change::take);
    since_[w] = std::max(since_[w], begin);
  }

  const WallTime forgotten = oldest - std::max(oldest == now ? Duration::zero() : (now - oldest) / steps_of_a_window, remembered);
  while (!marks_.empty() && marks_.front().at < forgotten && marks_.front().fate != Fate::pending) marks_.pop_front();
  WallTime first_hour = now;
  for (std::size_t w = 0; w < sums_.size(); ++w) {
    if (is_long(windows_->list[w])) first_hour = std::min(first_hour, since_[w]);
  }
  while (!slots_.empty() && slots_.front().start < first_hour) slots_.pop_front();
  while (seen_.size() > newest_kept && (seen_.front().sent_at < now - kept_for || seen_.size() > most_kept)) seen_.pop_front();
}

std::optional<WallTime> History::next_change() const {
  std::optional<WallTime> earliest;
  for (std::size_t w = 0; w < sums_.size(); ++w) {
    const Window& window = windows_->list[w];
    WallTime at;
    if (is_long(window)) {
      const auto hour = std::find_if(slots_.begin(), slots_.end(), [&](const Hour& h) { return h.start >= since_[w]; });
      if (hour == slots_.end()) continue;
      at = hour->start + std::chrono::hours(1) + window.over;
    } else {
      const auto mark = std::lower_bound(marks_.begin(), marks_.end(), since_[w],
                                         [](const Mark& m, WallTime wanted) { return m.at < wanted; });
      if (mark == marks_.end()) continue;
      at = std::max(mark->at, since_[w]) + window.over + window.over / steps_of_a_window;
    }
    earliest = std::min(earliest.value_or(at), at);
  }
  return earliest;
}

std::optional<std::vector<Duration>> History::few_times(std::size_t window, TimeOf family) const {
  if (is_long(windows_->list[window]) || sums_[window].times_of(family).count() > few) return std::nullopt;
  std::vector<Duration> times;
  auto mark = std::lower_bound(marks_.begin(), marks_.end(), since_[window],
                               [](const Mark& m, WallTime wanted) { return m.at < wanted; });
  for (; mark != marks_.end(); ++mark) {
    const auto took = mark->took(family);
    if (took && mark->stands()) times.push_back(*took);
  }
  return times;
}

// ---- what stands at the end: failures in a row, silence --------------------------------------------------------------

void History::move_run(const std::optional<Mark>& before, const Mark& after) {
  if (const auto arrived_at = after.round_trip ? std::optional(after.sent_at + *after.round_trip) : std::nullopt;
      arrived_at && (!last_arrival_ || *arrived_at > *last_arrival_)) {
    last_arrival_ = arrived_at;
    recount_tail();
    return;
  }
  const bool newest_good_moves = good(after) || (before && good(*before)) || (before && before->sent_at != after.sent_at);
  if (newest_good_moves) {
    recount_tail();
    return;
  }
  const auto counted = [&](const Mark& mark) { return bad(mark) && (!run_.good_at || mark.sent_at > *run_.good_at); };
  if (before && counted(*before)) --run_.failures;
  if (counted(after)) ++run_.failures;
  const bool awaited = after.stands() && (!last_arrival_ || after.sent_at > *last_arrival_);
  if (awaited && (!awaited_since_ || after.sent_at < *awaited_since_)) awaited_since_ = after.sent_at;
}

// Only as far back as the newest that was good: nothing of a long run is looked at again and again.
void History::recount_tail() {
  run_ = {};
  awaited_since_.reset();
  bool in_run = true;
  for (auto o = seen_.rbegin(); o != seen_.rend() && o->sent_at >= explained_until_; ++o) {
    const bool awaited = o->fate != Fate::unknown && (!last_arrival_ || o->sent_at > *last_arrival_);
    if (awaited) awaited_since_ = o->sent_at;
    if (in_run && counts(*o)) {
      if (is_trouble(*o)) {
        ++run_.failures;
      } else {
        run_.good_at = o->sent_at;
        in_run = false;
      }
    }
    if (!in_run && last_arrival_ && o->sent_at <= *last_arrival_) break;
  }
}

std::size_t History::bytes() const {
  std::size_t all = sizeof(*this) + marks_.size() * sizeof(Mark) + slots_.size() * sizeof(Hour) +
                    sums_.capacity() * sizeof(Sums) + since_.capacity() * sizeof(WallTime) + hours_.bytes();
  for (const auto& sums : sums_) {
    for (const auto& times : sums.times) all += times.bytes();
  }
  for (const auto& o : seen_) all += sizeof(o) + o.id.str().capacity() + o.words.capacity();
  return all;
}

}  // namespace mailcanary
