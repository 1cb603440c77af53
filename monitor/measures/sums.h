// The sums of one window: how many canaries met which fate, and how long they took. Marks are added when they enter
// the window and taken off when they leave it or change, so that nobody ever counts anew. Plain values; any thread.
#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "monitor/histogram.h"
#include "monitor/measures/observation.h"

namespace mailcanary {

enum class TimeOf { round_trip = 0, submit = 1, transit = 2 };
inline constexpr std::size_t time_families = 3;
using Families = std::array<bool, time_families>;  // whose times are kept; nobody asks for the others

// What windows keep of one canary.
struct Mark {
  std::size_t key = 0;  // hash of its id
  WallTime sent_at, at; // `at`: where it stands in windows
  std::optional<Duration> round_trip, submit;
  Fate fate = Fate::pending;
  bool overdue = false, duplicated = false;
  bool explained = false;  // an incident that has ended explains it: it counts nowhere
  Observation::Verdicts verdicts = Observation::Verdicts::unsaid;

  bool stands() const { return !explained && fate != Fate::unknown; }
  bool counts() const { return stands() && (overdue || fate != Fate::pending); }
  bool trouble() const { return overdue || failed(fate); }
  std::optional<Duration> took(TimeOf family) const;
};
Mark mark_of(const Observation& seen);

struct Sums {
  std::array<std::int64_t, 10> by_fate{};  // settled ones, by the number of the fate
  std::int64_t overdue = 0, duplicated = 0;
  std::int64_t judged = 0, not_passed = 0;  // arrived with verdicts; with one that is not "pass"
  std::array<Histogram, time_families> times;

  void add(const Mark& mark, const Families& kept);
  void take(const Mark& mark, const Families& kept);
  void add(const Sums& other);
  void take(const Sums& other);

  std::int64_t of(Fate fate) const { return by_fate[static_cast<std::size_t>(fate)]; }
  std::int64_t counted() const;  // settled or overdue
  std::int64_t arrived() const { return of(Fate::delivered) + of(Fate::late) + of(Fate::junked); }
  std::int64_t trouble() const;  // failed or overdue
  const Histogram& times_of(TimeOf family) const { return times[static_cast<std::size_t>(family)]; }
};

}  // namespace mailcanary
