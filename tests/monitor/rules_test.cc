#include "monitor/rules.h"

#include <sstream>
#include <vector>

#include "tests/catch.h"

using namespace mailcanary;

namespace {

const WallTime start = WallTime(std::chrono::sys_days(std::chrono::year(2026) / 3 / 1));

// One canary a minute; the newest is a minute old. "ok" took 2 s, "slow" 50 s, "overdue" is pending past its time,
// "spoofed" came with a verdict that is not pass, "proved" with all three.
std::vector<Observation> seen(const std::string& history) {
  std::vector<Observation> list;
  std::istringstream words(history);
  std::string word;
  WallTime at = start;
  while (words >> word) {
    Observation o;
    o.id = CanaryId(word + std::to_string(list.size()));
    o.sent_at = at;
    at += std::chrono::minutes(1);
    o.submit = std::chrono::seconds(1);
    if (word == "ok" || word == "slow" || word == "twice" || word == "spoofed" || word == "proved") {
      o.fate = Fate::delivered;
      o.round_trip = std::chrono::seconds(word == "slow" ? 50 : 2);
      o.duplicated = word == "twice";
      if (word == "spoofed") o.verdicts = Observation::Verdicts::fail;
      if (word == "proved") o.verdicts = Observation::Verdicts::pass;
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

std::string name_of(Finding::Answer answer) {
  switch (answer) {
    case Finding::Answer::met: return "met";
    case Finding::Answer::not_met: return "not met";
    case Finding::Answer::clear: return "clear";
    case Finding::Answer::no_data: return "no data";
  }
  return "";
}

// One route that a rule watches.
struct Watched {
  explicit Watched(const Rule& rule) : ready(prepare({rule})), history(ready.windows) {}
  Watched(const Rule& rule, const std::vector<Observation>& list) : Watched(rule) {
    for (const auto& o : list) note(o);
    pass(std::chrono::minutes(1));
  }
  void note(const Observation& o) {
    now = std::max(now, o.sent_at);
    history.note(o);
    history.advance(now);
  }
  void pass(Duration time) { history.advance(now += time); }
  std::string answer() const { return name_of(examine(ready.list[0], history, now).answer); }
  double value() const { return examine(ready.list[0], history, now).value; }
  std::string words() const { return describe(ready.list[0], history, now); }

  Conditions ready;
  History history;
  WallTime now = start;
};

std::string answer(const Rule& r, const std::vector<Observation>& list) { return Watched(r, list).answer(); }

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
      {"verdict_failures", 0.3, "proved spoofed", "met"},
      {"verdict_failures", 0.3, "proved proved proved spoofed", "clear"},
      {"verdict_failures", 0.3, "ok ok lost", "no data"},
      {"burn_rate", 400, "ok late", "met"},  // half of all, where one in a thousand is allowed
      {"burn_rate", 600, "ok late", "clear"},
      {"burn_rate", 1, "ok ok ok", "clear"},
      {"burn_rate", 1, "pending", "no data"},
      {"drift", 1, "ok ok late", "no data"},  // weeks are not known yet
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
  const auto history = seen("ok ok late junked lost ok ok slow twice proved overdue");
  for (const auto& info : measure_table()) {
    INFO(info.name);
    if (measures_traffic(rule(info.name, 1))) continue;  // of real mail: traffic_rules_test.cc
    CHECK(prepare({rule(info.name, 1)}).list[0].kind != Condition::Kind::other);
    if (std::string(info.name) == "drift") continue;     // of weeks, below
    if (std::string(info.name) == "evidence") continue;  // of all routes together: evidence_test.cc
    CHECK(answer(rule(info.name, 1e9), history) == "clear");
  }
}

TEST_CASE("too few samples are no verdict") {
  CHECK(answer(rule("failure_rate", 0.1, 5), seen("lost lost lost lost")) == "no data");
  CHECK(answer(rule("failure_rate", 0.1, 5), seen("lost lost lost lost lost")) == "met");
}

TEST_CASE("what an incident that has ended explains does not count") {
  Watched watched(rule("failure_rate", 0.1), seen("lost lost lost ok"));
  CHECK(watched.answer() == "met");
  watched.history.explain(start + std::chrono::minutes(3));
  CHECK(watched.answer() == "clear");
  Observation late = seen("lost").front();  // one of them is noted again: it turned up
  late.fate = Fate::late;
  watched.history.note(late);
  CHECK(watched.words() == "0 of 1 canary failed or are overdue in 1 h (limit 10%)");
}

TEST_CASE("canaries leave the window as time passes, and the words count only those that are in it") {
  Watched watched(rule("failure_rate", 0.1), seen("lost ok ok"));
  CHECK(watched.words() == "1 of 3 canaries failed or are overdue in 1 h (limit 10%)");
  watched.pass(std::chrono::minutes(61));
  CHECK(watched.answer() == "no data");
  CHECK(watched.words().empty());
}

TEST_CASE("a canary is counted once, whatever becomes of it") {
  Watched watched(rule("late_rate", 0.1));
  Observation one = seen("pending").front();
  watched.note(one);
  CHECK(watched.answer() == "no data");
  one.overdue = true;
  watched.note(one);
  CHECK(watched.words() == "1 of 1 canary were late or are overdue in 1 h (limit 10%)");
  one.overdue = false;
  one.fate = Fate::late;
  one.round_trip = std::chrono::seconds(90);
  watched.note(one);
  watched.note(one);
  CHECK(watched.words() == "1 of 1 canary were late or are overdue in 1 h (limit 10%)");
}

TEST_CASE("a lost canary counts when it is given up, so that a window shorter than lost_after sees it") {
  Watched watched(rule("loss_rate", 0.5));
  Observation gone = seen("pending").front();
  watched.note(gone);
  watched.pass(std::chrono::hours(4));
  gone.fate = Fate::lost;
  gone.given_up_at = watched.now;
  watched.note(gone);
  watched.pass(std::chrono::minutes(1));
  CHECK(watched.answer() == "met");
  gone.fate = Fate::late;  // it turned up: no loss any more, and sent long ago
  gone.given_up_at.reset();
  watched.note(gone);
  CHECK(watched.answer() == "no data");
}

TEST_CASE("a canary that never left is forgotten") {
  Watched watched(rule("consecutive_failures", 1), seen("ok overdue overdue"));
  CHECK(watched.answer() == "met");
  watched.history.forget(CanaryId("overdue2"));
  CHECK(watched.answer() == "clear");
}

TEST_CASE("a run of failures is as long as it is, though only the newest canaries are kept") {
  std::string history = "ok";
  for (int i = 0; i < 700; ++i) history += " lost";
  const auto list = seen(history);
  Watched watched(rule("consecutive_failures", 1), list);
  CHECK(watched.value() == 700);
  CHECK(watched.history.size() <= 512);
}

TEST_CASE("windows of many days are kept by the hour, and end as well") {
  Rule r = rule("failure_rate", 0.1);
  r.over = std::chrono::hours(24 * 7);
  Watched watched(r);
  Sums hour;
  hour.by_fate[static_cast<std::size_t>(Fate::delivered)] = 10;
  hour.by_fate[static_cast<std::size_t>(Fate::lost)] = 5;
  watched.history.advance(start);
  watched.history.restore_hour(start - std::chrono::hours(48), hour);
  for (const auto& o : seen("ok ok ok ok ok")) watched.note(o);
  CHECK(watched.words() == "5 of 20 canaries failed or are overdue in 7 d (limit 10%)");
  watched.pass(std::chrono::hours(24 * 6));
  CHECK(watched.words() == "0 of 5 canaries failed or are overdue in 7 d (limit 10%)");
  watched.pass(std::chrono::hours(24 * 2));
  CHECK(watched.answer() == "no data");
}

TEST_CASE("few times are looked at one by one, many through a histogram") {
  Watched few(rule("round_trip.max", 1), seen("ok ok slow"));
  CHECK(few.value() == 50);
  std::string history;
  for (int i = 0; i < 58; ++i) history += "ok ";
  Rule r = rule("round_trip.p95", 1);
  r.over = std::chrono::hours(3);
  Watched many(r, seen(history + history + "slow"));
  CHECK(many.value() == Approx(2).epsilon(0.06));
}

TEST_CASE("the error budget burns only when both windows burn") {
  Rule r = rule("burn_rate", 14.4);
  r.brief = std::chrono::minutes(5);
  CHECK(answer(r, seen("ok ok ok ok ok ok ok ok lost")) == "met");
  CHECK(answer(r, seen("lost ok ok ok ok ok ok ok ok")) == "clear");  // it was, and is no more
  CHECK(Watched(r, seen("ok ok ok ok ok ok ok ok lost")).words() ==
        "the error budget of 0.1% goes 111 times faster than allowed over 1 h and 200 times over 5 min (limit 14.4)");
}

TEST_CASE("mail that gets a little slower every day is noticed against the weeks before") {
  struct Row {
    const char* sentence;
    int days;
    double first, last;  // seconds, growing evenly
    const char* answer;
  };
  const Row rows[] = {
      {"as ever", 30, 3, 3, "clear"},
      {"twice as slow in the last days", 30, 3, 6, "clear"},
      {"slower and slower", 30, 2, 12, "met"},
      {"too few days to tell", 4, 2, 12, "no data"},
  };
  for (const auto& row : rows) {
    INFO(row.sentence);
    Watched watched(rule("drift", 1.5));
    for (int hour = 0; hour < row.days * 24; ++hour) {
      for (int i = 0; i < 4; ++i) {
        Observation o;
        o.id = CanaryId(std::to_string(hour) + "-" + std::to_string(i));
        o.sent_at = start + std::chrono::hours(hour) + std::chrono::minutes(15 * i);
        o.fate = Fate::delivered;
        const double rush = hour % 24 == 9 ? 10 : 1;  // every morning mail is slow: that is normal
        const double seconds = row.first + (row.last - row.first) * hour / (row.days * 24);
        o.round_trip = std::chrono::milliseconds(static_cast<int>(seconds * rush * 1000));
        watched.note(o);
      }
    }
    CHECK(watched.answer() == row.answer);
  }
}

TEST_CASE("several routes together are measured as one") {
  Rule r = rule("failure_rate", 0.1);
  r.per = RuleScope::all;
  const Conditions ready = prepare({r});
  History first(ready.windows), second(ready.windows);
  Group both(ready.windows);
  both.add(first);
  both.add(second);
  for (const auto& o : seen("ok lost ok ok")) first.note(o);
  for (auto o : seen("ok ok ok ok lost")) {
    o.id = CanaryId("second " + o.id.str());
    second.note(o);
  }
  const WallTime now = start + std::chrono::minutes(5);
  first.advance(now);
  second.advance(now);
  CHECK(describe(ready.list[0], both, now) == "2 of 9 canaries failed or are overdue in 1 h (limit 10%)");
  first.explain(now);
  CHECK(describe(ready.list[0], both, now) == "1 of 5 canaries failed or are overdue in 1 h (limit 10%)");

  Condition run = ready.list[0];
  run.kind = Condition::Kind::run;
  CHECK(examine(run, both, now).value == 1);
  run.kind = Condition::Kind::silence;
  CHECK(examine(run, both, now).value == 60);  // the last of them is awaited
}

TEST_CASE("a rule becomes graver the longer it fires") {
  Rule r = rule("backlog", 4);
  r.impact = Impact::minor;
  r.major_after = std::chrono::hours(4);
  r.critical_after = std::chrono::hours(24);
  RuleTrack track;
  track.met_since = start;
  CHECK(impact_of(r, track, start + std::chrono::hours(3)) == Impact::minor);
  CHECK(impact_of(r, track, start + std::chrono::hours(4)) == Impact::major);
  CHECK(impact_of(r, track, start + std::chrono::hours(24)) == Impact::critical);
}

TEST_CASE("a rule fires after its hold time and clears after its clear time, with a gap between the thresholds") {
  Rule r = rule("backlog", 4);
  r.clear = 1;
  r.hold_for = std::chrono::minutes(2);
  r.clear_for = std::chrono::minutes(3);
  const auto finding = [](Finding::Answer a) { return Finding{a, 0}; };
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
