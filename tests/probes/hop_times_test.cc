#include "probes/hops/hop_times.h"

#include "core/units.h"
#include "probes/headers.h"
#include "probes/hops/clock_skew.h"
#include "tests/catch.h"

using namespace mailcanary;
using namespace std::chrono_literals;

namespace {

const WallTime noon = *parse_time("2026-11-24T12:00:00Z");

// "a>b@0 b>c@300": from, by and the stamp in seconds after noon ("-" for none), in the order of travel.
std::vector<ReceivedLine> lines_of(std::string_view history) {
  std::vector<ReceivedLine> lines;
  while (!history.empty()) {
    const auto word = history.substr(0, history.find(' '));
    history.remove_prefix(std::min(history.size(), word.size() + 1));
    const auto to = word.find('>'), at = word.find('@');
    ReceivedLine line;
    const auto host = [](std::string_view name) { return name.empty() ? "" : std::string(name) + ".example"; };
    line.from = host(word.substr(0, to));
    line.by = host(word.substr(to + 1, at - to - 1));
    if (word.substr(at + 1) != "-") line.at = noon + std::chrono::seconds(std::stoi(std::string(word.substr(at + 1))));
    lines.insert(lines.begin(), line);
  }
  return lines;
}

std::string way(const Journey& journey) {
  std::string text;
  for (const Hop& hop : journey.hops) text += (text.empty() ? "" : " ") + hop.by.substr(0, hop.by.find('.'));
  return text;
}

std::string notes(const Journey& journey) {
  std::string text;
  for (const Hop& hop : journey.hops)
    if (!hop.note.empty()) text += hop.by.substr(0, hop.by.find('.')) + ": " + hop.note + "\n";
  return text;
}

std::string estimates(const Journey& journey) {
  std::string text;
  for (const Step& step : estimate_steps(journey.hops, journey.own))
    text += (text.empty() ? "" : " ") + (step.delay ? format_duration(*step.delay) : "-");
  return text;
}

}  // namespace

TEST_CASE("of clocks that disagree the one that stands alone is wrong") {
  const struct {
    const char *what, *history, *notes, *estimates;
  } rows[] = {
      {"all agree", "x>a@0 a>b@2 b>c@600", "", "- 2s 9m58s"},
      {"rounding to whole seconds is no fault of a clock", "x>a@1 a>b@0 b>c@1", "b: clock 1 s behind the hop before\n",
       "- 0s 0s"},
      {"one is behind", "x>a@0 a>b@-300 b>c@2",
       "b: clock 5 min behind, so this took about 0 s rather than -5 min\n"
       "c: about 2 s rather than 5 min 2 s, since the clock of the hop before is behind\n",
       "- 0s 2s"},
      {"one is ahead", "x>a@0 a>b@300 b>c@2 c>d@3",
       "b: clock 4 min 58 s ahead, so this took about 2 s rather than 5 min\n"
       "c: about 0 s rather than -4 min 58 s, since the clock of the hop before is ahead\n",
       "- 2s 0s 1s"},
      {"behind by no more than is sure", "x>a@0 a>b@-300 b>c@60",
       "b: clock 5 min to 6 min behind, so this took about 0 s rather than -5 min\n"
       "c: about 1 min rather than 6 min, since the clock of the hop before is behind\n",
       "- 0s 1m"},
      {"in an hour of waiting nobody can tell", "x>a@0 a>b@-60 b>c@3600",
       "b: clock 1 min behind the hop before; which of the two is wrong cannot be told\n", "- 0s 1h"},
      {"a house that stamps often counts once", "x>a@0 a>a@1 a>a@2 a>b@-300 b>c@-299",
       "a: clock at least 5 min 2 s ahead\n"
       "a: clock at least 5 min 2 s ahead\na: clock at least 5 min 2 s ahead\n"
       "b: about 0 s rather than -5 min 2 s, since the clock of the hop before is ahead\n",
       "- 1s 1s 0s 1s"},
      {"two clocks only", "x>a@0 a>b@-300", "b: clock 5 min behind the hop before; which of the two is wrong cannot be told\n",
       "- 0s"},
      {"an hour is a zone", "x>a@0 a>b@-3599 b>c@2",
       "b: clock 59 min 59 s behind (just 1 h: a wrong time zone?), so this took about 0 s rather than -59 min 59 s\n"
       "c: about 2 s rather than 1 h, since the clock of the hop before is behind\n",
       "- 0s 2s"},
      {"a line without a time is passed over", "x>a@0 a>b@- b>c@5", "b: no readable time\n", "- - 5s"},
      {"no times at all", "x>a@- a>b@-", "a: no readable time\nb: no readable time\n", "- -"},
      {"one hop", "x>a@0", "", "-"},
      {"none", "", "", ""},
  };
  for (const auto& row : rows) {
    INFO(row.what);
    const Journey journey = make_journey(lines_of(row.history), {});
    CHECK(notes(journey) == row.notes);
    CHECK(estimates(journey) == row.estimates);
  }
}

