// What the rules remember of one route: its newest canaries, and the sums of each window that a rule looks through.
// Every change moves only what changes; nothing is counted anew. A window ends at now and is at most a sixtieth of
// its length too long; one longer than two days moves by whole hours.
// Memory: about 70 bytes a canary of the longest window up to two days, sums of an hour beyond, some 200 bytes for
// each of the newest (64; of the last hour at most 512).
// Does not: decide anything; read a clock.
// Threads: one.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "config/config.h"
#include "core/short_deque.h"
#include "monitor/measures/hours.h"
#include "monitor/measures/sums.h"

namespace mailcanary {

struct Window {
  Duration over{};
  Families families{};
  bool shared = false;  // a rule looks at several routes together through it
};
// All windows that rules look through, shortest first.
struct Windows {
  std::vector<Window> list;
  bool by_hour = false;  // a rule compares hours of days: drift
};
bool is_long(const Window& window);

// Of several routes together.
struct SharedSums {
  std::vector<Sums> windows;   // one a window
  std::uint64_t drifted = 0;   // how often the drift of one of them has changed
};

// What became of a canary that was noted before; its state before the change, as far as it is still known.
struct Noted {
  std::optional<Mark> before;
  Mark after;
};

class History {
 public:
  explicit History(const Windows& windows);  // must outlive the history

  // From here on these sums get whatever the windows of this route get. Before the first canary; they must outlive it.
  void share_with(SharedSums& sums) { shared_.push_back(&sums); }

  Noted note(Observation seen);           // a new canary, or news of one
  void forget(const CanaryId& id);        // it never left
  void explain(WallTime before);          // what was sent before counts no more: an incident that has ended explains it
  void advance(WallTime now);             // windows move on; what no window holds any more goes
  // The settled canaries of an hour long ago, for windows that reach so far back. Hours before `explain`ed time are left out.
  void restore_hour(WallTime start, const Sums& sums);

  // The times of such an hour for `drift` alone, when its canaries are still to be noted.
  void restore_median(WallTime start, const Histogram& round_trips);
  bool knows(const CanaryId& id) const;

  // When a window would next change if nothing comes; absent: never.
  std::optional<WallTime> next_change() const;

  // The newest canaries in the order of sending.
  auto begin() const { return seen_.begin(); }
  auto end() const { return seen_.end(); }
  auto rbegin() const { return seen_.rbegin(); }
  auto rend() const { return seen_.rend(); }
  bool empty() const { return seen_.empty(); }
  std::size_t size() const { return seen_.size(); }
  const Observation& front() const { return seen_.front(); }
  const Observation& back() const { return seen_.back(); }

  const Sums& sums(std::size_t window) const { return sums_[window]; }
  // All times in the window, in no order, when they are few enough to be looked at one by one.
  static constexpr std::int64_t few = 64;
  std::optional<std::vector<Duration>> few_times(std::size_t window, TimeOf family) const;
  struct Run {
    std::int64_t failures = 0;  // failed or overdue, since the last that was not
    std::optional<WallTime> good_at;  // when that one was sent
  };
  const Run& run() const { return run_; }
  // When the first canary was sent of which nothing arrived since; absent: nothing is awaited.
  std::optional<WallTime> awaited_since() const { return awaited_since_; }
  std::optional<WallTime> last_arrival() const { return last_arrival_; }
  std::int64_t backlog() const { return backlog_; }
  // As of the last full hour.
  const std::optional<HourMedians::Drift>& drift() const { return drift_; }
  WallTime explained_until() const { return explained_until_; }
  std::size_t bytes() const;  // of memory, about

 private:
  struct Hour {
    WallTime start;
    Sums sums;
  };
  enum class Change { add, take };
  void apply(const Mark& mark, Change change);
  void change_window(std::size_t window, const Mark& mark, Change change);
  Hour& hour_of(WallTime at);
  void move_run(const std::optional<Mark>& before, const Mark& after);
  void recount_tail();  // run and silence, from the newest canaries
  ShortDeque<Mark>::iterator find(std::size_t key);
  void insert(const Mark& mark);

  const Windows* windows_;
  std::vector<SharedSums*> shared_;
  ShortDeque<Observation> seen_;  // by sent_at
  ShortDeque<Mark> marks_;        // by at
  ShortDeque<Hour> slots_;        // by start; only when a window is long
  std::vector<Sums> sums_;        // one a window
  std::vector<WallTime> since_;   // where each window begins
  HourMedians hours_;
  std::optional<HourMedians::Drift> drift_;
  std::optional<WallTime> drift_hour_;  // when it was found out
  WallTime explained_until_;
  Run run_;
  std::optional<WallTime> awaited_since_, last_arrival_;
  std::int64_t backlog_ = 0;
};

}  // namespace mailcanary
