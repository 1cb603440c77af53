// How a month went for one route, or for a provider's routes together, slot by slot: how long it was measured, and how
// much of that was bad. A slot is bad by its share of bad canaries, so ten confirming canaries sent in five bad minutes
// weigh five minutes and not ten canaries. What a slot shows holds until the next one, but no longer than one cadence;
// what lies beyond is unknown: neither good nor bad.
// Plain value; any thread.
#pragma once
#include <optional>
#include <vector>

#include "monitor/report/month.h"
#include "monitor/report/spans.h"

namespace mailcanary {

struct DayTally {
  Duration measured{}, bad{}, excluded{};
};

class Series {
 public:
  struct Options {
    TimeSpan span;  // from..until, at most now
    Duration slot{}, every{};
    Spans excluded;  // whole slots
    const Month* month = nullptr;  // days are kept when given; must live as long
  };
  explicit Series(Options options);

  // Slots in order of time; `bad` in 0..1.
  void add(WallTime start, double bad);
  void end();

  // measured + excluded + unknown = the whole span. After end().
  Duration measured() const { return measured_; }
  Duration bad() const { return bad_; }
  Duration excluded() const { return excluded_; }
  Duration unknown() const { return options_.span.until - options_.span.from - measured_ - excluded_; }
  const std::vector<DayTally>& days() const { return days_; }
  // When the bad time first came to more than `allowed`; only with days.
  std::optional<WallTime> passed(Duration allowed) const;

 private:
  void close(WallTime until);
  void count(TimeSpan span, double bad);

  Options options_;
  std::optional<WallTime> start_;  // of the slot that still holds
  double share_ = 0;
  Duration measured_{}, bad_{}, excluded_{};
  std::vector<DayTally> days_;
  struct Bad {
    TimeSpan span;
    double share = 0;
  };
  std::vector<Bad> bad_spans_;
};

}  // namespace mailcanary