TEST_CASE("our own clock decides which of two is wrong") {
  const OwnTimes own{noon - 1s, noon + 4s, {}};
  CHECK(notes(make_journey(lines_of("x>a@0 a>b@-300"), own)) ==
        "b: clock 5 min behind, so this took about 0 s rather than -5 min\n");
  CHECK(notes(make_journey(lines_of("x>a@300 a>b@2"), own)) ==
        "a: clock 4 min 58 s ahead\n"
        "b: about 0 s rather than -4 min 58 s, since the clock of the hop before is ahead\n");
  // Ahead without running back: only the time at which we saw it shows that.
  CHECK(notes(make_journey(lines_of("x>a@0 a>b@300"), own)) ==
        "b: clock 4 min 56 s ahead, so this took about 4 s rather than 5 min\n");
  // When all others agree against it, our own is the one that is wrong.
  CHECK(notes(make_journey(lines_of("x>a@600 a>b@601 b>c@602 c>d@603"), own)).empty());
}

TEST_CASE("delays are as the stamps say, whatever the clocks") {
  const Journey journey = make_journey(lines_of("x>a@0 a>b@-300 b>c@- c>d@2"), {});
  REQUIRE(journey.hops.size() == 4);
  CHECK_FALSE(journey.hops[0].delay.has_value());
  CHECK(journey.hops[1].delay == Duration(-300s));
  CHECK_FALSE(journey.hops[2].delay.has_value());
  CHECK(journey.hops[3].delay == Duration(302s));
}

TEST_CASE("a line that stands in the wrong place is put where it belongs") {
  const struct {
    const char *what, *written, *way, *notes;
  } rows[] = {
      {"as it should be", "x>a@0 a>b@1 b>c@2", "a b c", ""},
      {"the first at the end", "a>b@1 b>c@2 x>a@0", "a b c", "a: its line stood out of order\n"},
      {"oldest on top, as the names say", "c>d@3 b>c@2 a>b@1", "b c d",
       "c: its line stood out of order\nd: its line stood out of order\n"},
      {"oldest on top, without names", ">a@9 >b@5 >c@1", "c b a",
       "b: its line stood out of order\na: its line stood out of order\n"},
      {"two lines without names show a wrong clock rather", ">a@9 >b@5", "a b",
       "b: clock 4 s behind the hop before; which of the two is wrong cannot be told\n"},
      {"names alone move nothing while time runs forward", "a>b@1 x>a@2", "b a", ""},
      {"names in a ring prove nothing", "c>a@5 a>b@3 b>c@4", "a b c",
       "b: clock 2 s behind the hop before; which of the two is wrong cannot be told\n"},
  };
  for (const auto& row : rows) {
    INFO(row.what);
    const Journey journey = make_journey(lines_of(row.written), {});
    CHECK(way(journey) == row.way);
    CHECK(notes(journey) == row.notes);
    CHECK(journey.lines.size() == journey.hops.size());
  }
}

TEST_CASE("what qmail does inside is of the server that took the message") {
  const auto hops = read_hops(
      "Received: (qmail 4711 invoked from network); 24 Nov 2026 12:00:03 -0000\n"
      "Received: from unknown (HELO a.example) (192.0.2.1) by mx.b.example with SMTP; 24 Nov 2026 12:00:02 -0000\n");
  REQUIRE(hops.size() == 2);
  CHECK(hops[1].by == "mx.b.example");
  CHECK(hops[1].delay == Duration(1s));
}

TEST_CASE("the largest set of stamps that agrees is found") {
  const auto agreeing = [](std::vector<int> seconds) {
    std::vector<Stamp> stamps;
    for (const int second : seconds) stamps.push_back({noon + std::chrono::seconds(second), 1});
    std::string text;
    const Agreement found = agreeing_stamps(stamps, 1s);
    for (std::size_t i = 0; i < stamps.size(); ++i) text += found.agrees[i] ? '+' : found.undecided[i] ? '?' : '-';
    return text;
  };
  CHECK(agreeing({}) == "");
  CHECK(agreeing({5}) == "+");
  CHECK(agreeing({1, 2, 3}) == "+++");
  CHECK(agreeing({1, 300, 2, 3}) == "+-++");
  CHECK(agreeing({100, 200, 1, 2, 3}) == "--+++");
  CHECK(agreeing({9, 5}) == "?+");
  CHECK(agreeing({2, 1, 0}) == "+++");  // a second each is no contradiction
}
