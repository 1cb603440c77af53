#include "monitor/rules.h"

#include <sstream>

#include "tests/catch.h"

using namespace mailcanary;

namespace {

const WallTime start = WallTime(std::chrono::sys_days(std::chrono::year(2026) / 3 / 1));

// One canary a minute; the newest is a minute old. "ok" took 2 s, "slow" 50 s, "overdue" is pending past its time.
Observations seen(const std::string& history) {
  Observations list;
  std::istringstream words(history);
  std::string word;
  WallTime at = start;
  while (words >> word) {
    Observation o;
    o.id = CanaryId(word + std::to_string(list.size()));
    o.sent_at = at;
    at += std::chrono::minutes(1);
    o.submit = std::chrono::seconds(1);
    if (word == "ok" || word == "slow" || word == "twice") {
      o.fate = Fate::delivered;
      o.round_trip = std::chrono::seconds(word == "slow" ? 50 : 2);
      o.duplicated = word == "twice";
    } else if (word == "overdue" || word == "pending") {
      o.overdue = word == "overdue";
    } else {
      o.fate = fate_from(word).value();
      if (arrived(o.fate)) o.round_trip = std::chrono::seconds(90);
    }
    list.push_back(o);
  }
  return list;
}

Rule rule(const std::string& measure, double above, int min_samples = 1) {
  Rule made;
  made.measure = measure;
  made.above = above;
  made.over = std::chrono::hours(1);
  made.min_samples = min_samples;
  return made;
}

std::string answer(const Rule& r, const Observations& list) {
  const WallTime now = start + std::chrono::minutes(list.size());
  switch (examine(r, list, {}, now).answer) {
    case Finding::Answer::met: return "met";
    case Finding::Answer::not_met: return "not met";
    case Finding::Answer::clear: return "clear";
    case Finding::Answer::no_data: return "no data";
  }
  return "";
}

}  // namespace

TEST_CASE("measures say of a history what their names promise") {
  struct Row {
    const char* measure;
    double above;
    const char* history;
    const char* answer;
  };
  const Row rows[] = {
      {"consecutive_failures", 1, "ok ok", "clear"},
      {"consecutive_failures", 1, "ok lost", "clear"},
      {"consecutive_failures", 1, "ok lost bounced", "met"},
      {"consecutive_failures", 1, "rejected unreachable ok", "clear"},
      {"consecutive_failures", 1, "ok overdue overdue pending", "met"},
      {"consecutive_failures", 1, "pending pending", "no data"},
      {"failure_rate", 0.5, "ok lost", "clear"},
      {"failure_rate", 0.5, "ok lost deferred", "met"},
      {"failure_rate", 0.5, "unknown unknown", "no data"},
      {"loss_rate", 0.1, "ok ok lost", "met"},
      {"loss_rate", 0.1, "ok ok bounced", "clear"},
      {"late_rate", 0.3, "ok late", "met"},
      {"late_rate", 0.3, "ok overdue", "met"},
      {"junk_rate", 0.3, "ok junked", "met"},
      {"bounce_rate", 0.3, "ok bounced", "met"},
      {"reject_rate", 0.3, "rejected deferred ok", "met"},
      {"unreachable_rate", 0.3, "unreachable ok", "met"},
      {"duplicate_rate", 0.3, "twice ok", "met"},
      {"backlog", 1, "overdue overdue ok", "met"},
      {"backlog", 1, "ok ok", "clear"},
      {"silence", 150, "ok lost lost lost", "met"},
      {"silence", 150, "lost lost ok", "clear"},
      {"silence", 150, "ok lost", "clear"},
      {"silence", 150, "ok unknown unknown unknown", "clear"},  // none left, for a fault of our own
      {"silence", 150, "unknown", "no data"},
      {"round_trip.max", 40, "ok ok slow", "met"},
      {"round_trip.p50", 40, "ok ok slow", "clear"},
      {"round_trip.p95", 40, "ok ok slow", "met"},
      {"round_trip.mean", 17, "ok ok slow", "met"},
      {"transit.max", 40, "ok slow", "met"},
      {"submit.p90", 2, "ok ok", "clear"},
      {"round_trip.p95", 40, "lost lost", "no data"},
  };
  for (const auto& row : rows) {
    INFO(row.measure << " of " << row.history);
    CHECK(answer(rule(row.measure, row.above), seen(row.history)) == row.answer);
  }
}

TEST_CASE("every measure of the configuration can be computed") {
  const auto history = seen("ok ok late junked lost ok ok slow twice overdue");
  for (const auto& info : measure_table()) {
    INFO(info.name);
    CHECK(answer(rule(info.name, 1e9), history) == "clear");
  }
}

TEST_CASE("too few samples are no verdict") {
  CHECK(answer(rule("failure_rate", 0.1, 5), seen("lost lost lost lost")) == "no data");
  CHECK(answer(rule("failure_rate", 0.1, 5), seen("lost lost lost lost lost")) == "met");
}

TEST_CASE("what was sent before the horizon does not count") {
  const auto history = seen("lost lost lost ok");
  const WallTime horizon = start + std::chrono::minutes(3);
  CHECK(examine(rule("failure_rate", 0.1), history, horizon, start + std::chrono::minutes(4)).answer == Finding::Answer::clear);
}

TEST_CASE("a rule fires after its hold time and clears after its clear time, with a gap between the thresholds") {
  Rule r = rule("backlog", 4);
  r.clear = 1;
  r.hold_for = std::chrono::minutes(2);
  r.clear_for = std::chrono::minutes(3);
  const auto finding = [](Finding::Answer a) { return Finding{a, 0, ""}; };
  const auto met = finding(Finding::Answer::met), between = finding(Finding::Answer::not_met),
             clear = finding(Finding::Answer::clear), nothing = finding(Finding::Answer::no_data);
  struct Step {
    Finding finding;
    bool firing;
  };
  const Step steps[] = {{met, false},  {met, false},     {met, true},   {between, true}, {clear, true}, {clear, true},
                        {met, true},   {clear, true},    {clear, true}, {nothing, true}, {clear, false}, {met, false},
                        {clear, false}, {met, false}};
  RuleTrack track;
  WallTime now = start;
  int number = 0;
  for (const auto& s : steps) {
    track = step(track, r, s.finding, now);
    INFO("step " << number++);
    CHECK(track.firing == s.firing);
    now += std::chrono::minutes(1);
  }
}
